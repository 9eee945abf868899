"""The answer of a plan of several calls, as the client gets it: one attempt's own, or made of several.

It was looked at before it goes out, so a client that asked for a stream gets it in a few chunks at once.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from routing.adapters.contract import Completion, Delta
from routing.api.render import render_chunk, render_completion
from routing.core.operations import CHAT
from routing.lane import closing, holding
from routing.lane.flight import Attempt, Flight


def conclude(flight: Flight) -> bytes:
    """Sets the flight's final part and the commitment to it; what is to be stored of it.

    Empty where the answer went out as it came, waits for a person, or there is none.
    """
    finished = flight.finished
    attempt = _answering(flight)
    if finished is None or finished.outcome is None or attempt is None:
        flight.final = b""
        return b""
    if holding.is_held(finished.outcome):
        flight.final = b""
        holding.hold(flight, _whole(flight, attempt, _completion(flight, attempt)))
        return b""
    if attempt.stream:
        return b""  # its relay has said it all
    flight.served = closing.served(flight, attempt)
    if attempt.output.get("steps"):
        flight.served["normalised"] = attempt.output["steps"]
    flight.served["route"] = [f"{note.path}:{note.what.replace(' ', '_')}" for note in finished.notes]
    if flight.call.operation != CHAT:
        return _given(flight, _result(flight, attempt))
    completion = _completion(flight, attempt)
    parts = (
        list(_chunks(flight, attempt, completion))
        if flight.call.stream
        else [_whole(flight, attempt, completion)]
    )
    return _given(flight, b"\n".join(parts))


def _given(flight: Flight, answer: bytes) -> bytes:
    flight.final = answer
    digest = hmac.new(flight.call.salt, b"response\x00", hashlib.sha256)
    digest.update(answer)
    flight.commitment = digest.hexdigest()
    return answer


def _result(flight: Flight, attempt: Attempt) -> bytes:
    """What an operation other than chat came to."""
    if attempt.content_type:
        flight.served["content_type"] = attempt.content_type
    assert flight.finished is not None
    made = flight.finished.made
    return attempt.result if made is None else made.encode()


def _answering(flight: Flight) -> Attempt | None:
    """Whose answer it is, whether it is given or held; None where there is none."""
    outcome = flight.finished.outcome if flight.finished else None
    if outcome is None or not (outcome.ok or holding.is_held(outcome)):
        return None
    attempt = flight.attempt_of(outcome.number)
    assert attempt is not None
    return attempt


def _completion(flight: Flight, attempt: Attempt) -> Completion:
    """The answer: of the attempt, or as it was made of several."""
    completion = attempt.completion
    assert completion is not None
    assert flight.finished is not None
    if flight.finished.made is not None:
        message = {"role": "assistant", "content": flight.finished.made}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        completion = Completion((choice,), completion.usage, completion.reported_model)
    if not flight.call.request.get("logprobs"):
        completion = replace(completion, choices=tuple(map(_without_logprobs, completion.choices)))
    return completion


def _names(flight: Flight, attempt: Attempt) -> dict[str, Any]:
    return {
        "request_id": flight.call.request_id,
        "created": flight.call.accepted_us // 1_000_000,
        "model": attempt.deployment.model,
    }


def _whole(flight: Flight, attempt: Attempt, completion: Completion) -> bytes:
    return render_completion(completion, **_names(flight, attempt))


def _chunks(flight: Flight, attempt: Attempt, completion: Completion) -> Iterator[bytes]:
    said = [
        {"index": choice["index"], "delta": _delta(choice["message"]), "finish_reason": None}
        for choice in completion.choices
    ]
    ends = tuple(
        {"index": choice["index"], "delta": {}, "finish_reason": choice.get("finish_reason")}
        for choice in completion.choices
    )
    deltas = [*(Delta((each,)) for each in said), Delta(ends), Delta(usage=completion.usage, done=True)]
    for delta in deltas:
        chunk = render_chunk(
            replace(delta, fingerprint=completion.fingerprint),
            include_usage=flight.call.include_usage,
            told=closing.told(flight, attempt),
            **_names(flight, attempt),
        )
        if chunk:
            yield chunk


def _without_logprobs(choice: Mapping[str, Any]) -> Mapping[str, Any]:
    """A gate asked for them, not the application."""
    return {**choice, "logprobs": None} if choice.get("logprobs") else choice


def _delta(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as one delta; calls of tools say their place."""
    said = {name: value for name, value in message.items() if value is not None}
    if said.get("tool_calls"):
        said["tool_calls"] = [{"index": at, **made} for at, made in enumerate(said["tool_calls"])]
    return {"role": "assistant", **said}
