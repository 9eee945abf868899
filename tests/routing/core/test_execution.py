import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.core.advance import advance
from routing.core.backoff import MAX_RETRY_AFTER_S, backoff_s
from routing.core.decide import calls
from routing.core.decision import Call, FallbackPlan, Plan
from routing.core.execution import SURVIVABLE, FailureKind, Finished, Outcome, Start
from routing.core.flows import is_survivable
from routing.core.release import DEFAULT_FALLBACK_ON

K = FailureKind


def call(path: str) -> Call:
    return Call(path, f"d-{path}", 1, 10, "p")


def plan(root, attempts: int = 2, deadline_s: int = 60) -> Plan:
    return Plan("std", "r", root, "q", deadline_s, attempts, "refuse", 1, (), ())


def fallback(path: str, *members, on=DEFAULT_FALLBACK_ON) -> FallbackPlan:
    return FallbackPlan(path, members, tuple(on))


def failed(path: str, kind: FailureKind, retryable: bool = False, **more) -> Outcome:
    return Outcome(path, f"d-{path}", False, kind, retryable, **more)


A, B, C = call("0.0"), call("0.1"), call("0.2")
TWO = fallback("0", A, B)


@pytest.mark.parametrize(
    ("kind", "moves_on"),
    [
        (K.ERROR, True),
        (K.TIMEOUT, True),
        (K.RATE_LIMIT, True),
        (K.CONTEXT_OVERFLOW, True),
        (K.BREAKER_OPEN, True),
        (K.CAPACITY, True),
        (K.STREAM_CUT, True),
        (K.AUTHENTICATION, True),
        (K.NOT_FOUND, True),
        (K.UNSUPPORTED, True),
        (K.CONTENT_FILTER, False),
        (K.INVALID_REQUEST, False),
        (K.CANCELLED, False),
    ],
)
def test_by_default_a_fallback_moves_on_where_another_can_help(kind, moves_on):
    step = advance(plan(TWO), [failed("0.0", kind)], elapsed_s=1)
    assert (isinstance(step, Start) and step.call == B) is moves_on


def test_a_retryable_failure_is_repeated_until_the_attempts_are_used():
    again = advance(plan(TWO), [failed("0.0", K.ERROR, True)], elapsed_s=1)
    assert isinstance(again, Start)
    assert (again.call, again.attempt) == (A, 2)
    assert again.delay_s > 0
    moved = advance(plan(TWO), [failed("0.0", K.ERROR, True)] * 2, elapsed_s=1)
    assert isinstance(moved, Start)
    assert (moved.call, moved.attempt, moved.delay_s) == (B, 3, 0.0)


def test_the_last_failure_is_what_the_client_gets():
    last = failed("0.1", K.TIMEOUT)
    assert advance(plan(TWO), [failed("0.0", K.ERROR), last], elapsed_s=1) == Finished(last)


def test_nothing_starts_after_the_deadline():
    assert advance(plan(TWO), [], elapsed_s=60) == Finished(None)
    first = failed("0.0", K.ERROR)
    assert advance(plan(TWO), [first], elapsed_s=61) == Finished(first)


def test_a_wait_that_does_not_fit_the_deadline_is_not_waited():
    limited = failed("0.0", K.RATE_LIMIT, True, retry_after_s=5)
    assert advance(plan(A), [limited], elapsed_s=58) == Finished(limited)
    waited = advance(plan(A), [limited], elapsed_s=50)
    assert isinstance(waited, Start)
    assert waited.delay_s == 5


def test_a_long_wait_is_for_when_nothing_else_can_be_tried():
    limited = failed("0.0", K.RATE_LIMIT, True, retry_after_s=5)
    step = advance(plan(TWO), [limited], elapsed_s=1)
    assert isinstance(step, Start)
    assert step.call == B
    alone = advance(plan(fallback("0", A, B, on=("error",))), [limited], elapsed_s=1)
    assert isinstance(alone, Start)
    assert (alone.call, alone.delay_s) == (A, 5)


def test_a_fallback_never_goes_back():
    outcomes = [failed("0.0", K.RATE_LIMIT, True, retry_after_s=5), failed("0.1", K.ERROR)]
    assert advance(plan(TWO), outcomes, elapsed_s=2) == Finished(outcomes[-1])


def test_the_nearest_fallback_that_names_the_failure_moves_on():
    inner = fallback("0.0", call("0.0.0"), call("0.0.1"), on=("timeout",))
    nested = plan(fallback("0", inner, B))
    step = advance(nested, [failed("0.0.0", K.ERROR)], elapsed_s=1)
    assert isinstance(step, Start)
    assert step.call == B
    step = advance(nested, [failed("0.0.0", K.TIMEOUT)], elapsed_s=1)
    assert isinstance(step, Start)
    assert step.call.path == "0.0.1"


NESTED = fallback("0", fallback("0.0", call("0.0.0"), call("0.0.1"), on=("timeout",)), B, on=("error",))


@pytest.mark.parametrize(
    ("root", "path", "kind", "survivable"),
    [
        (TWO, "0.0", K.ERROR, True),
        (TWO, "0.1", K.ERROR, False),
        (TWO, "0.0", K.CONTENT_FILTER, False),
        (call("0"), "0", K.ERROR, False),
        (NESTED, "0.0.0", K.TIMEOUT, True),
        (NESTED, "0.0.1", K.TIMEOUT, False),
        (NESTED, "0.0.1", K.ERROR, True),
        (NESTED, "0.1", K.ERROR, False),
    ],
)
def test_a_failure_is_survivable_where_a_fallback_has_one_left(root, path, kind, survivable):
    assert is_survivable(plan(root), path, kind) is survivable


def test_what_the_client_has_begun_to_see_is_never_replaced():
    cut = failed("0.0", K.STREAM_CUT, True, emitted=True)
    assert advance(plan(TWO), [cut], elapsed_s=1) == Finished(cut)


@pytest.mark.parametrize(
    ("attempts", "retry_after_s", "low", "high"),
    [(1, None, 0.125, 0.375), (3, None, 0.5, 1.5), (1, 4.0, 4.0, 4.0), (1, MAX_RETRY_AFTER_S, 20, 20)],
)
def test_the_backoff_grows_and_never_undercuts_the_provider(attempts, retry_after_s, low, high):
    waits = [backoff_s(attempts, retry_after_s, draw / 10) for draw in range(10)]
    assert all(wait is not None and low <= wait <= high for wait in waits)


def test_a_provider_that_asks_for_too_long_a_wait_is_given_up():
    assert backoff_s(1, MAX_RETRY_AFTER_S + 0.1, 0.5) is None


@st.composite
def trees(draw, path="0", depth=0):
    if depth == 3 or draw(st.booleans()):
        return call(path)
    members = [draw(trees(f"{path}.{at}", depth + 1)) for at in range(draw(st.integers(1, 3)))]
    kinds = draw(st.lists(st.sampled_from([kind.value for kind in K]), min_size=1, max_size=13))
    return fallback(path, *members, on=kinds)


ends = st.tuples(
    st.booleans().filter(lambda ok: not ok) | st.booleans(),
    st.sampled_from(SURVIVABLE),
    st.booleans(),
    st.sampled_from((None, 0.1, 3.0, 60.0)),
    st.sampled_from((False, False, False, False, True)),
)


@settings(max_examples=500)
@given(trees(), st.integers(1, 3), st.data())
def test_every_plan_ends_within_its_attempts_and_in_order(root, attempts, data):
    tried, outcomes, elapsed = plan(root, attempts), [], 0.0
    order = [node.path for node in calls(root)]
    bound = len(order) * attempts
    for _ in range(bound + 1):
        step = advance(tried, outcomes, elapsed_s=elapsed, draw=data.draw(st.floats(0, 1, exclude_max=True)))
        if isinstance(step, Finished):
            last = outcomes[-1] if outcomes else None
            if last and last.kind and not (last.emitted or last.kind is K.CANCELLED) and elapsed < 60:
                repeats = last.retryable and sum(one.path == last.path for one in outcomes) < attempts
                assert repeats or not is_survivable(tried, last.path, last.kind)
            break
        assert not outcomes or not (outcomes[-1].ok or outcomes[-1].emitted)
        assert step.attempt == len(outcomes) + 1
        assert elapsed + step.delay_s < tried.deadline_s
        assert not outcomes or order.index(step.call.path) >= order.index(outcomes[-1].path)
        elapsed += step.delay_s + data.draw(st.sampled_from((0.0, 1.0, 20.0)))
        ok, kind, retryable, retry_after_s, emitted = data.draw(ends)
        outcomes.append(
            Outcome(step.call.path, "d", ok, None if ok else kind, retryable, retry_after_s, emitted)
        )
    assert isinstance(step, Finished)
    assert step.outcome == (outcomes[-1] if outcomes else None)
    for path in order:
        assert sum(outcome.path == path for outcome in outcomes) <= attempts
