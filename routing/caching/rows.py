"""The writer's rows of what is given again and of what is compared, by name."""

from uuid import UUID

from audit.core.ids import uuid7_hex
from audit.core.records import Row
from audit.rows import clip, timestamp
from routing.ask import Ask
from routing.caching.store import Kept
from routing.models import CacheComparison, CacheHit

HITS, COMPARISONS = "cache_hit", "cache_comparison"
HIT_COLUMNS = (
    *("id", "request_id", "of_request", "kind", "policy", "team", "application"),
    *("model", "model_version", "similarity_milli", "saved_nano", "at"),
)
COMPARISON_COLUMNS = (
    *("id", "request_id", "of_request", "policy", "basis", "team", "application"),
    *("similarity_milli", "is_same", "at"),
)
TABLES = {
    HITS: (HIT_COLUMNS, CacheHit._meta.db_table),
    COMPARISONS: (COMPARISON_COLUMNS, CacheComparison._meta.db_table),
}


def hit_row(ask: Ask, kept: Kept, *, kind: str, similarity_milli: int, policy: str, at_us: int) -> Row:
    """The answer that was `kept`, given again to `ask`."""
    return Row(
        HITS,
        (
            *(uuid7_hex(), ask.request_id.hex, UUID(kept.request_id).hex, kind, clip(policy, 200)),
            *(clip(ask.consumer.team, 200), clip(ask.consumer.application, 200)),
            *(clip(kept.served.get("model", ""), 200), clip(kept.served.get("model_version", ""), 200)),
            *(similarity_milli, kept.cost_nano, timestamp(at_us)),
        ),
    )


def comparison_row(
    ask: Ask, kept: Kept, *, policy: str, basis: str, similarity_milli: int, is_same: bool, at_us: int
) -> Row:
    return Row(
        COMPARISONS,
        (
            *(uuid7_hex(), ask.request_id.hex, UUID(kept.request_id).hex, clip(policy, 200), basis),
            *(clip(ask.consumer.team, 200), clip(ask.consumer.application, 200)),
            *(similarity_milli, is_same, timestamp(at_us)),
        ),
    )
