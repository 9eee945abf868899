"""A latency budget is divided among the calls of a plan; what no longer fits is passed over, and said."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.core.advance import advance
from routing.core.decision import (
    Call,
    CheckedPlan,
    ClassifyPlan,
    EnsemblePlan,
    FallbackPlan,
    HedgePlan,
    PipelinePlan,
    Plan,
)
from routing.core.execution import Do, FailureKind, Finished, Outcome, Start, Verdict
from routing.core.flows import answering_paths
from routing.core.knobs import Knobs
from routing.core.pacing import UNMEASURED_MS, Pace
from routing.core.release import DEFAULT_FALLBACK_ON
from tests.routing.core.route_strategies import KINDS
from tests.routing.core.test_route_properties import FEW, asked, lives, plan_of, routed

K = FailureKind


def call(path: str, expected_ms: int | None = 1_000, role: str = "answer") -> Call:
    return Call(path, f"d-{path}", 1, 10, "p", role, None, expected_ms)


def plan(root, budget_ms: int | None = 3_000, attempts: int = 1) -> Plan:
    return Plan("std", "r", root, "q", 60, attempts, "refuse", 1, (), (), latency_budget_ms=budget_ms)


def answered(path: str, text: str = "x") -> Outcome:
    return Outcome(path, f"d-{path}", ok=True, number=1, text=text)


def failed(path: str, kind: FailureKind = K.ERROR, retryable: bool = False) -> Outcome:
    return Outcome(path, f"d-{path}", ok=False, kind=kind, retryable=retryable, number=1)


def begun(step) -> dict[str, float | None]:
    """Path → allowance, of the calls that a step starts."""
    starts = step.starts if isinstance(step, Do) else (step,)
    return {start.call.path: start.allowance_s for start in starts if isinstance(start, Start)}


def noted(step) -> str:
    assert isinstance(step, Finished)
    return next(note.detail for note in step.notes if note.what == "latency budget")


STEPS = PipelinePlan("0", (call("0.0"), call("0.1", 3_000), call("0.2", None)))


@pytest.mark.parametrize(
    ("outcomes", "elapsed_s", "path", "allowance_s"),
    [
        ([], 0.0, "0.0", 2.0),  # 1 of 1 + 3 + 2 s are its own, of 12
        ([answered("0.0")], 2.0, "0.1", 6.0),  # 3 of 5, of 10
        ([answered("0.0")], 0.5, "0.1", 6.9),  # what is not used is for those that follow
        ([answered("0.0"), answered("0.1")], 8.0, "0.2", 4.0),
    ],
)
def test_a_step_has_its_share_of_what_is_left(outcomes, elapsed_s, path, allowance_s):
    step = advance(plan(STEPS, 12_000), outcomes, elapsed_s=elapsed_s)
    assert begun(step) == {path: pytest.approx(allowance_s)}


def test_without_a_budget_nothing_has_a_share():
    assert begun(advance(plan(STEPS, None), [], elapsed_s=0)) == {"0.0": None}


def test_members_at_once_share_what_the_helper_leaves():
    root = EnsemblePlan("0", (call("0.0"), call("0.1", 2_000)), (1, 1), "judge", 1, helper=call("0.h"))
    step = advance(plan(root, 3_000), [], elapsed_s=0)
    assert begun(step) == {"0.0": pytest.approx(1.5), "0.1": pytest.approx(2.0)}


JUDGED = CheckedPlan("0.0", call("0.0"), judge=call("0.0.j"), threshold=700, lenient=True)


def test_a_check_that_no_longer_fits_is_skipped_and_the_answer_given():
    step = advance(plan(JUDGED), [answered("0.0")], elapsed_s=2.5)
    assert isinstance(step, Finished)
    assert step.outcome == answered("0.0")
    assert noted(step) == "the check was skipped: 1000 ms are usual, and 500 ms are left"


def test_a_check_that_is_required_is_made_and_its_lack_is_the_error():
    strict = replace(JUDGED, lenient=False)
    assert begun(advance(plan(strict), [answered("0.0")], elapsed_s=2.5)) == {"0.0.j": 0.5}
    cut = failed("0.0.j", K.LATENCY_BUDGET)
    ended = advance(plan(strict), [answered("0.0"), cut], elapsed_s=3.0)
    assert isinstance(ended, Finished)
    assert ended.outcome is not None
    assert not ended.outcome.ok


def test_a_step_for_which_no_time_is_left_fails_by_its_own_kind():
    step = advance(plan(STEPS), [answered("0.0")], elapsed_s=3.0)
    assert isinstance(step, Finished)
    assert step.outcome is not None
    assert (step.outcome.ok, step.outcome.kind) == (False, K.LATENCY_BUDGET)


POLISHED = PipelinePlan("0", (call("0.0"), call("0.1", 2_000), call("0.2", 500)), (1,))


@pytest.mark.parametrize(
    ("elapsed_s", "path", "said"),
    [(0.4, "0.1", None), (1.5, "0.2", "a step was skipped: 2500 ms are usual, and 1500 ms are left")],
)
def test_an_optional_step_that_no_longer_fits_is_skipped(elapsed_s, path, said):
    assert [*begun(advance(plan(POLISHED), [answered("0.0")], elapsed_s=elapsed_s))] == [path]
    if said:
        ended = advance(plan(POLISHED), [answered("0.0"), answered("0.2")], elapsed_s=elapsed_s)
        assert noted(ended) == said


def test_an_optional_step_at_the_end_leaves_the_answer_of_the_one_before():
    root = replace(POLISHED, optional=(1, 2))
    skipped = advance(plan(root), [answered("0.0", "draft")], elapsed_s=2.8)
    cut = advance(plan(root), [answered("0.0", "draft"), failed("0.1", K.LATENCY_BUDGET)], elapsed_s=2.8)
    for ended in (skipped, cut):
        assert isinstance(ended, Finished)
        assert ended.outcome == answered("0.0", "draft")
    assert answering_paths(root) == {"0.0", "0.1", "0.2"}


TWO = FallbackPlan("0", (call("0.0", 5_000), call("0.1", 1_000)), DEFAULT_FALLBACK_ON)


@pytest.mark.parametrize(
    ("outcomes", "elapsed_s", "path"),
    [
        ([], 0.0, "0.1"),  # the first usually takes longer than there is, and the second does not
        ([], 2.5, "0.0"),  # neither fits: the first is tried
        ([failed("0.0")], 1.0, "0.1"),
        ([failed("0.0", K.LATENCY_BUDGET)], 1.0, "0.1"),
    ],
)
def test_a_member_that_does_not_fit_is_passed_over_for_one_that_does(outcomes, elapsed_s, path):
    assert [*begun(advance(plan(TWO), outcomes, elapsed_s=elapsed_s))] == [path]


def test_what_was_passed_over_is_said_at_the_end():
    assert noted(advance(plan(TWO), [answered("0.1")], elapsed_s=1.0)).startswith(
        "a member was skipped: 5000 ms"
    )


def test_a_later_member_that_does_not_fit_is_not_begun():
    step = advance(plan(TWO), [failed("0.0")], elapsed_s=2.5)
    assert isinstance(step, Finished)
    assert step.outcome == failed("0.0")
    assert "a member was skipped" in noted(step)


def test_a_retry_that_does_not_fit_is_not_made():
    step = advance(plan(call("0"), attempts=2), [failed("0", retryable=True)], elapsed_s=2.5)
    assert isinstance(step, Finished)
    assert "a retry was skipped" in noted(step)


LABELLED = ClassifyPlan("0", call("0.h", role="classifier"), ("code",), (call("0.0"),), call("0.o"))


def test_a_classifier_that_does_not_fit_is_the_generalist():
    assert [*begun(advance(plan(LABELLED), [], elapsed_s=1.5))] == ["0.o"]
    assert "the classifier was skipped" in noted(advance(plan(LABELLED), [answered("0.o")], elapsed_s=2.9))


def test_a_second_call_that_does_not_fit_is_not_begun():
    hedged = HedgePlan("0", call("0.0"), call("0.1", 2_000), 500)
    step = advance(plan(hedged), [], elapsed_s=1.5, running={"0.0": 0.0})
    assert step == Do(wake_s=None)


class Clock:
    """Runs a plan in which each call takes a drawn part of its allowance; nobody else sees a clock."""

    def __init__(self, plan, draw):
        self.plan, self.draw, self.elapsed_s = plan, draw, 0.0
        self.outcomes, self.ends, self.running, self.starts, self.verdicts = [], {}, {}, {}, {}

    def run(self):
        for _ in range(400):
            happened = {"running": self.running, "verdicts": self.verdicts}
            step = advance(self.plan, self.outcomes, elapsed_s=self.elapsed_s, **happened)
            if isinstance(step, Finished):
                return
            self._do(Do((step,)) if isinstance(step, Start) else step)
        raise AssertionError("the plan did not end")

    def _do(self, step):
        for path in step.cancel:
            self._end(path, K.SUPERSEDED)
        for check in step.checks:
            self.verdicts[check.path] = Verdict(self.draw(st.booleans()))
        for start in step.starts:
            path, allowance_s = start.call.path, start.allowance_s
            assert allowance_s is not None or start.call.role == "shadow"
            taken_s = (allowance_s or 0.0) * self.draw(st.sampled_from((0.1, 1.0, 1.0)))
            self.running[path] = self.elapsed_s + start.delay_s
            self.ends[path] = self.running[path] + taken_s
            self.starts[path] = start.call
        if self.running and not (step.starts or step.cancel or step.checks):
            path = min(self.running, key=lambda each: self.ends[each])
            self.elapsed_s = max(self.elapsed_s, self.ends[path])
            self._end(path, self.draw(st.none() | st.sampled_from(KINDS)))

    def _end(self, path, kind):
        began_s = self.running.pop(path)
        retryable = kind in (K.ERROR, K.RATE_LIMIT)
        more = {"retryable": retryable, "number": len(self.outcomes) + 1, "began_s": began_s, "text": "42"}
        self.outcomes.append(Outcome(path, self.starts[path].deployment, kind is None, kind, **more))


@FEW
@given(routed(), asked, lives, st.sampled_from((50, 1_000, 8_000)), st.data())
def test_however_calls_use_their_shares_the_plan_ends_within_the_budget(
    release, facts, live, budget_ms, data
):
    made = plan_of(release, replace(facts, knobs=Knobs(max_latency_ms=budget_ms)), live)
    if made is None:
        return
    clock = Clock(made, data.draw)
    clock.run()
    assert clock.elapsed_s * 1000 <= budget_ms + 1e-6


@given(st.lists(st.none() | st.integers(0, 9_000), min_size=1, max_size=8), st.integers(1, 60_000))
def test_shares_of_steps_never_sum_past_the_budget(medians, budget_ms):
    steps = tuple(call(f"0.{at}", median) for at, median in enumerate(medians))
    root, left_s = PipelinePlan("0", steps), budget_ms / 1000
    for step in steps:
        left_s -= Pace(root, left_s).allowance_s(step)
    assert left_s >= -1e-9


def test_what_nobody_has_measured_shares_as_if_it_took_its_usual_time():
    root = PipelinePlan("0", (call("0.0", UNMEASURED_MS), call("0.1", None)))
    assert Pace(root, 4.0).allowance_s(root.steps[0]) == pytest.approx(2.0)
