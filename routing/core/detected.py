"""What the release's detection rules make of what was found: a class, and what is done about it. Pure.

A rule about a detector goes before the rule about its kind. What a rule says of each finding:

| action  | class of the rule              | what happens                                               |
|---------|--------------------------------|------------------------------------------------------------|
| note    | has none                       | it is recorded                                             |
| reroute | rules the request, if higher   | the request is decided again as of that class              |
| redact  | must be within the clearance   | the value is replaced before it leaves: no class of it does |
| refuse  | must be within the clearance   | nothing leaves                                             |

Nothing here lowers a class.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from routing.core.facts import Facts
from routing.core.release import DetectionRule, Release
from routing.detection.catalogue import DETECTORS, covered_by

ACTIONS = ("note", "reroute", "redact", "refuse")
OUTPUT_ACTIONS = ("nothing", "note", "redact", "cut")
MAX_RULE_SETS = 32


@dataclass(frozen=True, slots=True)
class Weighed:
    """`detected` is the highest class of what was found, "" where no rule gives one."""

    data_class: str
    detected: str = ""
    refused_for: str = ""  # the detector whose finding refuses the request
    redacted: tuple[str, ...] = ()


@lru_cache(maxsize=MAX_RULE_SETS)
def rules_by_detector(rules: tuple[DetectionRule, ...]) -> Mapping[str, DetectionRule]:
    """Every detector that some rule needs, with the rule that counts for it."""
    found: dict[str, DetectionRule] = {}
    for rule in sorted(rules, key=lambda each: each.finds in DETECTORS):  # of kinds first, then of detectors
        found.update(dict.fromkeys(covered_by(rule.finds), rule))
    return found


def wanted(release: Release) -> frozenset[str]:
    """The detectors that requests are shown to."""
    return frozenset(rules_by_detector(release.detection))


def wanted_of_output(release: Release) -> Mapping[str, DetectionRule]:
    """The detectors that answers are shown to, with what is done about what they find."""
    rules = rules_by_detector(release.detection)
    return {name: rule for name, rule in rules.items() if rule.output != "nothing"}


def weigh(release: Release, base: str, counts: Mapping[str, int]) -> Weighed:
    """What follows for a request of class `base` in which `counts` (by detector) were found."""
    rules = rules_by_detector(release.detection)
    ruled = [(name, rules[name]) for name in sorted(counts) if name in rules]
    refused = next((name for name, rule in ruled if rule.action == "refuse"), "")
    redacted = tuple(name for name, rule in ruled if rule.action == "redact")
    detected = _highest(release, [rule.data_class for _, rule in ruled])
    raising = [rule.data_class for _, rule in ruled if rule.action in ("reroute", "refuse")]
    return Weighed(_highest(release, [base, *raising]) or base, detected, refused, redacted)


def weighed_again(release: Release, facts: Facts) -> Facts:
    """Recorded facts under the rules of another release: for asking what a change would have done.

    What was never looked for is not in the facts, and a redaction is not made again.
    """
    base = facts.base_data_class or facts.data_class
    if not facts.detections:
        return facts
    weighed = weigh(release, base, counts_of(facts.detections))
    return facts_of(facts, base, weighed)


def facts_of(facts: Facts, base: str, weighed: Weighed) -> Facts:
    return replace(
        facts,
        data_class=weighed.data_class,
        base_data_class=base if base != weighed.data_class else "",
        detected_data_class=weighed.detected,
        refused_for=weighed.refused_for,
        redacted=weighed.redacted,
    )


def listed(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Counts as facts keep them: "email:2"."""
    return tuple(f"{name}:{counts[name]}" for name in sorted(counts) if counts[name])


def counts_of(detections: tuple[str, ...]) -> dict[str, int]:
    pairs = (entry.rpartition(":") for entry in detections)
    return {name: int(count) for name, _, count in pairs}


def _highest(release: Release, names: list[str]) -> str:
    """Of equal classes the first. A class that the release does not have ranks above all: it denies."""
    known = release.data_classes
    unknown = next((name for name in names if name and name not in known), None)
    if unknown is not None:
        return unknown
    return max((name for name in names if name), key=lambda name: known[name].rank, default="")


def finding_in_words(detector: str) -> str:
    known = DETECTORS.get(detector)
    return known.words if known else detector


def detections_in_words(detections: tuple[str, ...]) -> str:
    """As in: e-mail address (2), payment card number (1)."""
    counts = counts_of(detections)
    return ", ".join(f"{finding_in_words(name)} ({count})" for name, count in counts.items()) or "nothing"
