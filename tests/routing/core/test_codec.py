from routing.core import codec
from routing.core.decide import decide
from routing.core.decision import Candidate, Plan, Reason, Refusal
from routing.core.facts import Health
from routing.core.release import Balance, Fallback, Model
from routing.core.routes import Hedge
from tests.routing.core.builders import deployment, facts, live, release, rule

LIMIT_BYTES = 10 * 1024


def test_the_value_of_a_plan_is_as_documented():
    decision = decide(release(deployment("a"), deployment("b", prices=())), facts(), live())
    assert codec.decision_value(decision) == {
        "kind": "plan",
        "policy": "std",
        "rule": "all",
        "root": {
            "path": "0.0",
            "deployment": "a",
            "worst_case_nano": 500_000,
            "max_output_tokens": 50,
            "price_id": "price-1",
        },
        "queue": "default",
        "deadline_s": 120,
        "max_attempts_per_call": 2,
        "unsupported": "refuse",
        "worst_case_nano": 1_000_000,
        "worst_case_nano_by_model": [["a", 1_000_000]],
        "candidates": [["a"], ["b", "price_unknown"]],
    }


def test_the_largest_decisions_stay_small():
    names = [f"a-deployment-with-quite-a-long-name-eu-central-{at:03d}" for at in range(32)]
    route = Fallback(tuple(Model(name) for name in names))
    more = [deployment(f"another-deployment-with-a-name-{at:03d}", names[0], cells={}) for at in range(168)]
    wide = release(*(deployment(name) for name in names), *more, rules=(rule(route),))
    decision = decide(wide, facts(), live())
    assert isinstance(decision, Plan)
    assert len(decision.candidates) == 200
    assert len(codec.decision_bytes(decision)) < LIMIT_BYTES


def test_candidates_past_the_limit_are_counted_by_reason():
    many = [Candidate(f"d{at}", Reason.DISABLED if at % 2 else None) for at in range(50)]
    value = codec.decision_value(Refusal("no_candidate", Reason.NO_CANDIDATE, "p", "r", "", tuple(many)))
    assert len(value["candidates"]) == codec.MAX_LISTED
    assert value["further_candidates"] == {"able": 5, "disabled": 5}


def test_a_long_detail_is_cut():
    refusal = Refusal("model_not_found", Reason.MODEL_NOT_FOUND, "", "", "m" * 5_000)
    assert len(codec.decision_bytes(refusal)) < 400


def test_live_inputs_hold_breakers_of_candidates_alone():
    health = {"a": Health("half_open", 3, 90), "b": Health("closed", 7), "elsewhere": Health("open")}
    now = live(**health)
    decision = decide(release(deployment("a"), deployment("b")), facts(), now)
    assert codec.live_value(now, decision) == {"now_us": now.now_us, "half_open": ["a"]}


def test_live_inputs_hold_the_measures_that_a_plan_was_balanced_by():
    now = live(a=Health(in_flight=3, latency_p50_ms=90), b=Health(latency_p50_ms=50))
    route = Balance(((Model("a"), 1), (Model("b"), 1)), "latency")
    decision = decide(release(deployment("a"), deployment("b"), rules=(rule(route),)), facts(), now)
    assert codec.live_value(now, decision) == {
        "now_us": now.now_us,
        "latency_p50_ms": {"a": 90, "b": 50},
    }


def test_a_hedged_plan_derives_again_from_the_p95_that_was_known():
    now = live(a=Health(latency_p50_ms=90, latency_p95_ms=700))
    held = release(deployment("a"), deployment("b"), rules=(rule(Hedge(Model("a"), Model("b"))),))
    decision = decide(held, facts(), now)
    kept = codec.live_value(now, decision)
    assert kept == {"now_us": now.now_us, "latency_p50_ms": {"a": 90}, "latency_p95_ms": {"a": 700}}
    assert codec.replay(held, codec.facts_value(facts()), kept) == codec.decision_bytes(decision)
