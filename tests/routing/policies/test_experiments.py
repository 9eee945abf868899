"""Experiments while they run: who is counted for what, and that an arm which breaks a bound is stopped."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from audit.core.ids import uuid7
from audit.models import Entry, Feedback, Request
from registry.errors import NothingToSuspend
from registry.models import Suspension, User
from registry.services import lifting, releases, suspensions
from routing.models import Policy, Trial
from routing.services import experiments, policies
from routing.services.policies import RuleText
from routing.tasks import watch_experiments

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
ROUTE = """experiment new by end_user
  stop when errors above 100 after 20
  stop when score below 600 after 20
  arm control 9
    model alpha
  arm canary
    model beta"""
BESIDE = """experiment new by end_user
  stop when {} control by {} after 40
  arm control 9
    model alpha
  arm canary
    model beta"""
PAGE = "/admin/routing/experiments/"


def publish(author: User, route: str) -> Policy:
    policy = policies.save(policy=Policy(name="standard"), actor=author)
    policies.replace_rules(policy=policy, rules=[RuleText("all", "", route)], actor=author)
    releases.publish(actor=author, reason="first")
    return policy


@pytest.fixture
def published(world: None, author: User) -> Policy:
    return publish(author, ROUTE)


def asked(times: int, arm: str = "canary", outcome: str = "succeeded", **more: Any) -> list[Request]:
    call = {"path": "0.0", "deployment": "x", "worst_case_nano": 1, "max_output_tokens": 1, "price_id": "p"}
    root = {"node": "experiment", "path": "0", "name": "new", "arm": arm, "member": call}
    given = {
        "accepted_at": NOW,
        "finished_at": NOW,
        "state": "finished",
        "operation": "chat",
        "policy": "standard",
        "rule": "all",
        "release_number": 1,
        "latency_ms": 100,
        "cost_nano": 1_000_000,
        "decision": json.dumps({"kind": "plan", "root": root}),
        **more,
    }
    return [Request.objects.create(id=uuid7(), outcome=outcome, **given) for _ in range(times)]


def stopped() -> list[str]:
    return [f"{each.experiment}#{each.arm}" for each in experiments.watch(NOW)]


def test_each_request_is_counted_once_for_its_arm(published: Policy) -> None:
    asked(3)
    asked(2, "control", "failed")
    asked(1, outcome="cancelled")
    asked(1, rule="another")
    asked(1, decision="{}")
    for _ in range(2):
        experiments.watch(NOW)
    counted = Trial.objects.exclude(experiment="").values_list("arm", "failed").order_by("arm")
    assert list(counted) == [("canary", False)] * 3 + [("control", True)] * 2


def test_an_arm_that_fails_too_often_is_stopped_on_record_and_once(published: Policy) -> None:
    asked(30, outcome="failed")
    asked(30, "control", "failed")
    assert stopped() == ["new#canary"]
    assert stopped() == []
    placed = Suspension.objects.get(in_force=True)
    assert (placed.subject, placed.placed_by) == ("arm:new#canary", None)
    assert placed.reason == "Failed requests above 100 thousandths, over 30 requests."
    told = Entry.objects.get(event_type="experiment.stopped").data
    assert (told["experiment"], told["arm"], told["requests"]) == ("new", "canary", 30)
    assert Entry.objects.filter(event_type="suspension.placed").count() == 1


def test_what_applications_say_stops_an_arm(published: Policy) -> None:
    for row in asked(40):
        Feedback.objects.create(request=row, api_key="k", score=100, given_at=NOW)
    assert stopped() == ["new#canary"]


@pytest.mark.parametrize(("good", "bad"), [(0, 19), (95, 5), (0, 0)])
def test_an_arm_within_its_bounds_goes_on(published: Policy, good: int, bad: int) -> None:
    asked(good)
    asked(bad, outcome="failed")
    assert stopped() == []


WORSE = {
    "errors above": (20, {"outcome": "failed"}),
    "p50 above": (50, {"latency_ms": 300}),
    "p95 above": (50, {"latency_ms": 300}),
    "cost above": (500, {"cost_nano": 20_000_000}),
    "score below": (50, {}),
}


def asked_and_told(times: int, arm: str, score: int, **more: Any) -> None:
    for row in asked(times, arm, **more):
        Feedback.objects.create(request=row, api_key="k", score=score, given_at=NOW)


@pytest.mark.parametrize(("bound", "by", "worse"), [(name, *given) for name, given in WORSE.items()])
@pytest.mark.parametrize("is_worse", [True, False], ids=["worse", "alike"])
def test_an_arm_is_stopped_where_it_is_worse_than_the_control_by_more_than_it_may(
    world: None, author: User, bound: str, by: int, worse: dict[str, Any], is_worse: bool
) -> None:
    publish(author, BESIDE.format(bound, by))
    asked_and_told(160, "control", 900)
    asked_and_told(90, "canary", *((100,) if is_worse else (900,)), **(worse if is_worse else {}))
    assert stopped() == (["new#canary"] if is_worse else [])
    for entry in Entry.objects.filter(event_type="experiment.stopped"):
        told = entry.data
        assert (told["metric"], told["limit"], told["against"]) == (bound.split()[0], by, "control")
        assert (told["requests"], told["control_requests"]) == (90, 140 if "cost" in bound else 160)
        assert ("at_ms" in told) is bound.startswith("p")


@pytest.mark.parametrize(
    ("control", "since"),
    [(0, NOW), (39, NOW), (160, NOW - timedelta(minutes=5))],
    ids=["none", "too few", "only before the arm began"],
)
def test_without_enough_of_the_control_nothing_is_compared(
    world: None, author: User, control: int, since: datetime
) -> None:
    publish(author, BESIDE.format("errors above", 20))
    asked(control, "control", accepted_at=since)
    asked(90, outcome="failed")
    assert stopped() == []


def test_a_comparison_is_told_in_words_with_both_counts(world: None, author: User, client: Client) -> None:
    publish(author, BESIDE.format("errors above", 20))
    asked(160, "control")
    asked(90, outcome="failed")
    watch_experiments()
    said = "above the control by 20 thousandths"
    placed = Suspension.objects.get(in_force=True)
    assert placed.reason == f"Failed requests {said}, over 90 requests and 160 of the control."
    page = " ".join(client.get(PAGE).content.decode().split())
    assert (
        f"canary: errors {said}, not before 40 of both. Seen 90 and 160 of the control; it is broken." in page
    )


def test_another_route_of_the_arm_begins_anew(published: Policy, author: User) -> None:
    asked(30, outcome="failed")
    changed = ROUTE.replace("model beta", "model beta\n    model alpha")
    policies.replace_rules(policy=published, rules=[RuleText("all", "", changed)], actor=author)
    releases.publish(actor=author, reason="second")
    assert stopped() == []
    assert Trial.objects.exclude(variant="").count() == 30


def test_starting_an_arm_again_takes_a_proposal_and_counts_anew(published: Policy, author: User) -> None:
    asked(30, outcome="failed", accepted_at=NOW - timedelta(minutes=5))
    assert stopped() == ["new#canary"]
    placed = Suspension.objects.get(in_force=True)
    proposal = lifting.ask(actor=author, suspension=placed, reason="The provider is back.")
    assert (proposal.state, Suspension.objects.filter(in_force=True).count()) == ("submitted", 1)
    placed.in_force, placed.lifted_at, placed.lift_proposal = False, NOW, proposal.pk
    placed.save()
    assert stopped() == []


def test_people_stop_an_arm_too_but_not_the_control(published: Policy, author: User) -> None:
    suspensions.suspend(actor=author, kind="arm", target="new#canary", reason="It is rude.")
    assert "arm:new#canary" in {placed.subject for placed in Suspension.objects.all()}
    for target in ("new#control", "new#gone", "old#canary", "new"):
        with pytest.raises(NothingToSuspend):
            suspensions.suspend(actor=author, kind="arm", target=target, reason="r")


def test_the_page_shows_each_arm_with_intervals(published: Policy, client: Client) -> None:
    rows = asked(20) + asked(10, "control", "failed")
    Feedback.objects.create(request=rows[0], api_key="k", score=500, given_at=NOW)
    watch_experiments()
    page = client.get(PAGE).content.decode()
    for told in ("canary", "100 ms (100 to 100)", "$0.001000 (0.001000 to 0.001000)", "1 said so", "10%"):
        assert told in page
    assert "Stop canary…" in page
    assert "Stop control…" not in page


def test_others_may_not_open_the_page() -> None:
    client = Client()
    client.force_login(User.objects.create_user("outsider", is_staff=True))
    assert client.get(PAGE).status_code == 403
