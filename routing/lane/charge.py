"""What one attempt is charged. Pure. What isn't known is the worst case, never zero."""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from routing.adapters.contract import Usage
from routing.core.cost import Cost, Use, cost, least_output_nano
from routing.core.decision import Call
from routing.core.rates import ONE_MILLIONTHS
from routing.core.release import Price

SLACK_TOKENS = 64  # what a provider may have made before it noticed that we left
_COUNTS = tuple(field.name for field in fields(Use))


class Basis(StrEnum):
    """What a charge was made by."""

    NOTHING = "nothing"  # the provider served nothing
    USAGE = "usage"
    RECEIVED = "received"  # the bound of what came of a stream that was closed
    WORST_CASE = "worst_case"


@dataclass(frozen=True, slots=True)
class Charged:
    """`use` and `cost` are there where the charge was made by usage; `unpriced` says why it could not be."""

    nano: int
    basis: Basis
    use: Use | None = None
    cost: Cost | None = None
    batch: bool = False
    unused_tokens: int | None = None
    unpriced: tuple[str, ...] = ()

    @property
    def usage_unknown(self) -> bool:
        return self.basis in (Basis.RECEIVED, Basis.WORST_CASE)

    def told(self) -> dict[str, Any]:
        """As the register keeps it: all that the amount can be derived from again, with the price row."""
        value: dict[str, Any] = {"basis": self.basis.value}
        if self.use is not None and self.cost is not None:
            value["use"] = {name: count for name in _COUNTS if (count := getattr(self.use, name))}
            value["kinds"] = [[line.kind, line.count, line.rate_nano] for line in self.cost.lines]
            if self.cost.factor_millionths != ONE_MILLIONTHS:
                value["factor_millionths"] = self.cost.factor_millionths
        if self.batch:
            value["batch"] = True
        if self.unused_tokens is not None:
            value["unused_tokens"] = self.unused_tokens
        if self.unpriced:
            value["unpriced"] = list(self.unpriced)
        return value


def use_of(usage: Usage) -> Use:
    """What is known of `usage`: a part that the provider does not count is not told apart."""
    return Use(**{name: said for name in _COUNTS if (said := getattr(usage, name))})


def _sold_otherwise(found: Cost) -> bool:
    """Whether anything but tokens was priced: of a model that is sold by tokens alone, and told none, the
    characters that it spoke say nothing of what they cost."""
    return any(line.kind in ("picture", "audio", "characters") for line in found.lines)


def of_cancelled(call: Call, price: Price, *, received_bytes: int) -> Charged:
    """The bound of a stream that we closed: all of the input, and an output token for each byte that came.

    No token is shorter than a byte. Only for models that hide none of their output.
    """
    received = min(received_bytes + SLACK_TOKENS, call.max_output_tokens)
    unused = call.max_output_tokens - received
    nano = bound_nano(price, worst_case_nano=call.worst_case_nano, unused_tokens=unused)
    return Charged(nano, Basis.RECEIVED, unused_tokens=unused)


def bound_nano(price: Price, *, worst_case_nano: int, unused_tokens: int) -> int:
    """The worst case of a call, less the output that it certainly did not make."""
    return max(worst_case_nano - least_output_nano(price, unused_tokens), 0)


def of_attempt(
    call: Call,
    price: Price | None,
    usage: Usage,
    *,
    called: bool,
    status: int,
    cancelled_stream: bool,
    received_bytes: int,
    at_us: int,
    batch: bool = False,
) -> Charged:
    """What an attempt that ended at `at_us` costs.

    1. Nothing was sent: nothing.
    2. The provider told its usage, and all of it has a price: that, in the row the reservation was made at.
    3. The provider answered with an error status, and with nothing before it: it served nothing.
    4. We closed a stream: the bound of what came.
    5. Anything else (timeout, cut, garbage, an answer without usage, a kind that is not priced): the call's
       worst case.
    """
    if not called:
        return Charged(0, Basis.NOTHING)
    unpriced: tuple[str, ...] = ()
    if usage.measured and price is not None:
        use = use_of(usage)
        found = cost(price, use, at_us=at_us, batch=batch)
        if not found.unpriced and (usage.known or _sold_otherwise(found)):
            return Charged(found.nano, Basis.USAGE, use, found, batch)
        unpriced = found.unpriced
    elif status >= 400:
        return Charged(0, Basis.NOTHING)
    elif cancelled_stream and price is not None:
        return of_cancelled(call, price, received_bytes=received_bytes)
    return Charged(call.worst_case_nano, Basis.WORST_CASE, unpriced=unpriced)
