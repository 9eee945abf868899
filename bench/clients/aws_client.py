"""botocore: parameters through its validation and serialiser; answers by its parser, from where its endpoint
has its transport's response. It makes plain dicts, so what an application makes of them comes on top."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from botocore.awsrequest import HeadersDict
from botocore.endpoint import convert_to_response_dict
from botocore.parsers import ResponseParserFactory
from botocore.serialize import create_serializer
from botocore.session import get_session

from bench.adapter_bytes import HEADERS
from bench.clients import Body, Client


def converse(asked: Mapping[str, Any]) -> Client:
    service = get_session().get_service_model("bedrock-runtime")
    whole, streamed = service.operation_model("Converse"), service.operation_model("ConverseStream")
    parsers = ResponseParserFactory()
    serializer = create_serializer(service.resolved_protocol)
    headers = HeadersDict(HEADERS)
    system, user = asked["messages"]
    params = {
        "modelId": asked["model"],
        "system": [{"text": system["content"]}],
        "messages": [{"role": "user", "content": [{"text": user["content"]}]}],
        "inferenceConfig": {"temperature": asked["temperature"], "maxTokens": asked["max_tokens"]},
    }

    def read(pieces: list[bytes], operation: Any) -> Any:
        got = SimpleNamespace(status_code=200, headers=headers, content=pieces[0], raw=Body(pieces))
        response = convert_to_response_dict(got, operation)
        return parsers.create_parser(service.resolved_protocol).parse(response, operation.output_shape)

    return Client(
        prepare=lambda: serializer.serialize_to_request(params, whole),
        whole=lambda body: read([body], whole),
        stream=lambda pieces: sum(1 for _ in read(pieces, streamed)["stream"]),
    )
