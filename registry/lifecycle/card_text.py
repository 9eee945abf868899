"""A model card as Markdown. What people wrote stays a paragraph of text: it makes no heading, no table."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~])")
NOTHING = "Nothing is said of it."


def markdown(card: dict[str, Any]) -> str:
    return "\n".join(_lines(card)) + "\n"


def _lines(card: dict[str, Any]) -> Iterator[str]:
    model, version, release = card["model"], card["version"], card["release"]
    yield f"# Model card: {_safe(model['name'])} {_safe(version['name'])}"
    in_force = f"release {release['number']} (SHA-256 {release['sha256']})" if release else "no release"
    yield f"\nMade {card['made_at']} under {in_force}. SHA-256 of this card: {card['sha256']}.\n"
    facts = {
        "Upstream id": version["upstream_id"] + ("" if version["pinned"] else " (not pinned)"),
        "Lifecycle": version["lifecycle"],
        "Released on": version["released_on"] or "unknown",
        "Turned off on": version["retires_on"] or "no date is known",
        "Owner": model["owner"] or "nobody is named",
        "Risk": model["risk_rating"] or "not rated",
        "Capabilities": ", ".join(model["capabilities"]) or "none",
        "Context window": f"{model['context_window_tokens']} tokens",
    }
    yield from (f"- **{name}:** {_safe(value)}" for name, value in facts.items())
    for title, name in (
        ("Purpose", "purpose"),
        ("Intended uses", "intended_uses"),
        ("Prohibited uses", "prohibited_uses"),
        ("Known limits", "limits"),
        ("Reason of the risk rating", "risk_reason"),
    ):
        yield f"\n## {title}\n\n{_safe(model[name]) or NOTHING}"
    yield from _tables(card)


def _tables(card: dict[str, Any]) -> Iterator[str]:
    classes = ({**row, "data_classes": _words(row["data_classes"])} for row in card["deployments"])
    yield from _table(
        "Where it runs",
        list(classes),
        ("name", "provider", "region", "country", "enabled", "lifecycle", "data_classes"),
    )
    evidence = ("slot", "required", "holds", "finding", "checked_by", "checked_on", "expires_on", "sha256")
    yield from _table("Evaluations and checks", card["checklist"], evidence)
    yield from _table(
        "Certifications", card["certifications"], ("name", "kind", "holder", "state", "expires_on")
    )
    yield "\n## Used by\n"
    yield from [f"- {_safe(name)}" for name in card["used_by"]] or ["Nothing."]
    if "applications_30_days" in card:
        uses = card["applications_30_days"]
        yield from _table("Applications in the last 30 days", uses, ("application", "requests"))
    yield from _table("Drift", card["drift"], ("deployment", "reported", "fingerprint", "seen_at", "blocked"))
    yield from _rollback(card["rollback"])
    yield from _table("Lifecycle", card["lifecycle"], ("lifecycle", "since", "by", "why"))


def _rollback(plan: dict[str, Any] | None) -> Iterator[str]:
    yield "\n## Rollback\n"
    if plan is None:
        yield "There is no plan."
        return
    drill = plan["drill"]
    tried = f"{drill['held_at']}, {'passed' if drill['passed'] else 'failed'}" if drill else "never"
    yield f"Returns to {_safe(plan['returns_to'])}. Last drill: {tried}. {_safe(plan['notes'])}".rstrip()


def _table(title: str, rows: Sequence[dict[str, Any]], names: Sequence[str]) -> Iterator[str]:
    yield f"\n## {title}\n"
    if not rows:
        yield "Nothing."
        return
    yield f"| {' | '.join(name.replace('_', ' ') for name in names)} |"
    yield f"|{' --- |' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(_safe(_value(row[name])) for name in names)} |"


def _words(cells: dict[str, str]) -> str:
    return ", ".join(f"{name} ({decision})" for name, decision in sorted(cells.items()))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _safe(text: str) -> str:
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))
