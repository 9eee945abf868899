"""Trained routers as governed rows: read before they are kept, and compiled into the release."""

import pytest
from django.core.exceptions import ValidationError

from registry.core.changes import diff
from registry.governed import kind_of, read_state
from registry.releases.compiler import compile_document, validate_document
from registry.wording import in_words
from routing.models import Policy, Rule, TrainedRouter
from routing.selectors import compile_release
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
