"""What another release would have made of recorded requests."""

import pytest

from routing.core.facts import Live
from routing.core.impact import MIN_SAMPLES, Impact, Latency, Used
from routing.core.release import Condition, Deployment, Fallback, Model, Price, Release, Route
from tests.routing.core.builders import NOW_US, deployment, facts, release, rule

DEAR = Price("price-2", "cd" * 32, 0, None, 3_000_000_000, 6_000_000_000)
LIVE = Live(NOW_US)
CHEAP, FINE = deployment("cheap"), deployment("fine", prices=(DEAR,))


def to(model: str, *conditions: Condition) -> Release:
    rules = (rule(Model(model), *conditions, name="first"),)
    return release(CHEAP, FINE, rules=rules)


def impact(before: Release, after: Release, *, times: int = 1, used: Used | None = None) -> Impact:
    gathered = Impact(before, after)
    for _ in range(times):
        gathered.add(facts(), LIVE, used)
    return gathered


ONLY_CODE = Condition("task", "in", ("code",))


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        (to("cheap"), to("cheap"), (0, 0, 0)),
        (to("cheap"), to("fine"), (1, 0, 0)),
        (to("cheap"), to("cheap", ONLY_CODE), (0, 1, 0)),
        (to("cheap", ONLY_CODE), to("cheap"), (0, 0, 1)),
    ],
)
def test_what_flips_is_counted(before: Release, after: Release, counts: tuple[int, int, int]) -> None:
    value = impact(before, after).value({})
    assert (value["rerouted"], value["newly_refused"], value["newly_allowed"]) == counts
    assert sum(flip["count"] for flip in value["flips"]) == sum(counts)


def test_a_new_refusal_says_why() -> None:
    value = impact(to("cheap"), to("cheap", ONLY_CODE)).value({})
    assert value["flips"] == [
        {"before": "cheap", "after": "refused", "reason": "no_rule_matched", "count": 1}
    ]
    assert value["examples"][0]["before"] == "cheap (std, first)"


def test_cost_is_that_of_the_tokens_that_were_used_at_each_price() -> None:
    cost = impact(to("cheap"), to("fine"), used=Used(1000, 500)).value({})["cost"]
    assert (cost["before_nano"], cost["change_nano"]) == (2_000_000, 4_000_000)
    assert cost["half_width_nano"] is None


def test_an_interval_needs_samples_and_is_nought_where_all_are_alike() -> None:
    alike = impact(to("cheap"), to("fine"), times=MIN_SAMPLES, used=Used(10, 10)).value({})
    assert alike["cost"]["half_width_nano"] == 0


def test_latency_is_weighted_by_what_moves() -> None:
    known = {"cheap": Latency(100, 200.0, 400.0), "fine": Latency(100, 900.0, 400.0)}
    latency = impact(to("cheap"), to("fine"), times=4).value(known)["latency"]
    assert latency["change_ms"] == 700
    assert latency["half_width_ms"] == 6
    few = {**known, "fine": Latency(3, 900.0, 400.0)}
    assert impact(to("cheap"), to("fine")).value(few)["latency"]["unknown"] == ["fine"]


BOTH = Fallback((Model("cheap"), Model("fine")))
OFF = deployment("cheap", enabled=False)


def with_(cheap: Deployment, route: Route) -> Release:
    return release(cheap, FINE, rules=(rule(route, name="first"),))


CAUSES = [
    (with_(CHEAP, BOTH), with_(OFF, BOTH), "out:disabled", "cheap is out: it is disabled"),
    (with_(OFF, BOTH), with_(CHEAP, BOTH), "in:disabled", "cheap was out before: it is disabled"),
    (with_(CHEAP, BOTH), to("fine"), "unnamed", "the route does not name cheap any more"),
    (to("fine"), with_(CHEAP, BOTH), "named", "the route names cheap now"),
    (
        with_(CHEAP, BOTH),
        with_(CHEAP, Fallback((Model("fine"), Model("cheap")))),
        "order",
        "the route goes to fine before cheap now",
    ),
    (
        to("cheap"),
        release(CHEAP, FINE, rules=(rule(Model("fine"), name="second"),)),
        "rule:std, second",
        "another rule decides: std, second",
    ),
    (to("cheap"), with_(OFF, Model("cheap")), "out:disabled", "cheap is out: it is disabled"),
    (with_(OFF, Model("cheap")), to("cheap"), "in:disabled", "cheap was out before: it is disabled"),
]


@pytest.mark.parametrize(("before", "after", "cause", "words"), CAUSES)
def test_what_flips_says_why(before: Release, after: Release, cause: str, words: str) -> None:
    value = impact(before, after).value({})
    assert [flip["reason"] for flip in value["flips"]] == [cause]
    assert value["examples"][0]["reason"] == words
