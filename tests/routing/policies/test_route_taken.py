"""The route in a request's dossier, coloured by what happened."""

from typing import Any

import pytest

from audit.models import Attempt, Request
from audit.selectors.sources import Sources
from registry.models import User
from registry.services import releases
from routing.admin.route_taken import notes_of, route_panel
from routing.core.notation import parse_route
from routing.models import Policy

ROUTE = parse_route("cascade\n  gate answered\n  model a\n  model b\n  model c") or {}


def attempt(path: str, outcome: str = "ok", **changes: Any) -> Attempt:
    return Attempt(path=path, outcome=outcome, latency_ms=12, cost_nano=10_000_000, **changes)


def test_each_call_says_whether_it_was_made_and_what_came_of_it() -> None:
    made = [attempt("0.0", "failed", error_kind="rate_limit"), attempt("0.0"), attempt("0.1")]
    notes = notes_of(ROUTE, made, "0.1")
    told = {path: (note.css, note.small, note.edge) for path, note in notes.items()}
    assert told == {
        "0.0": ("ran", "ran, 12 ms", "$0.02"),
        "0.1": ("won", "answered, 12 ms", "$0.01"),
        "0.2": ("skipped", "not asked", ""),
    }


def test_the_places_of_a_model_are_told_apart() -> None:
    route = parse_route("model a places 3\nmodel b") or {}
    made = [
        attempt("0.0.0", "failed", error_kind="timeout", deployment="a-east"),
        attempt("0.0.1", deployment="a-west"),
    ]
    told = {path: note.small for path, note in notes_of(route, made, "0.0.1").items()}
    assert told == {
        "0.0.0": "a-east: timeout",
        "0.0.1": "a-west: answered, 12 ms",
        "0.0.2": "not asked",
        "0.1": "not asked",
    }


def test_a_failure_is_named() -> None:
    note = notes_of(ROUTE, [attempt("0.0", "failed", error_kind="rate_limit")], "")["0.0"]
    assert (note.css, note.small) == ("failed", "rate limit")


@pytest.mark.django_db
@pytest.mark.parametrize(("rule", "drawn"), [("rest", True), ("no-such-rule", False)])
def test_the_route_is_that_of_the_release_that_decided(
    standard: Policy, author: User, rule: str, drawn: bool
) -> None:
    number = releases.publish(actor=author, reason="first").number
    request = Request(release_number=number, policy="standard", rule=rule, outcome="succeeded")
    panel = route_panel(Sources(request, [attempt("0.0")], [], []))
    assert ("alpha" in panel and "answered" in panel) is drawn
