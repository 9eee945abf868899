"""From a release's canonical document to `core.Release`. What can't be read whole is not read at all."""

from collections.abc import Iterator, Mapping
from typing import Any

from routing.core.bands import bands_from
from routing.core.caching.settings import caching_from
from routing.core.detected import ACTIONS, OUTPUT_ACTIONS
from routing.core.prompts import prompt_from
from routing.core.rates import DAY_MIN, FIELDS
from routing.core.release import (
    Band,
    Cell,
    CellDecision,
    Certification,
    DataClass,
    Deployment,
    DetectionRule,
    Limits,
    Picture,
    Policy,
    Price,
    Provider,
    Release,
    Rule,
)
from routing.core.route_document import condition_from as condition_from
from routing.core.route_document import route_from as route_from
from routing.core.tasks import task_from
from routing.core.telling import BY_PROMPT, BY_TOOL
from routing.core.trained import router_from
from routing.core.truncating import TRUNCATIONS
from routing.detection.catalogue import covered_by

SCHEMA = 1


class DocumentUnreadable(ValueError):
    """The document is of another schema, lacks a part, or holds what this version does not know."""


def release_from(number: int, digest: str, document: Mapping[str, Any]) -> Release:
    """Raises DocumentUnreadable rather than to leave out what it doesn't understand."""
    if document.get("schema") != SCHEMA:
        raise DocumentUnreadable(f"schema {document.get('schema')!r} is not {SCHEMA}")
    try:
        policies = {value["name"]: policy_from(value) for value in document["policies"]}
        return Release(
            number=number,
            digest=digest,
            data_classes={value["name"]: _data_class(value) for value in document["data_classes"]},
            deployments={value["name"]: _deployment(value) for value in document["deployments"]},
            policies=policies,
            default_policy=document["default_policy"] or "",
            keywords=frozenset(_keywords(policies)),
            detection=tuple(_detection_rule(value) for value in document.get("detection", ())),
            providers={value["name"]: _provider(value) for value in document.get("providers", ())},
            certifications=tuple(_certification(value) for value in document.get("certifications", ())),
            tasks={value["name"]: task_from(value) for value in document.get("tasks", ())},
            prompts={prompt.reference: prompt for prompt in map(prompt_from, document.get("prompts", ()))},
            routers={value["name"]: router_from(value) for value in document.get("trained_routers", ())},
            measured={value["name"]: dict(value["qualities"]) for value in document.get("measured", ())},
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise DocumentUnreadable(f"{type(error).__name__}: {error}") from error
    except ValueError as error:
        raise DocumentUnreadable(str(error)) from error


def policy_from(value: Mapping[str, Any]) -> Policy:
    truncation = value.get("truncation", "refuse")
    if truncation not in TRUNCATIONS:
        raise DocumentUnreadable(f"no such truncation: {truncation!r}")
    return Policy(
        name=value["name"],
        rules=tuple(rule_from(rule) for rule in value["rules"]),
        deadline_s=value["deadline_s"],
        max_attempts_per_call=value["max_attempts_per_call"],
        unsupported=value["unsupported"],
        applications=tuple(value["applications"]),
        truncation=truncation,
        caching=caching_from(value.get("cache")),
        latency_budget_ms=value.get("latency_budget_ms"),
        fallback_band_percent=value.get("fallback_band_percent"),
        tier_bands=bands_from(value.get("tier_bands")),
    )


def rule_from(value: Mapping[str, Any]) -> Rule:
    route = value["route"]
    return Rule(
        name=value["name"],
        conditions=tuple(condition_from(condition) for condition in value["conditions"]),
        route=None if route is None else route_from(route),
    )


def _data_class(value: Mapping[str, Any]) -> DataClass:
    return DataClass(
        value["name"],
        value["rank"],
        value.get("store_content", False),
        tuple(value.get("kinds", ())),
        tuple(value.get("requirements", ())),
    )


def _provider(value: Mapping[str, Any]) -> Provider:
    """A retention that nobody stated is not zero."""
    return Provider(
        name=value["name"],
        jurisdictions=tuple(value["jurisdictions"]),
        zero_retention=value["retention_days"] == 0,
        no_training=value["trains_on_data"] is False,
    )


def _certification(value: Mapping[str, Any]) -> Certification:
    return Certification(
        name=value["name"],
        kind=value["kind"],
        provider=value["provider"],
        deployment=value["deployment"],
        valid_from_us=value["valid_from_us"],
        valid_to_us=value["valid_to_us"],
        countries=tuple(value["countries"]),
        data_kinds=tuple(value["data_kinds"]),
    )


def _deployment(value: Mapping[str, Any]) -> Deployment:
    given = dict(value)
    cells = {name: _cell(cell) for name, cell in given.pop("cells").items()}
    prices = tuple(price_from(price) for price in given.pop("prices"))
    limits = Limits(**given.pop("limits"))
    capabilities = frozenset(given.pop("capabilities"))
    quirks = tuple(given.pop("quirks", ()))  # releases of before there were any have none
    if not {BY_PROMPT, BY_TOOL}.isdisjoint(quirks):
        capabilities |= {"json_schema"}
    return Deployment(
        **given, capabilities=capabilities, prices=prices, limits=limits, cells=cells, quirks=quirks
    )


def price_from(value: Mapping[str, Any]) -> Price:
    """A price row as the release holds it; the kinds that a row does not sell are not in it."""
    given = dict(value)
    pictures = tuple(Picture(**shown) for shown in given.pop("pictures", ()))
    bands = tuple(_band(band) for band in given.pop("bands", ()))
    return Price(**given, pictures=pictures, bands=bands)


def _band(value: Mapping[str, Any]) -> Band:
    given = dict(value)
    rates = tuple(sorted(given.pop("rates", {}).items()))
    window = given.pop("window", None)
    if any(kind not in FIELDS for kind, _ in rates):
        raise DocumentUnreadable(f"no such kind of price: {[kind for kind, _ in rates]}")
    if window is not None:
        start, end = window
        if not (0 <= start < DAY_MIN and 0 <= end < DAY_MIN):
            raise DocumentUnreadable(f"no such time of day: {window}")
        window = (start, end)
    return Band(rates, window=window, **given)


def _detection_rule(value: Mapping[str, Any]) -> DetectionRule:
    if value["action"] not in ACTIONS or value["output"] not in OUTPUT_ACTIONS:
        raise DocumentUnreadable(f"no such action on a finding: {value['action']!r}, {value['output']!r}")
    if not covered_by(value["finds"]):
        raise DocumentUnreadable(f"no such detector: {value['finds']!r}")
    return DetectionRule(value["finds"], value["data_class"], value["action"], value["output"])


def _cell(value: Mapping[str, Any]) -> Cell:
    return Cell(
        CellDecision(value["decision"]),
        tuple(value.get("conditions") or ()),
        value.get("valid_from_us"),
        value.get("valid_to_us"),
    )


def _keywords(policies: Mapping[str, Policy]) -> Iterator[str]:
    for policy in policies.values():
        for rule in policy.rules:
            for condition in rule.conditions:
                if condition.fact == "keyword":
                    yield from (str(value).casefold() for value in condition.values)
