"""One attempt of an operation other than chat: its parts are sent in turn, and answered as one."""

from collections.abc import Awaitable, Callable, Sequence

from routing import adapters
from routing.adapters.contract import Operation, PreparedRequest, ProviderError, Result
from routing.adapters.results import joined, total
from routing.core.execution import FailureKind
from routing.lane.flight import Attempt, Flight
from routing.lane.library import LibraryReply
from routing.lane.relay import Relay
from routing.lane.transport import ConnectFailed, Reply, TooLong

JSON = "application/json"
MAX_ANSWER_BYTES = 24 * 1024 * 1024  # of one message to the web process; Valkey drops a reader over 32

Open = Callable[[PreparedRequest, Attempt], Awaitable[Reply | LibraryReply]]


def of(flight: Flight, attempt: Attempt) -> Operation:
    """How the attempt's deployment does what is asked. Raises ProviderError where its dialect does not."""
    name, dialect = flight.call.operation, attempt.deployment.dialect
    found = adapters.operation(dialect, name)
    if found is None:
        message = f"The dialect {dialect} has no {name}."
        raise ProviderError(message, kind=FailureKind.UNSUPPORTED, retryable=False)
    return found


async def run(
    parts: Sequence[PreparedRequest], flight: Flight, attempt: Attempt, relay: Relay, open_reply: Open
) -> None:
    """Reads the answer into `relay`. Raises ProviderError; TimeoutError when interrupted."""
    operation, asked = of(flight, attempt), flight.call.request
    results: list[Result] = []
    try:
        for part in parts:
            async with await open_reply(part, attempt) as reply:
                results.append(operation.parse(asked, reply.status, reply.headers, await reply.read()))
    except TooLong as error:
        raise _too_much() from error
    except ProviderError as error:
        if results and (isinstance(error, ConnectFailed) or error.status >= 400):
            # This part served nothing, so what came before it is all there is to pay.
            attempt.usage = total([result.usage for result in results])
        raise
    whole = joined(results)
    if whole.content_type != JSON:
        attempt.content_type = whole.content_type
        flight.served = {**flight.served, "content_type": whole.content_type}
    relay.result(whole)
    if len(relay.final) > MAX_ANSWER_BYTES:
        relay.withhold()
        raise _too_much()


def _too_much() -> ProviderError:
    """Of a kind that nobody tries again: it would be as long, and cost as much."""
    message = f"The answer is longer than {MAX_ANSWER_BYTES} bytes; ask for less at once."
    return ProviderError(message, kind=FailureKind.INVALID_REQUEST, retryable=False)
