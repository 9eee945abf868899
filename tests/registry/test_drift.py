"""Drift is told once, bounded, and blocks where the version says so."""

from uuid import UUID

import pytest
from registry_cast import World
from signalbox.alarms import drifts_since

from audit.core.ids import uuid7
from audit.models import Entry
from registry.core.pinning import moves
from registry.models import Drift, Notice, Suspension, User
from registry.releases.section import compile_registry
from registry.releases.validation import validate_registry
from registry.services import drift


def observe(reported: str = "gpt-2", *, blocks: bool = False, fingerprint: str | None = None) -> UUID:
    request_id = uuid7()
    seen = drift.Seen.of(deployment="gpt-eu", sent="gpt-1", reported=reported, fingerprint=fingerprint)
    drift.observe(seen=seen, model="gpt", model_version="1", blocks=blocks, request_id=request_id)
    return request_id


def told() -> list[Entry]:
    return list(Entry.objects.filter(event_type="model.drift"))


def test_the_same_drift_is_told_once(world: World) -> None:
    first = observe()
    observe()
    assert [entry.request_id for entry in told()] == [first]
    assert not Suspension.objects.exists()


def test_whoever_may_stop_it_hears_of_it_once(world: World, cast: dict[str, User]) -> None:
    observe()
    observe()
    heard = Notice.objects.filter(kind="model.drift")
    assert {notice.user.username for notice in heard if notice.user} == {"boss", "author", "approver"}
    assert {notice.subject for notice in heard} == {"Drift: gpt-eu reports gpt-2"}


def test_another_id_or_fingerprint_is_another_drift(world: World) -> None:
    observe("gpt-2")
    observe("gpt-3")
    observe("gpt-1", fingerprint="fp-2")
    assert len(told()) == Drift.objects.count() == 3


def test_names_that_are_made_up_fill_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift, "MAX_PER_DEPLOYMENT", 3)
    for number in range(10):
        observe(f"gpt-{number + 2}")
    assert len(told()) == Drift.objects.count() == 3


def test_a_version_that_blocks_suspends_its_deployment(world: World) -> None:
    observe(blocks=True)
    placed = Suspension.objects.get()
    assert (placed.subject, placed.placed_by_name) == ("deployment:gpt-eu", "")
    assert "gpt-2" in placed.reason
    assert told()[0].data["blocked"] is True


def test_what_was_only_told_blocks_once_its_version_says_so(world: World) -> None:
    observe()
    observe(blocks=True)
    assert Suspension.objects.filter(in_force=True).count() == 1
    assert len(told()) == 1


def test_who_lifts_the_suspension_has_accepted_the_drift(world: World) -> None:
    observe(blocks=True)
    Suspension.objects.update(in_force=False)
    observe(blocks=True)
    assert not Suspension.objects.filter(in_force=True).exists()
    observe("gpt-3", blocks=True)
    assert Suspension.objects.filter(in_force=True).exists()


def test_a_version_that_was_corrected_alarms_no_more(world: World) -> None:
    observe()
    seen_at = Drift.objects.get().seen_at
    assert len(drifts_since(seen_at)) == 1
    version = world.deployment.version
    version.upstream_id = "gpt-2"
    version.save()
    assert drifts_since(seen_at) == ()


PINNED = [
    "gpt-4.1-2025-04-14",
    "claude-3-5-sonnet-20241022",
    "gpt-4-0613",
    "gpt-4-1106",
    "mistral-large-2411",
    "gemini-2.0-flash-001",
    "claude-sonnet-4@20250514",
    "model:sha256-0123456789abcdef",
]
MOVING = [
    ("chatgpt-4o-latest", "alias"),
    ("mistral-LATEST", "alias"),
    ("gpt-4.1", "no date"),
    ("llama-3.3-70b-instruct", "no date"),
    ("gemini-2.5-pro-preview-05-06", "preview"),
    ("gemini-exp", "preview"),
]


@pytest.mark.parametrize("upstream_id", PINNED)
def test_a_date_a_revision_or_a_digest_pins(upstream_id: str) -> None:
    assert moves(upstream_id) == ""


@pytest.mark.parametrize(("upstream_id", "word"), MOVING)
def test_an_id_that_may_move_is_told_on_its_face(upstream_id: str, word: str) -> None:
    assert word in moves(upstream_id)


@pytest.mark.parametrize(("lifecycle", "warned"), [("approved", True), ("evaluating", False)])
def test_approving_a_moving_id_is_a_finding(world: World, lifecycle: str, warned: bool) -> None:
    version = world.deployment.version
    version.lifecycle, version.upstream_id = lifecycle, "gpt-latest"
    version.save()
    codes = {finding.code for finding in validate_registry(compile_registry(), 0)}
    assert ("upstream_id_moves" in codes) is warned


def test_a_release_says_of_pinning_only_what_differs(world: World) -> None:
    (plain,) = compile_registry()["deployments"]
    version = world.deployment.version
    version.on_drift, version.fingerprint = "block", "fp-1"
    version.save()
    (pinned,) = compile_registry()["deployments"]
    assert "on_drift" not in plain
    assert (pinned["on_drift"], pinned["fingerprint"]) == ("block", "fp-1")
