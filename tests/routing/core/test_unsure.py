"""A trained router asks a model where it is unsure: within its band, for so long, with a default."""

import pytest

from routing.core import codec
from routing.core.advance import advance
from routing.core.decide import decide
from routing.core.decision import Call, ClassifyPlan, Plan
from routing.core.execution import Do, FailureKind, Finished, Outcome, Start
from routing.core.facts import Score
from routing.core.lint import problems_of
from routing.core.notation import parse_route
from routing.core.release import Release
from routing.core.route_document import route_from
from tests.routing.core.builders import deployment, facts, live, release, rule
from tests.routing.core.trained_artifact import router

ROUTE = """
classify by trained gain
  unsure within 50
    prompt Is it hard?
    timeout 900
    {default}
    model s
  branch economy
    model a
  branch frontier
    model b
  otherwise
    model c
"""


def released(default: str = "", **changes) -> Release:
    route = route_from(parse_route(ROUTE.replace("    {default}\n", f"    {default}\n" if default else "")))
    made = [deployment(name, **(changes if name == "s" else {})) for name in "abcs"]
    return release(*made, rules=(rule(route),), routers={"gain": router(threshold=120)})


def plan(thousandths: int | None, outside: str = "", default: str = "", **changes) -> Plan:
    scores = () if thousandths is None else (Score("gain", thousandths, (), outside),)
    decision = decide(released(default, **changes), facts(scores=scores), live())
    assert isinstance(decision, Plan), decision
    return decision


@pytest.mark.parametrize(
    ("thousandths", "outside", "served"),
    [
        (69, "", "a"),
        (70, "", None),
        (120, "", None),
        (170, "", None),
        (171, "", "b"),
        (120, "its words are new", "b"),
        (None, "", "c"),
    ],
)
def test_only_within_the_band_is_a_model_asked(thousandths, outside, served):
    root = plan(thousandths, outside).root
    assert (root.deployment if isinstance(root, Call) else None) == served


@pytest.mark.parametrize(
    ("thousandths", "default", "taken"),
    [(100, "", "economy"), (130, "", "frontier"), (130, "default economy", "economy")],
)
def test_the_default_is_what_is_written_or_what_the_router_says(thousandths, default, taken):
    root = plan(thousandths, default=default).root
    assert isinstance(root, ClassifyPlan)
    assert (root.default, root.timeout_ms, root.labels) == (taken, 900, ("economy", "frontier"))
    assert [call.role for call in (root.helper, root.otherwise) if isinstance(call, Call)] == [
        "classifier",
        "answer",
    ]


def test_where_nobody_can_be_asked_the_router_decides():
    root = plan(130, cells={}).root
    assert isinstance(root, Call)
    assert root.deployment == "b"


def said(text: str, *, ok: bool = True, kind: FailureKind | None = None) -> Outcome:
    return Outcome("0.h", "s", ok, kind, number=1, text=text, began_s=0.0)


@pytest.mark.parametrize(
    ("outcome", "path", "note"),
    [
        (said("frontier"), "0.1", "frontier"),
        (said("no idea"), "0.0", "none that is known: economy"),
        (said("", ok=False, kind=FailureKind.ERROR), "0.0", "none that is known: economy"),
    ],
)
def test_what_it_says_is_taken_and_otherwise_the_default(outcome, path, note):
    made = plan(100)
    step = advance(made, [outcome], elapsed_s=0.2)
    assert isinstance(step, Start)
    assert step.call.path == path
    ended = advance(made, [outcome, Outcome(path, "x", ok=True, number=2, began_s=0.2)], elapsed_s=0.4)
    assert isinstance(ended, Finished)
    assert [(each.what, each.detail) for each in ended.notes] == [("label", note)]


def test_one_that_is_late_is_ended_and_the_default_begun():
    made = plan(100)
    waiting = advance(made, [], elapsed_s=0.5, running={"0.h": 0.0})
    assert waiting == Do(wake_s=pytest.approx(0.4))
    late = advance(made, [], elapsed_s=0.9, running={"0.h": 0.0})
    assert isinstance(late, Do)
    assert ([start.call.path for start in late.starts], late.cancel) == (["0.0"], {"0.h"})


def test_a_label_that_comes_after_all_does_not_change_the_branch_that_has_begun():
    made = plan(100)
    step = advance(made, [said("frontier")], elapsed_s=1.0, running={"0.0": 0.9})
    assert step == Do()
    answered = Outcome("0.0", "a", ok=True, number=2, began_s=0.9)
    ended = advance(made, [said("frontier"), answered], elapsed_s=1.2)
    assert isinstance(ended, Finished)
    assert ended.outcome == answered


def test_the_plan_comes_back_from_its_value_and_holds_one_branch_and_the_helper():
    made = plan(100)
    assert codec.plan_from(codec.decision_value(made)) == made
    root = made.root
    assert isinstance(root, ClassifyPlan)
    assert isinstance(root.helper, Call)
    assert (
        dict(made.worst_case_nano_by_model)["s"] == root.helper.worst_case_nano * made.max_attempts_per_call
    )


@pytest.mark.parametrize(
    ("change", "is_wrong"),
    [
        (("", ""), False),
        (("branch economy", "branch 100"), True),
        (("timeout 900", "default gold"), True),
        (("within 50", "within 1"), False),
    ],
)
def test_what_can_not_be_asked_is_refused_at_publishing(change, is_wrong):
    text = ROUTE.replace("    {default}\n", "").replace(*change)
    route = route_from(parse_route(text.replace("branch frontier", "branch 900") if "100" in text else text))
    made = release(*map(deployment, "abcs"), rules=(rule(route),), routers={"gain": router()})
    assert ("unsure_wrong" in {each.code for each in problems_of(made, 0)}) is is_wrong
