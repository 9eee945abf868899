"""The matrix written a second time, plainly and slowly, for property tests to compare with."""

from routing.core.facts import Facts
from routing.core.release import CellDecision, DataClass, Deployment, Release


def is_allowed(deployment: Deployment, release: Release, facts: Facts, now_us: int) -> bool:
    cell, data_class = deployment.cells.get(facts.data_class), release.data_classes[facts.data_class]
    if cell is None or cell.decision is CellDecision.DENIED:
        return False
    if (cell.valid_from_us or 0) > now_us or (cell.valid_to_us or now_us + 1) <= now_us:
        return False
    if cell.decision is CellDecision.CONDITIONAL and not cell.conditions:
        return False
    places = {deployment.country.lower(), f"region:{deployment.region}"}
    if facts.residency and not places & set(facts.residency):
        return False
    return all(
        _of_request(condition, facts)
        or _of_deployment(condition, asked, deployment, data_class, release, now_us)
        for asked in (cell.conditions, data_class.requirements)
        for condition in asked
    )


def _of_request(condition: str, facts: Facts) -> bool:
    return {
        "no_tools": "tools" not in facts.needs,
        "no_stream": not facts.stream,
        "team:t1": facts.team == "t1",
        "application:a1": facts.application == "a1",
        "max_input_tokens:500": facts.input_tokens <= 500,
    }.get(condition, False)


def _of_deployment(
    condition: str,
    asked: tuple[str, ...],
    deployment: Deployment,
    data_class: DataClass,
    release: Release,
    now_us: int,
) -> bool:
    kind, _, value = condition.partition(":")
    provider = release.providers.get(deployment.provider)
    under = [code.lower() for code in provider.jurisdictions] if provider else []
    if kind == "certification":
        return _is_held(value.split("/"), deployment, data_class, release, now_us)
    if kind == "country" and value:
        return deployment.country != "" and deployment.country.lower() in _values(kind, asked)
    if kind == "jurisdiction":
        return under != [] and all(code in _values(kind, asked) for code in under)
    if provider is None:
        return False
    facts = {"zero_retention": provider.zero_retention, "no_training": provider.no_training}
    return facts.get(condition, False)


def _values(kind: str, asked: tuple[str, ...]) -> list[str]:
    named = [each.partition(":")[2] for each in asked if each.startswith(kind + ":")]
    return [code for each in named for code in each.split("/")]


def _is_held(
    kinds: list[str], deployment: Deployment, data_class: DataClass, release: Release, now_us: int
) -> bool:
    for held in release.certifications:
        of_it = held.deployment == deployment.name
        of_all = not held.deployment and held.provider == deployment.provider
        here = not held.countries or deployment.country in held.countries
        covered = set(data_class.kinds) <= set(held.data_kinds) and data_class.kinds
        ended = held.valid_to_us is not None and held.valid_to_us <= now_us
        if held.kind not in kinds or not (of_it or of_all) or ended:
            continue
        if here and (covered or not held.data_kinds) and held.valid_from_us <= now_us:
            return True
    return False
