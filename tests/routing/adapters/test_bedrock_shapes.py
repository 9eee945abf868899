"""What we write to Bedrock is what AWS's own description of Converse allows."""

import base64
import json
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import validate_parameters

from routing.adapters import get
from routing.adapters.contract import Target
from tests.routing.adapters.adapter_fixtures import cases

CONVERSE = ServiceModel(Loader().load_service_model("bedrock-runtime", "service-2")).operation_model(
    "Converse"
)
CASES = [case for case in cases("requests") if case["dialect"] == "bedrock"]


def with_bytes(value: Any) -> Any:
    """`value` with its base64 as bytes, as botocore takes them before it writes base64."""
    if isinstance(value, list):
        return [with_bytes(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: base64.b64decode(item) if name in ("bytes", "redactedContent") else with_bytes(item)
        for name, item in value.items()
    }


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_request_has_the_documented_shape(case: dict[str, Any]) -> None:
    target = Target("https://p.test", case["upstream_id"], case["cap"], quirks=frozenset(case["quirks"]))
    body = json.loads(get("bedrock").prepare(case["request"], target, stream=False).body)
    validate_parameters({"modelId": case["upstream_id"], **with_bytes(body)}, CONVERSE.input_shape)
