"""What holds for every release, every request, and every state of the world."""

import json
import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.core import codec
from routing.core.conditions import predicate_of
from routing.core.cost import Use
from routing.core.cost import cost as cost_of
from routing.core.decide import calls, decide
from routing.core.decision import Plan
from routing.core.index import SERVING_LIFECYCLES, index_of
from routing.core.release import Model, Rule
from tests.routing.core.builders import deployment, release
from tests.routing.core.plainly import is_allowed
from tests.routing.core.strategies import CLASSES, all_facts, conditions, lives, releases

ROOT = Path(__file__).resolve().parents[3]


@settings(max_examples=600)
@given(releases(), all_facts, lives)
def test_no_plan_holds_a_deployment_that_may_not_serve(release, facts, live):
    decision = decide(release, facts, live)
    if not isinstance(decision, Plan):
        return
    called = [call.deployment for call in calls(decision.root)]
    assert len(called) == len(set(called))
    assert release.data_classes[facts.clearance].rank >= release.data_classes[facts.data_class].rank
    for call in calls(decision.root):
        deployment = release.deployments[call.deployment]
        assert is_allowed(deployment, release, facts, live.now_us)
        assert deployment.enabled
        assert deployment.lifecycle in SERVING_LIFECYCLES
        assert deployment.queue == decision.queue
        assert set(facts.needs) <= deployment.capabilities
        assert facts.requested in ("auto", "std", deployment.model)
        assert deployment.name not in live.health or live.health[deployment.name].breaker != "open"


@settings(max_examples=300)
@given(releases(), all_facts, lives, st.data())
def test_nothing_that_a_plan_can_do_costs_more_than_its_worst_case(release, facts, live, data):
    plan = decide(release, facts, live)
    if not isinstance(plan, Plan):
        return
    spent, by_model = 0, {}
    for call in calls(plan.root):
        deployment = release.deployments[call.deployment]
        price = deployment.price_at(live.now_us)
        bound = facts.input_tokens_bound + facts.images * deployment.image_tokens_bound
        for _ in range(plan.max_attempts_per_call):
            used = data.draw(st.integers(0, bound))
            use = Use(
                input_tokens=used,
                output_tokens=call.max_output_tokens * facts.choices,
                cache_read_tokens=data.draw(st.integers(0, used)),
                cache_write_tokens=data.draw(st.integers(0, used)),
            )
            cost = cost_of(price, use, at_us=live.now_us).nano
            assert cost <= call.worst_case_nano
            spent += cost
            by_model[deployment.model] = by_model.get(deployment.model, 0) + cost
    assert spent <= plan.worst_case_nano
    assert all(cost <= dict(plan.worst_case_nano_by_model)[model] for model, cost in by_model.items())


@settings(max_examples=400)
@given(releases(), all_facts, lives)
def test_a_recorded_decision_is_derived_again_byte_for_byte(release, facts, live):
    decision = decide(release, facts, live)
    recorded = codec.decision_bytes(decision)
    facts_text = json.dumps(codec.facts_value(facts))
    live_text = json.dumps(codec.live_value(live, decision))
    assert codec.replay(release, json.loads(facts_text), json.loads(live_text)) == recorded
    if isinstance(decision, Plan):
        assert codec.plan_from(json.loads(recorded)) == decision


@given(st.lists(st.lists(conditions, max_size=3), min_size=8, max_size=14), all_facts)
def test_a_split_table_finds_the_rule_that_asking_every_rule_finds(asked, facts):
    rules = tuple(Rule(f"r{at}", tuple(mine), Model("a")) for at, mine in enumerate(asked))
    table = index_of(release(deployment("a"), rules=rules, data_classes=CLASSES)).rules["std"]
    plainly = next(
        (
            rule.name
            for rule in rules
            if all(predicate_of(condition, CLASSES)(facts) for condition in rule.conditions)
        ),
        None,
    )
    found = table.first_match(facts)
    assert (found.name if found else None) == plainly


@given(all_facts)
def test_facts_survive_their_value(facts):
    assert codec.facts_from(json.loads(json.dumps(codec.facts_value(facts)))) == facts


SCRIPT = """
from hashlib import sha256
from routing.core.codec import decision_bytes
from routing.core.decide import decide
from tests.routing.core.busy import busy_facts, busy_live, busy_release

release, live = busy_release(), busy_live()
print(sha256(b"".join(decision_bytes(decide(release, busy_facts(n), live)) for n in range(300))).hexdigest())
"""


def test_every_process_decides_the_same_whatever_its_hash_seed():
    digests = set()
    for seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        digests.add(done.stdout.strip())
    assert len(digests) == 1
    assert len(digests.pop()) == 64
