"""Generated routes of every node, nested, and happenings that drive their plans to an end."""

from hypothesis import strategies as st

from routing.core.execution import SURVIVABLE, Do, FailureKind, Finished, Outcome, Start, Verdict
from routing.core.routes import (
    Arm,
    Balance,
    Branch,
    Cascade,
    Classify,
    Condition,
    Ensemble,
    Experiment,
    Fallback,
    Gate,
    Hedge,
    Judge,
    Model,
    Pipeline,
    Places,
    Step,
    Tier,
    Tiered,
    Unsure,
    Verify,
    Voter,
)
from tests.routing.core.strategies import MODELS

one_place = st.sampled_from((*MODELS, *MODELS, *MODELS, "unknown")).map(Model)
leaves = one_place | st.builds(Places, one_place, st.integers(2, 3))
gates = st.sampled_from(((), (Gate("answered"),)))
texts = st.sampled_from(("", "42", "A", "code", '{"score": 90}', '{"score": 10}', "the answer is B", "7.5"))
leaves_of = tuple(Model(name) for name in MODELS)
KINDS = [kind for kind in SURVIVABLE if kind not in (FailureKind.CANCELLED, FailureKind.SUPERSEDED)]


def judges(inner):
    return st.builds(Judge, inner, st.just("Is it right?"), st.sampled_from((0, 700)), st.just(100))


def nodes(inner):
    """One node of any kind over `inner`; helpers are plain models, so that sizes stay small."""
    maybe = st.none() | inner
    judge = st.none() | judges(leaves)
    two = st.lists(inner, min_size=2, max_size=2).map(tuple)
    voters = st.lists(
        st.builds(Voter, inner, st.integers(1, 3), st.integers(1, 2)), min_size=1, max_size=3
    ).map(tuple)
    condition = st.sampled_from(((), (Condition("task", "in", ("x",)),)))
    return st.one_of(
        st.builds(Fallback, two),
        st.builds(Balance, st.lists(st.tuples(inner, st.integers(0, 3)), min_size=1, max_size=2).map(tuple)),
        st.builds(Cascade, two, gates, judge, st.booleans()),
        st.builds(
            Ensemble,
            voters,
            st.sampled_from(("vote", "average", "all")),
            st.none() | st.integers(1, 3),
            st.sampled_from(("text", "number", "choice", "json", "similar")),
            otherwise=maybe,
        ),
        st.builds(Ensemble, voters, st.sampled_from(("judge", "synthesis")), helper=leaves, otherwise=maybe),
        st.builds(
            Pipeline,
            st.lists(
                st.builds(Step, st.just("s"), inner, st.just("Do it."), gates, judge, st.booleans()),
                min_size=1,
                max_size=2,
            ).map(tuple),
        ),
        st.builds(Verify, inner, judges(leaves), st.sampled_from(("refuse", "annotate", "hold"))),
        st.builds(Verify, inner, judges(leaves), st.just("escalate"), inner),
        st.builds(
            Classify,
            st.lists(st.builds(Branch, st.sampled_from(("A", "code")), inner, condition), max_size=2).map(
                tuple
            ),
            inner,
            st.sampled_from(("rules", "model")),
            leaves,
        ),
        st.builds(
            Classify,
            st.just((Branch("economy", leaves_of[0]), Branch("frontier", leaves_of[1]))),
            inner,
            st.just("trained"),
            router=st.just("gain"),
            unsure=st.none() | st.builds(Unsure, leaves, st.just(100)),
        ),
        st.builds(Hedge, inner, inner, st.none() | st.integers(1, 500)),
        st.builds(
            Experiment,
            st.just("e"),
            st.lists(st.builds(Arm, st.just("arm"), inner, st.integers(0, 2)), min_size=1, max_size=2).map(
                tuple
            ),
            st.sampled_from(("request", "end_user")),
            st.lists(st.tuples(leaves, st.sampled_from((0, 1000))), max_size=1).map(tuple),
        ),
        st.builds(
            Tiered,
            st.lists(st.builds(Tier, st.just("t"), inner, condition), min_size=1, max_size=2).map(tuple),
            gates,
            judge,
        ),
    )


nested = st.recursive(leaves, nodes, max_leaves=7)


class Driver:
    """Executes a plan against drawn happenings; `started` holds every call that was begun."""

    def __init__(self, plan, draw, advance):
        self.plan, self.draw, self.advance = plan, draw, advance
        self.outcomes, self.running, self.verdicts, self.started = [], {}, {}, []
        self.calls = {}
        self.elapsed_s = 0.0

    def run(self, most=400):
        for _ in range(most):
            step = self.advance(
                self.plan,
                self.outcomes,
                elapsed_s=self.elapsed_s,
                running=self.running,
                verdicts=self.verdicts,
            )
            if isinstance(step, Finished):
                return step
            self._do(Do((step,)) if isinstance(step, Start) else step)
        raise AssertionError("the plan did not end")

    def _do(self, step):
        assert step.starts or step.checks or step.cancel or self.running
        for path in step.cancel:
            self._end(path, FailureKind.SUPERSEDED)
        for check in step.checks:
            self.verdicts[check.path] = Verdict(self.draw(st.booleans()))
        for start in step.starts:
            assert start.call.path not in self.running
            self.started.append(start.call)
            self.calls[start.call.path] = start.call
            self.running[start.call.path] = self.elapsed_s
        self.elapsed_s += self.draw(st.sampled_from((0.0, 0.1, 3.0)))
        if self.running and not (step.starts or step.checks):
            path = self.draw(st.sampled_from(sorted(self.running)))
            self._end(path, self.draw(st.none() | st.sampled_from(KINDS)))

    def _end(self, path, kind):
        began_s = self.running.pop(path)
        retryable = kind in (FailureKind.ERROR, FailureKind.TIMEOUT, FailureKind.RATE_LIMIT)
        self.outcomes.append(
            Outcome(
                path,
                self.calls[path].deployment,
                kind is None,
                kind,
                retryable,
                number=len(self.outcomes) + 1,
                text=self.draw(texts) if kind is None else "",
                began_s=began_s,
            )
        )
