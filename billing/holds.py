"""What a hold looks like in Valkey: msgpack, written by Python and read by the scripts in billing/lua."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from billing.core.accounts import SHADOW, totals
from billing.core.budgets import HoldLine
from billing.core.money import checked

MINUTE_US = 60_000_000
_pack = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class RateLine:
    """`cost` out of `per_min`: a bucket of one minute's worth that refills steadily.

    One that `adjusts` counts tokens: at the settlement its cost becomes what was really used.
    """

    key: str
    per_min: int
    cost: int = 1
    adjusts: bool = False

    def left(self, full_in_us: int) -> int:
        """How much fits at once, where the bucket is full again in `full_in_us`."""
        return max(0, self.per_min - math.ceil(self.per_min * full_in_us / MINUTE_US))


def hold_bytes(lines: Sequence[HoldLine], rates: Sequence[RateLine], *, lease_s: float) -> bytes:
    """The hold as reserve.lua takes it and keeps it. Raises AmountInvalid."""
    held = [
        (
            line.counter_key,
            line.model,
            checked(line.amount_nano),
            -1 if line.limit_nano is None else line.limit_nano,
            line.expires_at_s,
            line.budget_id,
        )
        for line in lines
    ]
    taken = [(rate.key, rate.per_min, rate.cost, rate.adjusts) for rate in rates]
    return _pack((int(lease_s * 1000), held, taken))


def used_bytes(amounts: Mapping[str, int], tokens: int | None) -> bytes:
    """What was used, as settle.lua takes it: in all but by shadows, by account, and the tokens where these
    are known."""
    total, by_account = sum(amounts.values()), dict(amounts)
    if SHADOW in "".join(amounts):
        total, by_account = totals(amounts)
    return _pack((total, by_account, -1 if tokens is None else tokens))
