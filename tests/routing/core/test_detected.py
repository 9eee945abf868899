"""What detection rules make of findings: a class that is never lower, and what happens."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.core import codec
from routing.core.decide import decide
from routing.core.decision import Reason, Refusal
from routing.core.detected import (
    ACTIONS,
    Weighed,
    counts_of,
    facts_of,
    listed,
    wanted,
    wanted_of_output,
    weigh,
    weighed_again,
)
from routing.core.facts import Facts
from routing.core.release import DataClass, DetectionRule, Release
from routing.detection.catalogue import DETECTORS
from tests.routing.core import builders

CLASSES = ("public", "internal", "confidential", "restricted")
RANKS = {name: rank for rank, name in enumerate(CLASSES)}


def rule(finds: str, data_class: str = "confidential", action: str = "reroute", output: str = "nothing"):
    return DetectionRule(finds, "" if action == "note" else data_class, action, output)


def release(*rules: DetectionRule) -> Release:
    classes = {**builders.CLASSES, "restricted": DataClass("restricted", 30)}
    return replace(builders.release(), data_classes=classes, detection=rules)


def facts(weighed: Weighed, base: str = "public", clearance: str = "restricted", **found: int) -> Facts:
    known = builders.facts(data_class=base, clearance=clearance, detections=listed(found))
    return facts_of(known, base, weighed)


@pytest.mark.parametrize(
    ("rules", "base", "found", "expected"),
    [
        ((), "public", {}, Weighed("public")),
        ((rule("personal"),), "public", {"email": 2}, Weighed("confidential", "confidential")),
        ((rule("personal"),), "restricted", {"email": 2}, Weighed("restricted", "confidential")),
        ((rule("personal"),), "public", {"iban": 1}, Weighed("public")),
        ((rule("personal", action="note"),), "public", {"email": 1}, Weighed("public")),
        (
            (rule("personal"), rule("email", action="note")),
            "public",
            {"email": 1},
            Weighed("public"),
        ),
        (
            (rule("email", action="note"), rule("personal")),
            "public",
            {"email": 1, "phone": 1},
            Weighed("confidential", "confidential"),
        ),
        (
            (rule("payment", "restricted", "redact"),),
            "public",
            {"iban": 1},
            Weighed("public", "restricted", "", ("iban",)),
        ),
        (
            (rule("secret", "restricted", "refuse"),),
            "public",
            {"jwt": 1},
            Weighed("restricted", "restricted", "jwt"),
        ),
        (
            (rule("payment", "restricted", "redact"), rule("personal", "internal")),
            "public",
            {"iban": 1, "email": 1},
            Weighed("internal", "restricted", "", ("iban",)),
        ),
    ],
)
def test_findings_are_weighed(rules, base, found, expected) -> None:
    assert weigh(release(*rules), base, found) == expected


rules_strategy = st.lists(
    st.builds(
        rule,
        st.sampled_from((*DETECTORS, "personal", "health", "payment", "secret", "unscannable")),
        st.sampled_from(CLASSES),
        st.sampled_from(ACTIONS),
    ),
    max_size=8,
    unique_by=lambda each: each.finds,
)
found_strategy = st.dictionaries(st.sampled_from(tuple(DETECTORS)), st.integers(1, 9), max_size=6)


@given(rules_strategy, st.sampled_from(CLASSES), found_strategy)
def test_detection_never_lowers_a_class(rules, base, found) -> None:
    weighed = weigh(release(*rules), base, found)
    assert RANKS[weighed.data_class] >= RANKS[base]


@given(rules_strategy, st.sampled_from(CLASSES), found_strategy, found_strategy)
def test_more_findings_never_lower_what_fewer_raised(rules, base, found, more) -> None:
    fewer, all_of_them = weigh(release(*rules), base, found), weigh(release(*rules), base, {**found, **more})
    assert RANKS[all_of_them.data_class] >= RANKS[fewer.data_class]
    assert RANKS.get(all_of_them.detected, -1) >= RANKS.get(fewer.detected, -1)


def test_a_kind_asks_for_its_built_in_detectors_and_no_optional_one() -> None:
    assert wanted(release(rule("payment"), rule("presidio_person"))) == {
        "payment_card",
        "iban",
        "presidio_person",
    }


def test_answers_are_shown_to_those_that_a_rule_asks_for() -> None:
    found = wanted_of_output(release(rule("payment", output="cut"), rule("iban"), rule("secret")))
    assert {name: each.output for name, each in found.items()} == {"payment_card": "cut"}


def test_what_a_rule_refuses_is_refused_with_its_name() -> None:
    live = release(rule("secret", "internal", "refuse"))
    found = weigh(live, "public", {"jwt": 1})
    decision = decide(live, facts(found, jwt=1), builders.live())
    assert isinstance(decision, Refusal)
    assert (decision.code, decision.reason, decision.detail) == (
        "detection_refused",
        Reason.DETECTION_REFUSES,
        "jwt",
    )


@pytest.mark.parametrize("action", ["reroute", "redact"])
def test_a_key_must_be_cleared_for_what_is_found_also_where_it_is_replaced(action) -> None:
    live = release(rule("payment", "restricted", action))
    found = weigh(live, "public", {"iban": 1})
    decision = decide(live, facts(found, clearance="internal", iban=1), builders.live())
    assert isinstance(decision, Refusal)
    assert decision.reason is Reason.CLEARANCE_EXCEEDED


def test_facts_without_findings_are_the_bytes_that_they_were() -> None:
    plain = builders.facts()
    assert not {"detections", "detected_data_class", "base_data_class", "redacted", "refused_for"} & set(
        codec.facts_value(plain)
    )


@given(rules_strategy, st.sampled_from(CLASSES), found_strategy)
def test_recorded_facts_come_back_and_weigh_the_same_again(rules, base, found) -> None:
    live = release(*rules)
    known = facts(weigh(live, base, found), base, **found)
    again = codec.facts_from(codec.facts_value(known))
    assert again == known
    assert weighed_again(live, again) == known
    assert counts_of(again.detections) == found
