"""A near answer beside the live one: compared once the live one is there, and kept on record as evidence."""

import logging
import time
from dataclasses import dataclass
from typing import Any

import msgspec

from audit.core.records import Entry, Unit
from audit.encoding import canonical
from audit.errors import AuditError
from routing.ask import Ask
from routing.caching.evidence import basis_of
from routing.caching.rows import comparison_row
from routing.caching.store import Kept
from routing.core.caching.agreement import agree
from routing.core.caching.forms import text_of
from routing.core.decision import Plan
from routing.core.release import Release
from routing.runtime import Runtime

log = logging.getLogger(__name__)
SCHEMA = 1
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Near:
    """An answer to a question that is near, to be compared with the live one."""

    kept: Kept
    similarity_milli: int


def compared(ask: Ask, release: Release, plan: Plan, near: Near, completion: dict[str, Any]) -> Unit:
    """What is told of it: never a word of either, only whether they say the same."""
    now_us, kept = time.time_ns() // 1000, near.kept
    is_same = agree(text_of(completion), text_of(_decode(kept.completion)))
    basis = basis_of(release, plan.policy)
    body = {
        "schema": SCHEMA,
        "request": {"id": str(ask.request_id)},
        "release": release.number,
        "policy": plan.policy,
        "basis": basis,
        "of": kept.request_id,
        "similarity_milli": near.similarity_milli,
        "is_same": is_same,
    }
    row = comparison_row(
        ask,
        kept,
        policy=plan.policy,
        basis=basis,
        similarity_milli=near.similarity_milli,
        is_same=is_same,
        at_us=now_us,
    )
    return Unit(entries=(Entry("cache.compared", ask.request_id, now_us, canonical(body)),), rows=(row,))


async def recorded(runtime: Runtime, unit: Unit) -> None:
    """Where it can't be written there is a comparison less, and nothing near is given the sooner."""
    try:
        await runtime.writer.commit(unit)
    except AuditError as error:
        log.warning("a comparison is not on record: %s", error)
