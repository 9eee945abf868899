"""A version may be less far with one provider, in one region, than elsewhere: the stricter of both counts."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone
from registry_cast import World

from audit.models import Entry, Request
from registry.core.lifecycle import STRICTNESS, sooner, stricter
from registry.documents import changes_of, export
from registry.governed import read_state
from registry.lifecycle import announcing, dependants, retirements
from registry.lifecycle.card import card_of
from registry.models import ChecklistRule, Deployment, Lifecycle, ModelVersion, RollbackPlan, User
from registry.releases.clock import to_us
from registry.releases.section import compile_registry
from registry.releases.validation import validate_registry
from registry.services import releases
from registry.wording import in_words

ENDS = date(2026, 6, 1)


def test_every_state_has_its_place() -> None:
    assert set(STRICTNESS) == set(Lifecycle.values)


STATES = [
    ("approved", None, "approved"),
    ("approved", "deprecated", "deprecated"),
    ("deprecated", "approved", "deprecated"),
    ("evaluating", "approved", "evaluating"),
    ("evaluating", "proposed", "proposed"),
    ("proposed", "retired", "retired"),
    ("retired", "approved", "retired"),
    ("approved", "invented", "invented"),
]


@pytest.mark.parametrize(("of_version", "here", "counts"), STATES)
def test_the_stricter_state_counts(of_version: str, here: str | None, counts: str) -> None:
    assert stricter(of_version, here) == counts


@pytest.mark.parametrize(
    ("of_version", "here", "ends"),
    [
        (None, None, None),
        (ENDS, None, ENDS),
        (None, ENDS, ENDS),
        (ENDS, ENDS + timedelta(days=1), ENDS),
        (ENDS + timedelta(days=1), ENDS, ENDS),
    ],
)
def test_the_sooner_end_counts(of_version: date | None, here: date | None, ends: date | None) -> None:
    assert sooner(of_version, here) == ends


def elsewhere(world: World, **fields: object) -> Deployment:
    """The same version with the same provider in another region."""
    row = Deployment.objects.get(pk=world.deployment.pk)
    row.pk, row._state.adding = Deployment(name="x").pk, True
    row.name, row.region = "gpt-us", "us"
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    return row


def becomes(deployment: Deployment, lifecycle: str | None) -> None:
    deployment.lifecycle = lifecycle
    deployment.save()


def found(code: str) -> list[tuple[str, str]]:
    findings = validate_registry(compile_registry(), to_us(timezone.now()))
    return [(each.severity.value, each.subject) for each in findings if each.code == code]


def compiled() -> dict[str, str]:
    return {row["name"]: row["lifecycle"] for row in compile_registry()["deployments"]}


def test_a_release_says_of_each_place_what_counts(world: World) -> None:
    elsewhere(world, lifecycle="evaluating")
    assert compiled() == {"gpt-eu": "approved", "gpt-us": "evaluating"}


def test_a_release_says_the_day_of_each_place(world: World) -> None:
    elsewhere(world, retires_on=ENDS)
    assert [row.get("retires_on") for row in compile_registry()["deployments"]] == [None, "2026-06-01"]


JUMPS = [
    ("approved", "deprecated", False),
    ("approved", "retired", False),
    ("evaluating", None, False),
    ("proposed", None, True),
    ("retired", None, True),
    ("retired", "evaluating", True),
    ("deprecated", "proposed", True),
]


@pytest.mark.parametrize(("before", "after", "refused"), JUMPS)
def test_a_place_goes_through_its_states_in_order(
    world: World, cast: dict[str, User], own_section_only: None, before: str, after: str | None, refused: bool
) -> None:
    place = elsewhere(world, lifecycle=before)
    releases.publish(actor=cast["author"], reason="first")
    becomes(place, after)
    assert found("lifecycle_jump") == ([("error", "deployment gpt-us")] if refused else [])


def test_a_place_that_only_follows_is_not_told_of_twice(
    world: World, cast: dict[str, User], own_section_only: None
) -> None:
    version = world.deployment.version
    version.lifecycle = "evaluating"
    version.save()
    elsewhere(world, lifecycle="deprecated")
    releases.publish(actor=cast["author"], reason="first")
    version.lifecycle = "approved"
    version.save()
    assert found("lifecycle_jump") == []


def test_a_place_is_promoted_with_its_evidence_alone(
    world: World, cast: dict[str, User], own_section_only: None
) -> None:
    place = elsewhere(world, lifecycle="evaluating")
    releases.publish(actor=cast["author"], reason="first")
    ChecklistRule.objects.create(slots=["bias"])
    becomes(place, "approved")
    assert ("error", "deployment gpt-us") in found("checklist_incomplete")


def test_a_plan_leads_back_to_where_the_version_is_in_a_place(world: World) -> None:
    version = world.deployment.version
    older = ModelVersion.objects.create(
        model=version.model, name="0", upstream_id="gpt-0", lifecycle="deprecated"
    )
    RollbackPlan.objects.create(version=version, returns_to=older)
    place = elsewhere(world, version=older)
    assert found("rollback_to_retired") == []
    becomes(place, "retired")
    assert len(found("rollback_to_retired")) == 1


def test_what_is_approved_nowhere_needs_no_plan(world: World) -> None:
    assert len(found("rollback_unplanned")) == 1
    becomes(world.deployment, "deprecated")
    assert found("rollback_unplanned") == []


def test_the_calendar_holds_the_places_that_end_first(world: World) -> None:
    version = world.deployment.version
    version.retires_on = ENDS
    version.save()
    elsewhere(world, retires_on=ENDS - timedelta(days=9))
    elsewhere(world, name="gpt-jp", retires_on=ENDS + timedelta(days=9))
    elsewhere(world, name="gpt-kr", retires_on=ENDS - timedelta(days=9), lifecycle="retired")
    assert [str(end) for end in retirements.ending()] == ["gpt 1 (gpt-us)", "gpt 1"]


def test_people_are_told_of_the_place(world: World, cast: dict[str, User]) -> None:
    elsewhere(world, retires_on=ENDS)
    now = datetime(2026, 5, 30, tzinfo=UTC)
    assert [announcing.announce_due(now) for _ in range(2)] == [1, 0]
    told = json.loads(Entry.objects.get(event_type="model.retiring").body)["data"]
    assert (told["deployment"], told["dependants"]) == ("gpt-us", ["deployment gpt-us"])


def test_uses_are_those_of_the_place(world: World) -> None:
    place, now = elsewhere(world), timezone.now()
    for number, name in enumerate(("gpt-eu", "gpt-us", "gpt-us")):
        Request.objects.create(
            id=f"00000000-0000-7000-8000-{number:012d}",
            accepted_at=now,
            state="finished",
            outcome="succeeded",
            finished_at=now,
            operation="chat",
            application="letters",
            model="gpt",
            model_version="1",
            deployment=name,
        )
    (use,) = dependants.uses_of(place.version, now, place)
    assert use.requests == 2


def test_the_card_tells_each_place(world: World) -> None:
    elsewhere(world, lifecycle="proposed", retires_on=ENDS)
    rows = card_of(world.deployment.version, timezone.now())["deployments"]
    told = [(row["lifecycle"], row["retires_on"]) for row in rows]
    assert told == [("approved", None), ("proposed", "2026-06-01")]


def test_a_configuration_is_read_as_it_was_written(world: World) -> None:
    place = elsewhere(world, lifecycle="deprecated", retires_on=ENDS)
    document = export()
    assert not changes_of(document)
    here = document["deployments"]["gpt-us"]
    assert (here["lifecycle"], here["retires_on"]) == ("deprecated", "2026-06-01")
    del here["lifecycle"], here["retires_on"]
    (change,) = changes_of(document)
    assert change.after == {"lifecycle": None, "retires_on": None}
    lines = in_words(changes_of(document))[0].lines
    assert lines == ("lifecycle here: Deprecated → none", f"turned off here on: {ENDS} → none")
    assert str(place.pk) == change.id


def test_a_configuration_of_before_is_as_one_that_says_nothing(world: World) -> None:
    now = read_state()
    kind = Deployment._meta.label_lower
    stripped = {
        key: {name: value for name, value in record.items() if name not in ("lifecycle", "retires_on")}
        for key, record in now[kind].items()
    }
    assert not changes_of(export({**now, kind: stripped}))


def test_no_other_state_is_taken(world: World) -> None:
    world.deployment.lifecycle = "invented"
    with pytest.raises(ValidationError):
        world.deployment.full_clean()
    with pytest.raises(IntegrityError):
        world.deployment.save()
