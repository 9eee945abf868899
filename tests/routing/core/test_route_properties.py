"""What holds for every policy, however its nodes nest, and for every way in which its plan can go."""

import json
from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.core import codec
from routing.core.advance import advance
from routing.core.compose import Specs, composed
from routing.core.decide import calls, decide
from routing.core.decision import Call, CheckedPlan, EnsemblePlan, FallbackPlan, Plan
from routing.core.facts import Health, Live, Score
from routing.core.flows import answering_paths
from routing.core.index import SERVING_LIFECYCLES
from routing.core.knobs import NO_KNOBS, Knobs
from routing.core.parts import SHADOW
from routing.core.release import Policy, Rule
from routing.core.tokens import estimate
from tests.routing.core.builders import APPROVED, NOW_US, deployment, release
from tests.routing.core.builders import facts as facts_of
from tests.routing.core.plainly import is_allowed
from tests.routing.core.route_strategies import Driver, nested
from tests.routing.core.strategies import CLASSES, MODELS
from tests.routing.core.trained_artifact import router

GAIN = router()
FEW = settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)


@st.composite
def willing(draw, name):
    """A deployment that serves more often than not, of one of three models, families and providers."""
    model = MODELS[int(name[1:]) % len(MODELS)]
    return deployment(
        name,
        model,
        family=f"f-{model}",
        provider=f"p-{model}",
        queue=draw(st.sampled_from(("q1",) * 7 + ("q2",))),
        lifecycle=draw(st.sampled_from(("approved",) * 7 + ("retired",))),
        cells=draw(st.sampled_from(({"public": APPROVED},) * 7 + ({},))),
        max_output_tokens=draw(st.sampled_from((10, 400))),
        context_window_tokens=draw(st.sampled_from((2_000, 100_000))),
    )


@st.composite
def routed(draw):
    made = [draw(willing(f"d{at}")) for at in range(draw(st.integers(6, 9)))]
    policy = Policy("std", (Rule("r", (), draw(nested)),), max_attempts_per_call=draw(st.integers(1, 2)))
    return release(*made, policies={"std": policy}, data_classes=CLASSES, routers={"gain": GAIN})


knobs = st.builds(
    Knobs,
    max_cost_nano=st.none() | st.sampled_from((1, 10**6, 3 * 10**6, 10**7, 10**8)),
    max_latency_ms=st.none() | st.sampled_from((100, 1_000, 60_000)),
    models=st.sampled_from(((), (), ("m1",), ("m1", "m2"))),
    dial=st.none() | st.integers(0, 10),
)
asked = st.builds(
    facts_of,
    request_id=st.uuids().map(str),
    requested=st.sampled_from(("auto", "auto", "auto", "m1")),
    task=st.sampled_from(("", "x")),
    max_output_tokens=st.sampled_from((None, 50)),
    choices=st.sampled_from((1, 1, 2)),
    knobs=st.just(NO_KNOBS) | knobs,
    scores=st.sampled_from(((), (Score("gain", 0),), (Score("gain", 100),), (Score("gain", 400),))),
)


healths = st.builds(
    Health,
    st.sampled_from(("closed", "closed", "closed", "half_open", "open")),
    st.just(1),
    st.sampled_from((None, 50, 500, 5_000)),
)
lives = st.builds(
    Live, st.just(NOW_US), st.dictionaries(st.sampled_from(("d0", "d1", "d2")), healths, max_size=2)
)


def plan_of(release, facts, live):
    decision = decide(release, facts, live)
    return decision if isinstance(decision, Plan) else None


@FEW
@given(routed(), asked, lives)
def test_every_call_of_every_nesting_is_one_that_the_matrix_allows(release, facts, live):
    _check_record(release, facts, live)
    plan = plan_of(release, facts, live)
    for call in calls(plan.root) if plan else ():
        deployment = release.deployments[call.deployment]
        assert is_allowed(deployment, release, facts, live.now_us)
        assert deployment.enabled
        assert deployment.lifecycle in SERVING_LIFECYCLES
        assert deployment.queue == plan.queue
        assert deployment.price_at(live.now_us) is not None
        assert call.deployment not in live.health or live.health[call.deployment].breaker != "open"
    if plan:
        paths = Counter(call.path for call in calls(plan.root))
        assert max(paths.values()) == 1
        _check_helpers(plan.root)


@FEW
@given(routed(), asked, knobs, lives)
def test_knobs_only_ever_narrow(release, facts, knobs, live):
    """Whatever they are: nothing dearer, slower to end, or of another model than they allow."""
    plan = plan_of(release, replace(facts, knobs=knobs), live)
    if plan is None:
        return
    assert knobs.max_cost_nano is None or plan.worst_case_nano <= knobs.max_cost_nano
    assert knobs.max_latency_ms is None or plan.time_s * 1000 <= knobs.max_latency_ms
    called = {release.deployments[call.deployment].model for call in calls(plan.root)}
    assert not knobs.models or called <= set(knobs.models)
    assert plan_of(release, replace(facts, knobs=NO_KNOBS), live) is not None


def _check_record(release, facts, live):
    """A nested decision is derived again from its record, byte for byte."""
    decision = decide(release, facts, live)
    recorded = codec.decision_bytes(decision)
    live_text = json.dumps(codec.live_value(live, decision))
    assert codec.replay(release, codec.facts_value(facts), json.loads(live_text)) == recorded
    if isinstance(decision, Plan):
        assert codec.plan_from(json.loads(recorded)) == decision


def _check_helpers(node):
    """Nobody judges or picks its own answer, and no vote is won by who can't reach the quorum."""
    if isinstance(node, Call):
        return
    if isinstance(node, CheckedPlan) and node.judge is not None:
        judged = {call.deployment for call in calls(node.member)}
        assert judged.isdisjoint(call.deployment for call in calls(node.judge))
    if isinstance(node, EnsemblePlan):
        assert (sum(node.weights) if node.by == "vote" else len(node.members)) >= node.quorum
    for part in node.parts:
        _check_helpers(part)


@FEW
@given(routed(), asked, lives, st.data())
def test_every_way_through_a_plan_ends_within_what_was_reserved(release, facts, live, data):
    plan = plan_of(release, facts, live)
    if plan is None:
        return
    driver = Driver(plan, data.draw, advance)
    _check_answer(plan, driver, driver.run())
    for path in [*driver.running]:
        driver._end(path, None)
    spent = Counter()
    for call in driver.started:
        spent[release.deployments[call.deployment].model] += call.worst_case_nano
    assert sum(spent.values()) <= plan.worst_case_nano
    assert all(nano <= dict(plan.worst_case_nano_by_model)[model] for model, nano in spent.items())
    tries = Counter(call.path for call in driver.started)
    assert all(count <= plan.max_attempts_per_call for count in tries.values())


def _check_answer(plan, driver, finished):
    """What is given is what a call said that may answer, and only shadows go on."""
    shadows = {call.path for call in calls(plan.root) if call.role == SHADOW}
    assert finished.shadows == shadows & driver.running.keys()
    if finished.outcome is not None and finished.outcome.ok:
        answer = next(outcome for outcome in driver.outcomes if outcome.number == finished.outcome.number)
        assert answer.ok
        assert answer.path in answering_paths(plan.root)


@FEW
@given(routed(), asked, lives, st.data())
def test_what_a_call_reads_fits_what_was_reserved_for_it(release, facts, live, data):
    plan = plan_of(release, facts, live)
    if plan is None:
        return
    request = {"model": "auto", "messages": [{"role": "user", "content": "x" * 300}]}
    specs = Specs(release.policies["std"].rules[0].route)

    def text_of(node):
        return "y" * 8 * _cap(node)

    for call in calls(plan.root):
        made = composed(plan.root, specs, request, call, text_of)
        if call.input_tokens_bound is not None:
            assert estimate(made).input_tokens_bound <= call.input_tokens_bound
        else:
            assert made == request


def _cap(node):
    if isinstance(node, FallbackPlan):
        return min(_cap(member) for member in node.members)
    return min(call.max_output_tokens for call in calls(node))
