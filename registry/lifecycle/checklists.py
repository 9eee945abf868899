"""What a version still lacks for its approval."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from registry.models import ChecklistItem, ChecklistRule, ModelVersion, Slot


@dataclass(frozen=True, slots=True)
class Entry:
    """One slot of a version as its page shows it."""

    slot: Slot
    required: bool
    item: ChecklistItem | None
    holds: bool


def required_slots(version: ModelVersion, rules: Iterable[ChecklistRule]) -> frozenset[str]:
    model = version.model
    fitting = (rule for rule in rules if rule.fits(model.tier, model.risk_rating))
    return frozenset(slot for rule in fitting for slot in rule.slots)


def checklist_of(version: ModelVersion, rules: Iterable[ChecklistRule], today: date) -> tuple[Entry, ...]:
    """Every slot, in the order of the vocabulary."""
    required = required_slots(version, rules)
    items = {item.slot: item for item in version.checklist.all()}
    return tuple(
        Entry(slot, slot in required, item, item is not None and item.counts(today))
        for slot in Slot
        for item in (items.get(slot.value),)
    )
