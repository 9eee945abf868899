"""Does the register still say what was written? Hashes, chains and sequences, recomputed from the rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from audit.core.canonical import leaf_hash
from audit.core.envelope import is_canonical
from audit.models import Emitter, Entry

CHUNK = 2_000
MAX_PROBLEMS = 1_000


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one entry, or with the place where one should be."""

    emitter: str
    seq: int
    what: str

    def __str__(self) -> str:
        return f"{self.emitter} #{self.seq}: {self.what}"


@dataclass(slots=True)
class Verification:
    """How much was read, and what was found; no more than MAX_PROBLEMS are kept."""

    entries: int = 0
    emitters: int = 0
    problems: list[Problem] = field(default_factory=list)

    def add(self, emitter: str, seq: int, what: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(emitter, seq, what))


def entry_problems(entry: Entry) -> list[str]:
    """What is wrong within one entry: its hash, its form, and columns that its sealed body contradicts."""
    body = entry.body.encode()
    problems = []
    if leaf_hash(body) != bytes(entry.leaf_hash):
        problems.append("the leaf hash is not that of the body")
    if not is_canonical(body):
        return [*problems, "the body is not canonical JSON"]
    sealed = entry.sealed
    columns = {
        "at": entry.occurred_at.isoformat().replace("+00:00", "Z"),
        "emitter": entry.emitter_id,
        "id": str(entry.event_id),
        "prev": bytes(entry.prev_event).hex() if entry.prev_event is not None else None,
        "request": str(entry.request_id) if entry.request_id else None,
        "seq": entry.emitter_seq,
        "type": entry.event_type,
    }
    problems += [
        f"the body contradicts the column {key}" for key in columns if sealed.get(key) != columns[key]
    ]
    return problems


def chain_problem(entry: Entry, before: Entry | None) -> str | None:
    """What is wrong between an entry and the one before it in its emitter's sequence."""
    expected = 1 if before is None else before.emitter_seq + 1
    if entry.emitter_seq != expected:
        return f"entries {expected} to {entry.emitter_seq - 1} are missing"
    link = None if entry.prev_event is None else bytes(entry.prev_event)
    if link != (None if before is None else bytes(before.leaf_hash)):
        return "it does not point to the entry before it"
    return None


def verify(emitter: str | None = None) -> Verification:
    """Recompute everything (or one emitter), in chunks, in the order of each emitter's sequence."""
    found = Verification()
    before: Entry | None = None
    for entry in _in_sequence(emitter):
        if before is None or before.emitter_id != entry.emitter_id:
            _check_end(found, before)
            found.emitters += 1
            before = None
        problem = chain_problem(entry, before)
        for what in [*([problem] if problem else []), *entry_problems(entry)]:
            found.add(entry.emitter_id, entry.emitter_seq, what)
        found.entries += 1
        before = entry
    _check_end(found, before)
    return found


def _check_end(found: Verification, last: Entry | None) -> None:
    """The management side's cursor must agree with the last entry: the end of a chain can be cut unseen."""
    if last is None:
        return
    cursor = Emitter.objects.filter(emitter_id=last.emitter_id).first()
    if cursor is not None and cursor.last_seq != last.emitter_seq:
        found.add(last.emitter_id, last.emitter_seq, f"its emitter had written {cursor.last_seq} entries")


def _in_sequence(emitter: str | None) -> Iterator[Entry]:
    """By keyset, so that memory stays flat and no cursor is held open."""
    entries = Entry.objects.order_by("emitter_id", "emitter_seq")
    if emitter is not None:
        entries = entries.filter(emitter_id=emitter)
    chunk = list(entries[:CHUNK])
    while chunk:
        yield from chunk
        last = chunk[-1]
        same = entries.filter(emitter_id=last.emitter_id, emitter_seq__gt=last.emitter_seq)
        chunk = list(same[:CHUNK]) or list(entries.filter(emitter_id__gt=last.emitter_id)[:CHUNK])


def checked(entry: Entry) -> list[str]:
    """What is wrong with one entry and with its link to the one before; an empty list is a clean bill."""
    before = Entry.objects.filter(emitter_id=entry.emitter_id, emitter_seq=entry.emitter_seq - 1).first()
    problems = entry_problems(entry)
    if before is None and entry.emitter_seq > 1:
        problems.append("the entry before it is missing")
    elif (link := chain_problem(entry, before)) is not None:
        problems.append(link)
    return problems
