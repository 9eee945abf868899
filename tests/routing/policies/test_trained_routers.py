"""Trained routers as governed rows: read before they are kept, and compiled into the release."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from registry.core.changes import diff
from registry.governed import kind_of, read_state
from registry.models import User
from registry.releases.compiler import compile_document, validate_document
from registry.services import releases
from registry.wording import in_words
from routing.models import Policy, Rule, TrainedRouter
from routing.selectors import compile_release
from routing.services import policies
from routing.services.policies import RuleText
from tests.routing.core.trained_artifact import value

pytestmark = pytest.mark.django_db


def kept(**changes: object) -> TrainedRouter:
    row = TrainedRouter(**{**value(), **changes})
    row.full_clean()
    row.save()
    return row


def test_a_release_holds_the_routers_that_are_on():
    kept()
    kept(name="off", enabled=False)
    compiled = compile_document()
    release = compile_release(1, compiled.digest, compiled.document)
    assert list(release.routers) == ["gain"]
    assert release.routers["gain"].score("prove the sum").thousandths == 154


def test_without_routers_the_document_says_nothing_of_them():
    assert "trained_routers" not in compile_document().document


@pytest.mark.parametrize(
    "changes",
    [
        {"default": "other"},
        {"strong": "economy"},
        {"threshold": 2_000},
        {"artifact": {"schema": 1}},
        {"artifact": value(intercept=0.5)["artifact"]},
        {"artifact": [1]},
    ],
)
def test_what_could_not_decide_is_not_kept(changes: dict[str, object]):
    with pytest.raises(ValidationError):
        kept(**changes)


def test_a_proposal_names_the_artifact_by_its_digest():
    before = read_state()
    kept()
    (worded,) = in_words(diff(before, read_state()), before)
    text = "\n".join(worded.lines)
    assert "trained on 500 labels of questions" in text
    assert "unknown_idf" not in text


def test_routers_belong_to_the_platform():
    assert kind_of("routing.trainedrouter").area({}) == "platform"


def test_a_router_that_no_release_has_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("routing.releases_trained.routers_named", lambda policy: frozenset({"gone"}))
    policy = Policy.objects.create(name="std", is_default=True)
    Rule.objects.create(policy=policy, name="all")
    findings = validate_document(compile_document().document, 0)
    assert [each.code for each in findings if each.code == "router_unknown"] == ["router_unknown"]


ROUTE = """
classify by trained gain
  branch economy
    model alpha
  branch frontier
    model beta
  otherwise
    model beta
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prove the sum of the prove", ["beta-eu", "The router gain says frontier", "the word prove"]),
        ("the sum", ["alpha-eu", "The router gain says economy"]),
        ("quite another thing", ["beta-eu", "its words are not those of the evaluation set"]),
    ],
)
def test_the_simulator_tells_what_the_router_says_and_why(
    client: Client, standard: Policy, author: User, text: str, said: list[str]
):
    kept(artifact=value(features=[])["artifact"])
    policies.replace_rules(policy=standard, rules=[RuleText("all", "", ROUTE)], actor=author)
    releases.publish(actor=author, reason="first")
    asked = {"requested": "auto", "data_class": "public", "text": text}
    page = client.post("/admin/routing/simulate/", asked).content.decode()
    assert all(part in page for part in said)
