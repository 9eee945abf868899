"""What is wrong with the matrix of a release: what it can never allow, and what ends soon.

Warnings, all of them: whatever is found here denies, it does not let anything through.
"""

from collections.abc import Iterable, Iterator

from registry.core.assurance import windows, within
from registry.core.conditions import CERTIFICATION, is_known, parsed
from registry.core.expiry import notice_days
from routing.core.index import SERVING_LIFECYCLES
from routing.core.lint.matching import deployments_of
from routing.core.lint.problem import Problem
from routing.core.matrix import Ruling, may_ever_allow
from routing.core.release import CellDecision, Certification, DataClass, Deployment, Release
from routing.core.rulings import assured_of, is_of, rulings_of


def matrix_problems(release: Release, now_us: int) -> Iterator[Problem]:
    yield from _vocabulary_problems(release)
    yield from _requirement_problems(release, now_us)
    yield from _cell_problems(release, now_us)
    for held in release.certifications:
        yield from _end_problems(held, release, now_us)


def class_problems(release: Release, now_us: int) -> Iterator[Problem]:
    """Classes that no rule could ever route. Often meant so. Asks routes, so these must be readable."""
    routes = [rule.route for policy in release.policies.values() for rule in policy.rules if rule.route]
    named = {d.name: d for route in routes for d in deployments_of(route, release.deployments)}
    rulings = rulings_of(release)
    for data_class in _by_rank(release):
        if not any(
            _serves(deployment, now_us) and _allows(rulings[name].get(data_class.name), now_us)
            for name, deployment in named.items()
        ):
            message = "No deployment that a policy names is approved for it, so each such request is refused."
            yield _warning("class_without_candidate", f"data class {data_class.name}", message)


def _allows(found: Ruling | None, now_us: int) -> bool:
    return found is not None and may_ever_allow(found, now_us)


def _serves(deployment: Deployment, now_us: int) -> bool:
    return (
        deployment.enabled
        and deployment.lifecycle in SERVING_LIFECYCLES
        and deployment.price_at(now_us) is not None
    )


def _vocabulary_problems(release: Release) -> Iterator[Problem]:
    for deployment in release.deployments.values():
        for name, cell in sorted(deployment.cells.items()):
            for condition in _unknown(cell.conditions):
                message = f"The condition “{condition}” for {name} is unknown, and so it denies."
                yield _warning("condition_unknown", f"deployment {deployment.name}", message)
    for data_class in _by_rank(release):
        for requirement in _unknown(data_class.requirements):
            message = f"Its requirement “{requirement}” is unknown, and so it denies."
            yield _warning("requirement_unknown", f"data class {data_class.name}", message)


def _requirement_problems(release: Release, now_us: int) -> Iterator[Problem]:
    """Classes whose requirements nothing meets, whatever the matrix says."""
    for data_class in _by_rank(release):
        requirements = data_class.requirements
        if requirements and not any(
            _meets(deployment, data_class, release, now_us) for deployment in release.deployments.values()
        ):
            message = f"No deployment meets what it requires: {', '.join(requirements)}."
            yield _warning("requirements_unmet", f"data class {data_class.name}", message)


def _meets(deployment: Deployment, data_class: DataClass, release: Release, now_us: int) -> bool:
    assured, asked = assured_of(deployment, release), data_class.requirements
    return all(
        any(within(each, now_us) for each in windows(requirement, asked, assured, data_class.kinds))
        for requirement in asked
    )


def _cell_problems(release: Release, now_us: int) -> Iterator[Problem]:
    """Cells that look like an approval and can't be one, for another reason than their own end."""
    for name, rulings in rulings_of(release).items():
        for data_class, found in sorted(rulings.items()):
            cell = release.deployments[name].cells[data_class]
            ended = cell.valid_to_us is not None and cell.valid_to_us <= now_us
            if cell.decision is CellDecision.DENIED or ended or may_ever_allow(found, now_us):
                continue
            over = ", ".join(check.text for check in found.checks if check.is_over(now_us))
            failing = over or "its conditions at one and the same time"
            message = f"It is {cell.decision.value} for {data_class}, but this can never hold: {failing}."
            yield _warning("cell_never_holds", f"deployment {name}", message)


def _end_problems(held: Certification, release: Release, now_us: int) -> Iterator[Problem]:
    """A certification that ends soon, or is over while something relies on it, and was not renewed."""
    days = notice_days(held.valid_to_us, now_us)
    if days is None or any(_renews(other, held, now_us) for other in release.certifications):
        return
    relying = list(_relying(held, release))
    what = f"{len(relying)} cells rely on it" if relying else "nothing relies on it"
    what = f"{relying[0]} relies on it" if len(relying) == 1 else what
    subject = f"certification {held.name}"
    if days:
        yield _warning("certification_ends", subject, f"It ends within {days} days; {what}.")
    elif relying:
        yield _warning("certification_over", subject, f"It has ended; {what}.")


def _renews(other: Certification, held: Certification, now_us: int) -> bool:
    """Whether `other` goes on, without a gap, where `held` ends."""
    same = (other.kind, other.provider, other.deployment) == (held.kind, held.provider, held.deployment)
    as_wide = _as_wide(other.countries, held.countries) and _as_wide(other.data_kinds, held.data_kinds)
    later = other.valid_to_us is None or other.valid_to_us > (held.valid_to_us or 0)
    in_time = other.valid_from_us <= max(held.valid_to_us or 0, now_us)
    return same and as_wide and later and in_time and notice_days(other.valid_to_us, now_us) != 0


def _as_wide(limits: tuple[str, ...], than: tuple[str, ...]) -> bool:
    return not limits or (bool(than) and set(than) <= set(limits))


def _relying(held: Certification, release: Release) -> Iterator[str]:
    """The cells, in words, of which a condition or a requirement asks for its kind."""
    for deployment in release.deployments.values():
        if not is_of(held, deployment):
            continue
        for name, cell in sorted(deployment.cells.items()):
            data_class = release.data_classes.get(name)
            asked = cell.conditions + (data_class.requirements if data_class else ())
            if cell.decision is not CellDecision.DENIED and any(_asks(each, held.kind) for each in asked):
                yield f"{deployment.name} for {name}"


def _asks(condition: str, kind: str) -> bool:
    found = parsed(condition)
    return found is not None and found[0] == CERTIFICATION and kind in found[1]


def _unknown(conditions: Iterable[str]) -> Iterator[str]:
    return (condition for condition in conditions if not is_known(condition))


def _by_rank(release: Release) -> list[DataClass]:
    return sorted(release.data_classes.values(), key=lambda data_class: data_class.rank)


def _warning(code: str, subject: str, message: str) -> Problem:
    return Problem(code, subject, message, fatal=False)
