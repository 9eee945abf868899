"""What the management API says of itself: its description, its errors, and that every door asks who it is."""

import json
import re
from pathlib import Path

import pytest
from django.test import Client

from registry.api import errors, openapi
from registry.api.errors import CODES, of_domain
from registry.models import TokenScope

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| `(\w+)` \| (\d+) \| `(\w+)` \| ([^|]+) \|$", re.MULTILINE)
OPERATIONS = list(openapi.operations())


def test_the_documentation_lists_exactly_the_codes_there_are() -> None:
    told = {
        code: (int(status), kind, meaning)
        for code, status, kind, meaning in ROW.findall((DOCS / "errors.md").read_text())
    }
    assert told == {code: (row.status, row.type, row.meaning) for code, row in CODES.items()}


def test_every_error_of_the_registry_has_a_code() -> None:
    for kind, code in errors.OF_ERRORS.items():
        assert code in CODES, kind
    assert of_domain(KeyError("x")) is None


def test_every_operation_has_a_name_of_its_own_and_codes_that_exist() -> None:
    assert len({operation.name for _, _, operation in OPERATIONS}) == len(OPERATIONS)
    for _, _, operation in OPERATIONS:
        assert set(operation.scopes) <= set(TokenScope.values)
        assert set(operation.codes) <= set(CODES)


def test_the_description_can_be_read_by_anyone_and_refers_to_what_it_holds() -> None:
    document = Client().get("/api/openapi.json").json()
    used = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(document)))
    assert used <= set(document["components"]["schemas"])
    assert len(document["paths"]) >= 15


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "method", "operation"), OPERATIONS)
@pytest.mark.parametrize("header", ["", "Bearer sbp-nonsense", "Basic YTpi"])
def test_nobody_comes_in_unknown(route: str, method: str, operation: openapi.Operation, header: str) -> None:
    path = route.replace("<uuid:suspension_id>", "0197f5a0-0000-7000-8000-000000000001")
    path = "/api/" + re.sub(r"<int:\w+>", "1", path)
    answer = Client().generic(method, path, headers={"authorization": header} if header else {})
    assert answer.status_code == 401, operation.name
    assert answer.json()["error"]["code"] == "invalid_token"
    assert answer["www-authenticate"].startswith("Bearer")


def test_the_guide_names_every_path() -> None:
    guide = (DOCS / "api.md").read_text()
    for route, _, _ in OPERATIONS:
        last = route.split("/")[-1]
        assert (last if "<" not in last else route.split("/")[0]) in guide
