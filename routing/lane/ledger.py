"""The end of a request's hold: its rows in the ledger, and the live counters afterwards."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from audit.core.records import Row
from audit.rows import to_us
from billing.core.accounts import account_of
from billing.live import LiveMoney
from billing.rows import LEDGER_COLUMNS, Charge, Dimensions, settled_rows
from routing.lane.flight import Attempt, Flight

logger = logging.getLogger(__name__)

_COLUMN = {name: index for index, name in enumerate(LEDGER_COLUMNS)}


class Ledger:
    """The rows go with the finish; the live counters follow, and are caught up by leases where they can't."""

    def __init__(self, money: LiveMoney) -> None:
        self._money = money

    def summary(self, flight: Flight) -> dict[str, Any]:
        """What the entry of the finish says of the hold."""
        spent = sum(attempt.cost_nano for attempt in flight.attempts)
        reserved = flight.call.ledger_values
        held = reserved[_COLUMN["amount_nano"]] if reserved is not None else 0
        shadows = spent - flight.cost_nano
        return {
            "held_nano": held,
            "settled_nano": spent,
            "released_nano": max(held - spent, 0),
            "usage_unknown": any(attempt.usage_unknown for attempt in flight.attempts),
            **({"shadow_nano": shadows} if shadows else {}),
        }

    def rows(self, flight: Flight, at_us: int) -> tuple[Row, ...]:
        """One for each attempt that cost something, or the release of all that was held."""
        reserved = flight.call.ledger_values
        charges = [_charge(flight, attempt) for attempt in flight.attempts if attempt.is_charged]
        if reserved is None and not charges:
            return ()
        dimensions = (
            dimensions_of(flight.request_id, reserved) if reserved is not None else _from_call(flight)
        )
        return settled_rows(dimensions, charges, at_us=at_us)

    def settle(self, flight: Flight) -> None:
        """The live counters, after the commit. Never waits: it goes out with the tick's other commands."""
        amounts: dict[str, int] = {}
        for attempt in flight.attempts:
            if attempt.cost_nano:
                account = attempt.deployment.model
                if flight.shadowing:
                    account = account_of(account, flight.shadowing.get(attempt.call.path, ""))
                amounts[account] = amounts.get(account, 0) + attempt.cost_nano
        used = [
            each.usage for each in flight.attempts if each.called and each.call.path not in flight.shadowing
        ]
        tokens = (
            sum((usage.input_tokens or 0) + (usage.output_tokens or 0) for usage in used)
            if all(usage.known for usage in used)
            else None
        )
        self.settle_amounts(flight.call.request_id, amounts, tokens)

    def settle_amounts(self, request_id: str, amounts: Mapping[str, int], tokens: int | None = None) -> None:
        settled = self._money.settle(request_id, amounts, tokens=tokens)
        settled.add_done_callback(partial(_log_failure, request_id))

    async def drained(self) -> None:
        await self._money.settled()


def _log_failure(request_id: str, settled: "asyncio.Future[bool]") -> None:
    error = None if settled.cancelled() else settled.exception()
    if error is not None:
        logger.warning(
            "a hold is settled late", extra={"request_id": request_id, "error": type(error).__name__}
        )


def dimensions_of(request_id: UUID, reserved: Sequence[Any]) -> Dimensions:
    """Whose money it is, as the row of the hold says it."""
    window_at = datetime.fromisoformat(str(reserved[_COLUMN["window_at"]])).replace(tzinfo=UTC)
    return Dimensions(
        request_id=request_id,
        team=reserved[_COLUMN["team"]],
        application=reserved[_COLUMN["application"]],
        api_key=reserved[_COLUMN["api_key"]],
        end_user=reserved[_COLUMN["end_user"]],
        window_at_us=to_us(window_at),
    )


def _from_call(flight: Flight) -> Dimensions:
    """Of a plan that was thought to cost nothing."""
    return Dimensions(
        request_id=flight.request_id,
        team=flight.claimed_value("team"),
        application=flight.claimed_value("application"),
        api_key=flight.claimed_value("api_key"),
        end_user=flight.claimed_value("end_user"),
        window_at_us=flight.call.accepted_us,
    )


def _charge(flight: Flight, attempt: Attempt) -> Charge:
    return Charge(
        attempt=attempt.number,
        model=attempt.deployment.model,
        amount_nano=attempt.cost_nano,
        price_id=attempt.call.price_id,
        price_sha256=attempt.price.sha256 if attempt.price else "",
        usage_unknown=attempt.usage_unknown,
        shadow_of=flight.shadowing.get(attempt.call.path, ""),
    )
