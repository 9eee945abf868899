"""Versions are approved in order and with their evidence; what is retired stays so."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from registry_cast import World

from registry.errors import PublishRefused
from registry.lifecycle.checklists import required_slots
from registry.lifecycle.transitions import transition_problem
from registry.models import (
    ChecklistItem,
    ChecklistRule,
    Drill,
    Lifecycle,
    Model,
    ModelVersion,
    Proposal,
    RollbackPlan,
    User,
)
from registry.releases.clock import to_us
from registry.releases.section import compile_registry
from registry.releases.validation import validate_registry
from registry.services import releases

SignIn = Callable[[str], Client]

ALLOWED = [
    ("proposed", "evaluating retired"),
    ("evaluating", "proposed approved retired"),
    ("approved", "evaluating deprecated retired"),
    ("deprecated", "evaluating approved retired"),
    ("retired", ""),
]


@pytest.mark.parametrize(("before", "after"), ALLOWED)
def test_states_follow_one_another(before: str, after: str) -> None:
    free = {state for state in Lifecycle.values if not transition_problem(before, state, checked=False)}
    assert free == {before, *after.split()}


def test_a_complete_checklist_stands_for_the_evaluation() -> None:
    assert transition_problem("proposed", "approved", checked=True) == ""
    assert "evaluated" in transition_problem("proposed", "approved", checked=False)


@pytest.mark.parametrize("state", Lifecycle.values)
def test_a_new_version_begins_anywhere(state: str) -> None:
    assert transition_problem(None, state, checked=False) == ""


def found(code: str) -> list[tuple[str, str]]:
    findings = validate_registry(compile_registry(), to_us(timezone.now()))
    return [(each.severity.value, each.message) for each in findings if each.code == code]


def becomes(version: ModelVersion, lifecycle: str) -> None:
    version.lifecycle = lifecycle
    version.save()


def evidence(version: ModelVersion, slot: str, **fields: object) -> ChecklistItem:
    given = {"finding": "Good.", "checked_by": "Ada", "checked_on": date(2026, 1, 1), **fields}
    return ChecklistItem.objects.create(version=version, slot=slot, **given)


@pytest.fixture
def candidate(world: World, cast: dict[str, User], own_section_only: None) -> ModelVersion:
    """In force as evaluating, beside a rule that asks for two slots."""
    version = ModelVersion.objects.create(
        model=world.deployment.version.model, name="2", upstream_id="gpt-2", lifecycle="evaluating"
    )
    releases.publish(actor=cast["author"], reason="first")
    ChecklistRule.objects.create(slots=["bias", "safety"])
    return version


def test_what_is_retired_stays_retired(candidate: ModelVersion, cast: dict[str, User]) -> None:
    becomes(candidate, "retired")
    releases.publish(actor=cast["author"], reason="over")
    becomes(candidate, "evaluating")
    with pytest.raises(PublishRefused):
        releases.publish(actor=cast["author"], reason="back")


HOLDING = [
    (["bias", "safety"], {}, ""),
    (["bias"], {}, "safety"),
    ([], {}, "bias, safety"),
    (["bias", "safety"], {"expires_on": date(2026, 1, 2)}, "bias, safety"),
    (["bias", "safety"], {"finding": " "}, "bias, safety"),
]


@pytest.mark.parametrize(("slots", "fields", "missing"), HOLDING)
def test_nothing_is_approved_without_its_evidence(
    candidate: ModelVersion, slots: list[str], fields: dict[str, object], missing: str
) -> None:
    for slot in slots:
        evidence(candidate, slot, **fields)
    becomes(candidate, "approved")
    told = [said for severity, said in found("checklist_incomplete") if severity == "error"]
    assert told == ([f"Its checklist lacks evidence that holds for: {missing}."] if missing else [])


def test_what_is_approved_already_is_warned_of(candidate: ModelVersion) -> None:
    assert [severity for severity, _ in found("checklist_incomplete")] == ["warning"]  # of version 1


def test_evidence_that_ends_is_told(candidate: ModelVersion) -> None:
    approved = ModelVersion.objects.get(name="1")
    for slot in ("bias", "safety"):
        evidence(approved, slot, expires_on=timezone.now().date() + timedelta(days=5))
    assert len(found("checklist_expires")) == 2


FITTING = [
    ("", "", True),
    ("standard", "", True),
    ("frontier", "", False),
    ("", "high", True),
    ("", "low", False),
    ("standard", "high", True),
    ("standard", "low", False),
]


@pytest.mark.parametrize(("tier", "risk", "fits"), FITTING)
def test_rules_ask_of_the_models_that_they_fit(tier: str, risk: str, fits: bool) -> None:
    version = ModelVersion(model=Model(tier="standard", risk_rating="high"))
    rules = [ChecklistRule(tier=tier, risk_rating=risk, slots=["bias"])]
    assert required_slots(version, rules) == ({"bias"} if fits else set())


def test_a_version_in_use_has_a_rollback_that_was_tried(candidate: ModelVersion) -> None:
    version = ModelVersion.objects.get(name="1")
    codes = ("rollback_unplanned", "rollback_untried", "rollback_to_retired")
    assert [len(found(code)) for code in codes] == [1, 0, 0]
    RollbackPlan.objects.create(version=version, returns_to=candidate)
    assert [len(found(code)) for code in codes] == [0, 1, 0]
    told = {"version_id": version.pk, "version": str(version), "returns_to": str(candidate), "report": {}}
    Drill.objects.create(**told, held_at=timezone.now() - timedelta(days=181), passed=True)
    Drill.objects.create(**told, held_at=timezone.now(), passed=False)
    assert [len(found(code)) for code in codes] == [0, 1, 0]
    Drill.objects.create(**told, held_at=timezone.now(), passed=True)
    becomes(candidate, "retired")
    assert [len(found(code)) for code in codes] == [0, 0, 1]


def test_a_rating_has_its_reason(world: World) -> None:
    model = world.deployment.version.model
    model.risk_rating = "high"
    with pytest.raises(ValidationError, match="Say why"):
        model.full_clean()


def test_evidence_is_proposed_on_the_versions_page(candidate: ModelVersion, sign_in: SignIn) -> None:
    client = sign_in("author")
    url = reverse("admin:registry_modelversion_change", args=[candidate.pk])
    form = {
        "model": candidate.model_id,
        "name": "2",
        "upstream_id": "gpt-2",
        "on_drift": "flag",
        "lifecycle": "evaluating",
        "checklist-TOTAL_FORMS": "1",
        "checklist-INITIAL_FORMS": "0",
        "checklist-0-slot": "bias",
        "checklist-0-finding": "None was found.",
        "checklist-0-checked_by": "Ada",
        "checklist-0-checked_on": "2026-01-01",
        "rollback_plans-TOTAL_FORMS": "0",
        "rollback_plans-INITIAL_FORMS": "0",
        "deployments-TOTAL_FORMS": "0",
        "deployments-INITIAL_FORMS": "0",
    }
    assert client.get(url).status_code == 200
    assert client.post(url, form).status_code == 302
    assert [change.kind for change in Proposal.objects.get().change_set] == ["registry.checklistitem"]
    assert not ChecklistItem.objects.exists()
