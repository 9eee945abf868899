"""What one attempt is charged. Pure. What isn't known is the worst case, never zero."""

from routing.adapters.contract import Usage
from routing.core.cost import TOKENS_PER_MTOK, cost_nano
from routing.core.decision import Call
from routing.core.release import Price

SLACK_TOKENS = 64  # what a provider may have made before it noticed that we left


def of_usage(price: Price, usage: Usage) -> int:
    """The cost of usage that is known."""
    assert usage.input_tokens is not None
    assert usage.output_tokens is not None
    return cost_nano(
        price,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens or 0,
        cache_write_tokens=usage.cache_write_tokens or 0,
    )


def of_cancelled(call: Call, price: Price, *, received_bytes: int) -> int:
    """The bound of a stream that we closed: all of the input, and an output token for each byte that came.

    No token is shorter than a byte. Only for models that hide none of their output.
    """
    received = min(received_bytes + SLACK_TOKENS, call.max_output_tokens)
    unused = (call.max_output_tokens - received) * price.output_nano_per_mtok // TOKENS_PER_MTOK
    return max(call.worst_case_nano - unused, 0)


def of_attempt(
    call: Call,
    price: Price | None,
    usage: Usage,
    *,
    called: bool,
    status: int,
    cancelled_stream: bool,
    received_bytes: int,
) -> tuple[int, bool]:
    """(nano-dollars, whether the usage is unknown) of an attempt that has ended.

    1. Nothing was sent: nothing.
    2. The provider told its usage: that, at the price the reservation was made at.
    3. The provider answered with an error status: it served nothing.
    4. We closed a stream: the bound of what came.
    5. Anything else (timeout, cut, garbage, an answer without usage): the call's worst case.
    """
    if not called:
        return 0, False
    if usage.known and price is not None:
        return of_usage(price, usage), False
    if status >= 400:
        return 0, False
    if cancelled_stream and price is not None:
        return of_cancelled(call, price, received_bytes=received_bytes), True
    return call.worst_case_nano, True
