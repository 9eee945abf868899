"""Stopping an arm: soon where it is bad, seldom where it is good, and decided again the same."""

import random

import pytest

from routing.core import codec
from routing.core.accounts import accounts_of, casts_of
from routing.core.decide import decide
from routing.core.decision import ExperimentPlan, Plan, calls
from routing.core.facts import Live
from routing.core.release import Model
from routing.core.routes import Arm, Bound, Experiment
from routing.core.stopping import Seen, look
from routing.core.trials import experiments_of, taken, variant_of
from tests.routing.core.builders import NOW_US, deployment, facts, release, rule

ARMS = (Arm("control", Model("a")), Arm("canary", Model("b")))
TRY = Experiment("try", ARMS, shadows=((Model("c"), 1000),))
RELEASE = release(deployment("a"), deployment("b"), deployment("c"), rules=(rule(TRY),))


def suspended(*subjects: str) -> Live:
    return Live(NOW_US, {}, frozenset(subjects))


def seen(share: float, count: int, seed: int) -> list[Seen]:
    """A run of requests of which `share` are bad, looked at after every 25th."""
    draw, total, looks = random.Random(seed), 0, []
    for number in range(1, count + 1):
        total += draw.random() < share
        if number % 25 == 0:
            looks.append(Seen(number, total))
    return looks


def test_an_arm_that_keeps_its_bound_is_seldom_stopped_however_often_one_looks() -> None:
    bound = Bound("errors", 50, 25)
    runs = (seen(0.05, 1000, run) for run in range(200))
    assert sum(any(look(bound, each, bounds=1).is_broken for each in looks) for looks in runs) <= 10


@pytest.mark.parametrize(("share", "within"), [(0.5, 50), (0.2, 150), (0.12, 700)])
def test_an_arm_that_breaks_its_bound_is_stopped_soon(share: float, within: int) -> None:
    bound, stopped = Bound("errors", 50, 25), 0
    for run in range(50):
        looks = [look(bound, each, bounds=3) for each in seen(share, within, run)]
        stopped += any(each.is_broken for each in looks)
    assert stopped >= 45


@pytest.mark.parametrize(
    ("bound", "found", "broken"),
    [
        (Bound("errors", 50, 100), Seen(99, 99), False),
        (Bound("errors", 50, 100), Seen(100, 100), True),
        (Bound("p95", 2000), Seen(200, 60), True),
        (Bound("p95", 2000), Seen(200, 10), False),
        (Bound("p50", 2000), Seen(200, 150), True),
        (Bound("cost", 100), Seen(300, 60), True),
        (Bound("cost", 100), Seen(300, 15), False),
        (Bound("score", 700), Seen(200, 120), True),
        (Bound("score", 700), Seen(200, 40), False),
        (Bound("score", 700), Seen(0, 0), False),
    ],
)
def test_a_bound_is_broken_where_the_mean_is_beyond_it_for_certain(bound, found, broken: bool) -> None:
    assert look(bound, found, bounds=1).is_broken is broken


def drawn(live: Live, number: int) -> Plan:
    plan = decide(RELEASE, facts(request_id=f"request-{number}"), live)
    assert isinstance(plan, Plan)
    return plan


def test_the_first_arm_takes_over_from_one_that_is_stopped_and_nobody_else_moves() -> None:
    for number in range(60):
        before, after = (drawn(live, number).root for live in (suspended(), suspended("arm:try#canary")))
        assert isinstance(before, ExperimentPlan)
        assert isinstance(after, ExperimentPlan)
        assert after.arm == "control"
        assert before.arm == "canary" or before == after


@pytest.mark.parametrize("subject", ["arm:try#canary", "shadow:try"])
def test_what_was_stopped_is_in_the_record_and_the_decision_derives_again(subject: str) -> None:
    stopped = 0
    for number in range(20):
        live = suspended(subject, "arm:other#x")
        plan = drawn(live, number)
        kept = codec.live_value(live, plan)
        assert kept.get("suspended", []) == list(plan.stopped)
        told = codec.facts_value(facts(request_id=f"request-{number}"))
        assert codec.replay(RELEASE, told, kept) == codec.decision_bytes(plan)
        stopped += bool(plan.stopped)
    assert stopped


def test_the_control_is_never_stopped() -> None:
    assert all(drawn(suspended("arm:try#control"), number).stopped == () for number in range(20))


def test_accounts_tell_what_shadows_may_cost_and_add_up_to_the_reservation() -> None:
    plan = drawn(suspended(), 1)
    accounts = accounts_of(RELEASE, plan)
    assert set(accounts) == {next(calls(plan.root)).deployment, "try#c"}
    assert sum(accounts.values()) == plan.worst_case_nano
    assert casts_of(plan.root) == {"0.s0": "try"}


def test_a_record_says_which_arm_it_took() -> None:
    plan = drawn(suspended("arm:try#canary"), 1)
    assert taken(codec.decision_bytes(plan).decode()) == ("try", "control")
    assert taken("") is None
    (held,) = experiments_of(RELEASE)
    assert (held.policy, held.rule, held.control) == ("std", "all", "control")
    assert variant_of(ARMS[0]) == variant_of(Arm("renamed", Model("a"), 7)) != variant_of(ARMS[1])
