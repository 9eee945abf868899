"""Writing what sources of facts say of rows there are, and whose word it is, for those who approve it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from registry.catalog.changes import Found
from registry.catalog.comparing import Finding, Subject, title_of
from registry.catalog.facts import CAPABILITIES, Aspect, Edition, Position
from registry.models import Capability

MAX_TOLD = 100


def write(findings: Iterable[Finding]) -> None:
    """Inside a rehearsal: the rows as those say whose word counts."""
    by_row: dict[Subject, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.changes:
            by_row[finding.subject].append(finding)
    for subject, found in by_row.items():
        _row(subject, found)


def whose_word(found: Found) -> str:
    """Of each row what is taken from whom, and the editions with their digests; "" where nothing is.

    The values are the change set's to tell.
    """
    rows: dict[str, dict[str, list[str]]] = {}
    editions: dict[Edition, None] = {}
    for name, aspect, said in _taken(found):
        editions |= {claim.edition: None for claim in said.claims}
        sources = dict.fromkeys(claim.edition.source for claim in said.claims)
        rows.setdefault(name, {}).setdefault(", ".join(sources), []).append(title_of(aspect))
    lines = [f"- {name}: {_worded(facts)}" for name, facts in rows.items()]
    if len(lines) > MAX_TOLD:
        lines = [*lines[:MAX_TOLD], f"- and {len(lines) - MAX_TOLD} more"]
    told = ("Whose word the facts are:", *lines, *(edition.whole for edition in editions))
    return "\n".join(told) if lines else ""


def _worded(facts: Mapping[str, list[str]]) -> str:
    return "; ".join(f"{', '.join(titles)} by {sources}" for sources, titles in facts.items())


def sources_in(found: Found) -> list[str]:
    """The sources whose word is taken, each once."""
    claims = (claim for _, _, said in _taken(found) for claim in said.claims)
    return list(dict.fromkeys(claim.edition.source for claim in claims))


def _taken(found: Found) -> Iterator[tuple[str, Aspect, Position]]:
    for finding in found.facts:
        if finding.changes and finding.taken is not None:
            yield str(finding.subject), finding.aspect, finding.positions[finding.taken]
    for new in found.models:
        told = ((aspect, position) for aspect, position in new.known.items() if position.value is not False)
        for aspect, position in told:
            yield new.upstream_id, aspect, position


def _row(subject: Subject, findings: Iterable[Finding]) -> None:
    row = type(subject)._default_manager.get(pk=subject.pk)
    for finding in findings:
        if finding.aspect.field == CAPABILITIES:
            had: list[str] = row.capabilities or []  # type: ignore[union-attr]
            row.capabilities = with_capability(had, finding.aspect.item, finding.value is True)  # type: ignore[union-attr]
        else:
            setattr(row, finding.aspect.field, finding.value)
    row.full_clean()
    row.save()


def with_capability(had: list[str], capability: str, has: bool) -> list[str]:
    """What is added stands where the registry lists it; the rest stays in its order."""
    if not has:
        return [name for name in had if name != capability]
    listed = list(Capability.values)
    return sorted({*had, capability}, key=listed.index)
