"""Facts that were read, on their way through a form: signed, so that whose word they are stays true.

Only what was asked of a source is carried, never the whole of it.
"""

from datetime import date
from typing import Any

from django.core import signing

from registry.catalog.facts import Edition, Entry, Facts, FactSource
from registry.errors import FactsUnreadable

SALT = "registry.catalog.facts"
MAX_CARRIED_CHARS = 1_000_000


def packed(sources: tuple[FactSource, ...]) -> str:
    return signing.dumps([_plain(source) for source in sources], salt=SALT, compress=True)


def unpacked(text: str) -> tuple[FactSource, ...]:
    """What was packed here. Raises FactsUnreadable for anything else."""
    if not text:
        return ()
    if len(text) > MAX_CARRIED_CHARS:
        raise FactsUnreadable("That is more than was read: read the files again.")
    try:
        return tuple(_source(one) for one in signing.loads(text, salt=SALT))
    except signing.BadSignature as error:
        raise FactsUnreadable("What was read has changed on the way: read the files again.") from error


def _plain(source: FactSource) -> dict[str, Any]:
    edition = source.edition
    return {
        "edition": [edition.source, edition.of, edition.sha256, edition.newest],
        "entries": [[*key, [_entry(one) for one in said]] for key, said in source.entries.items()],
    }


def _entry(entry: Entry) -> list[Any]:
    facts = entry.facts
    end = facts.retires_on.isoformat() if facts.retires_on else None
    limits = [facts.context_window_tokens, facts.max_output_tokens]
    return [entry.reference, *limits, end, facts.deprecated, dict(facts.capabilities)]


def _source(plain: dict[str, Any]) -> FactSource:
    entries = {(place, name): tuple(_read(one) for one in said) for place, name, said in plain["entries"]}
    return FactSource(Edition(*plain["edition"]), entries)


def _read(plain: list[Any]) -> Entry:
    reference, window, at_most, end, deprecated, capabilities = plain
    retires_on = date.fromisoformat(end) if end else None
    return Entry(reference, Facts(window, at_most, retires_on, deprecated, capabilities))
