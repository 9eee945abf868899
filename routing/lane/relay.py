"""A provider's answer on its way to the client, and what is learnt from it meanwhile.

What could pass for a complete answer (a finish reason, the usage) waits in `held` until the finish was
committed; what says nothing yet (the role alone) waits until something does, so that a stream which fails
before its first word can still be replaced by another.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from routing.adapters.contract import Completion, Delta, ProviderError, Result, Usage
from routing.api.render import render_chunk, render_completion, render_result
from routing.core.execution import FailureKind
from routing.core.service_tier import tier_of
from routing.lane.flight import Attempt, Flight, now_us
from routing.lane.guard import guard_for, guarded, text_bytes
from routing.lane.shaping import shaping_for

CONTENT_FILTER = "content_filter"  # as OpenAI's finish reason
MAX_HELD = 256  # chunks; one finish for each choice, the usage, and some air


class Relay:
    """One attempt's answer. `emitted` says that the client has seen part of it, `begun` that the provider has
    sent part of a stream: that may have to be paid, whatever it says afterwards."""

    def __init__(self, flight: Flight, attempt: Attempt) -> None:
        self._flight = flight
        self._attempt = attempt
        self._silent: list[Delta] = []
        self._held: list[Delta] = []
        self._content: list[bytes] = []
        self._digest = hmac.new(flight.call.salt, b"response\x00", hashlib.sha256)
        self._committed = False
        self._names: dict[str, Any] = {
            "request_id": flight.call.request_id,
            "created": flight.call.accepted_us // 1_000_000,
            "model": attempt.deployment.model,
        }
        self._says = False
        self._guard = guard_for(flight.release)
        self._shaping = shaping_for(flight, attempt) if attempt.shaped else None
        self._tier = tier_of((attempt.request or flight.call.request).get("service_tier"))
        self.begun = False
        self.emitted = False
        self.done = False
        self.final = b""

    @property
    def content(self) -> bytes:
        """What was given to the client, for data classes that store content."""
        return b"\n".join(self._content)

    @property
    def is_filtered(self) -> bool:
        """The answer came to its end and holds nothing, since the provider's filter stopped every choice."""
        return self._attempt.finish_reason == CONTENT_FILTER and not (self.emitted or self._says)

    def withhold(self) -> None:
        """The answer is not given out, so nothing is committed to or kept."""
        self.final = self._attempt.result = b""
        self._attempt.commitment = ""
        self._content.clear()

    def whole(self, completion: Completion) -> None:
        """An answer that came in one piece."""
        attempt = self._attempt
        self._learn_tier(completion.extra)
        attempt.usage = self._tiered(completion.usage)
        attempt.reported_model = completion.reported_model
        attempt.fingerprint = completion.fingerprint
        attempt.finish_reason = _finish_reasons(completion.choices)
        self._says = any(_speaks(choice["message"]) for choice in completion.choices)
        choices = completion.choices
        if self._shaping is not None:
            choices = self._shaping.whole(choices)
        if self._guard is not None:
            choices = self._guard.whole(choices)
        if choices is not completion.choices:
            completion = replace(completion, choices=choices)
        if self._flight.is_composite:
            attempt.completion = completion
        self.final = render_completion(completion, **self._names)
        self._commit_to(self.final)
        attempt.commitment = self._digest.hexdigest()
        self.done = True

    def result(self, result: Result) -> None:
        """A whole answer of an operation other than chat."""
        attempt = self._attempt
        attempt.usage = result.usage
        attempt.reported_model = result.reported_model
        if self._guard is not None:
            result = guarded(self._guard, result)
        self.final = render_result(
            result,
            model=attempt.deployment.model,
            created=self._flight.call.accepted_us // 1_000_000,
        )
        self._commit_to(self.final)
        attempt.commitment = self._digest.hexdigest()
        if self._flight.is_composite:
            attempt.result = self.final
        self.done = True

    def put(self, delta: Delta) -> None:
        """The next step of a stream: forwarded, or kept back."""
        self._learn(delta, _finish_reasons(delta.choices))
        for each in (delta,) if self._shaping is None else self._shaping.delta(delta):
            self._pass(each)

    def _pass(self, delta: Delta) -> None:
        finish = _finish_reasons(delta.choices)
        if self._guard is not None:
            delta = self._guard.delta(delta)
            self._attempt.received_bytes = self._guard.received_bytes
        says = _says_something(delta)
        self._says = self._says or says
        if delta.usage is not None or delta.done or finish:
            self._hold(delta)
        elif not self.emitted and not says:
            self._silent.append(delta)
        else:
            self._forward(delta)

    def close(self) -> None:
        """However the answer ended: what was found in it is on record."""
        if self._guard is not None:
            self._guard.close()
            self._attempt.detections = dict(sorted(self._guard.counts.items()))

    def seal(self, told: Mapping[str, Any]) -> None:
        """A stream that is complete: what was held becomes the last part, given out after the commit.

        `told` goes with the usage: what the request came to.
        """
        chunks = [self._render(delta, told) for delta in (*self._silent, *self._held)]
        self.final = b"\n".join(chunk for chunk in chunks if chunk)
        self._commit_to(self.final)
        self._attempt.commitment = self._digest.hexdigest()

    def _learn(self, delta: Delta, finish: str) -> None:
        attempt = self._attempt
        self.done = self.done or delta.done
        self._learn_tier(delta.extra)
        if delta.usage is not None:
            attempt.usage = self._tiered(delta.usage)
        if delta.reported_model:
            attempt.reported_model = delta.reported_model
        if delta.fingerprint:
            attempt.fingerprint = delta.fingerprint
        if finish:
            attempt.finish_reason = finish

    def _tiered(self, usage: Usage) -> Usage:
        return usage if usage.service_tier == self._tier else replace(usage, service_tier=self._tier)

    def _learn_tier(self, extra: Mapping[str, Any]) -> None:
        """Where the provider tells none, it is the one that was asked for."""
        if "service_tier" in extra:
            self._tier = tier_of(extra["service_tier"])

    def _hold(self, delta: Delta) -> None:
        if len(self._held) + len(self._silent) >= MAX_HELD:
            raise ProviderError(
                "the provider's stream goes on after its end", kind=FailureKind.ERROR, retryable=False
            )
        self._held.append(delta)
        if self._guard is None:  # a last word may come with the reason to finish
            self._attempt.received_bytes += sum(text_bytes(choice.get("delta")) for choice in delta.choices)

    def _forward(self, delta: Delta) -> None:
        if not self.emitted:
            self.emitted = True
            self._attempt.first_token_us = now_us()
            self._flight.send_head()
            silent, self._silent = self._silent, []
            for earlier in silent:
                self._emit(earlier)
        self._emit(delta)

    def _emit(self, delta: Delta) -> None:
        chunk = self._render(delta)
        if chunk:
            if self._guard is None:  # which counts what came, not what it lets out
                self._attempt.received_bytes += len(chunk)
            self._commit_to(chunk)
            self._flight.send("chunk", chunk)

    def _render(self, delta: Delta, told: Mapping[str, Any] | None = None) -> bytes:
        usage_asked = self._flight.call.include_usage
        return render_chunk(delta, include_usage=usage_asked, told=told, **self._names)

    def _commit_to(self, payload: bytes) -> None:
        """The commitment is to the payloads as the client gets them, one a line."""
        if self._committed:
            self._digest.update(b"\n")
        self._committed = True
        self._digest.update(payload)
        if self._flight.call.store_content:
            self._content.append(payload)


def _finish_reasons(choices: tuple[Mapping[str, Any], ...]) -> str:
    reasons = [str(choice["finish_reason"]) for choice in choices if choice.get("finish_reason")]
    return ",".join(sorted(set(reasons))) if reasons else ""


def _says_something(delta: Delta) -> bool:
    return any(_speaks(choice.get("delta") or {}) for choice in delta.choices)


def _speaks(message: Mapping[str, Any]) -> bool:
    return any(value for name, value in message.items() if name != "role")
