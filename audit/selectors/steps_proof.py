"""The end of a dossier: the register's entries with a verdict on each, and what is committed to."""

from audit.selectors.sources import Sources, commitments
from audit.selectors.story import Cell, Step, Table, instant
from audit.selectors.verification import checked


def register(found: Sources) -> Step:
    verdicts = [(entry, checked(entry)) for entry in found.entries]
    wrong = sum(1 for _, problems in verdicts if problems)
    if not verdicts:
        return Step("register", "What the register holds", "No entry is written for it.", tone="bad")
    rows = tuple(
        (
            Cell(entry.event_type),
            Cell(instant(entry.occurred_at)),
            Cell(f"{entry.emitter_id} #{entry.emitter_seq}", code=True),
            Cell(bytes(entry.leaf_hash).hex(), code=True),
            Cell("; ".join(problems), "bad") if problems else Cell("hash and chain check out", "good"),
        )
        for entry, problems in verdicts
    )
    says = f"{len(rows)} {'entry' if len(rows) == 1 else 'entries'}; " + (
        "every hash and link checks out." if not wrong else f"{wrong} do not check out."
    )
    headers = ("Event", "When", "Emitter and number", "Leaf hash", "Verdict")
    table = Table("Entries of this request", headers, rows)
    return Step("register", "What the register holds", says, table=table, tone="bad" if wrong else "good")


def content(found: Sources) -> Step:
    told = commitments(found)
    stored = {content.slot for content in found.contents}
    salt = "is kept" if found.request.content_salt else "was destroyed or never made"
    rows = tuple(
        (Cell(slot), Cell(value, code=True), Cell("stored, encrypted" if slot in stored else "not stored"))
        for slot, value in sorted(told.items())
    )
    says = "No content is committed to."
    if rows:
        says = f"Of what was said, the register holds salted commitments. The salt {salt}."
    table = Table("Commitments", ("Slot", "Commitment", "Content"), rows) if rows else None
    return Step("content", "What was said", says, table=table)
