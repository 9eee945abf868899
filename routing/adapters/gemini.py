"""Gemini's generateContent and streamGenerateContent.

`base_url` ends before `/models/`: `https://generativelanguage.googleapis.com/v1beta`.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from routing.adapters.contract import (
    Adapter,
    Completion,
    Delta,
    PreparedRequest,
    ProviderError,
    StreamParser,
    Target,
    Usage,
)
from routing.adapters.failures import failure, garbled, request_id, stream_cut, unreadable
from routing.adapters.gemini_answer import Candidates, merged
from routing.adapters.gemini_request import translate
from routing.adapters.limits import bounded_wait
from routing.adapters.sse import ServerEvent, SseDecoder

QUIRKS = {"bearer": "takes the credential as a bearer token (OAuth)"}
_REASONS = {"API_KEY_INVALID": "invalid_api_key", "API_KEY_EXPIRED": "invalid_api_key"}
_decode = msgspec.json.Decoder().decode
_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_UNREADABLE = (KeyError, TypeError, AttributeError, ValueError)


class Gemini:
    """The dialect `gemini`."""

    name = "gemini"

    def prepare(self, request: Mapping[str, Any], target: Target, *, stream: bool) -> PreparedRequest:
        body, unsupported = translate(request, target)
        return prepared(target, body, unsupported, stream=stream, bearer="bearer" in target.quirks)

    def parse(self, status: int, headers: Mapping[str, str], body: bytes) -> Completion:
        if not 200 <= status < 300:
            raise self.parse_error(status, headers, body)
        try:
            answer = _decode(body)
        except _UNDECODABLE:
            raise unreadable(status, headers, body) from None
        # A stream that was not asked for as events comes as an array of steps.
        steps = answer if isinstance(answer, list) else [answer]
        candidates = Candidates()
        try:
            choices = merged(
                [choice for step in steps for choice in _step(candidates, step, status, headers)]
            )
        except _UNREADABLE:
            raise unreadable(status, headers, body) from None
        if not candidates.finished:
            raise unreadable(status, headers, body)
        usage = candidates.usage or Usage()
        return Completion(
            choices, usage, candidates.model, candidates.response_id, request_id=request_id(headers)
        )

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        try:
            value = _decode(body)
        except _UNDECODABLE:
            return unreadable(status, headers, body)
        return _error_from(status, headers, value) or unreadable(status, headers, body)

    def stream(self) -> StreamParser:
        return GeminiStream()


def prepared(
    target: Target, body: Mapping[str, Any], unsupported: tuple[str, ...], *, stream: bool, bearer: bool
) -> PreparedRequest:
    method = "streamGenerateContent?alt=sse" if stream else "generateContent"
    accept = "text/event-stream" if stream else "application/json"
    return asked(target, method, body, unsupported, bearer=bearer, accept=accept)


def asked(
    target: Target,
    method: str,
    body: Mapping[str, Any],
    unsupported: tuple[str, ...] = (),
    *,
    bearer: bool,
    accept: str = "application/json",
) -> PreparedRequest:
    """A call of one of the model's methods."""
    headers = {"content-type": "application/json", "accept": accept}
    if target.api_key and bearer:
        headers["authorization"] = f"Bearer {target.api_key}"
    elif target.api_key:
        headers["x-goog-api-key"] = target.api_key
    url = f"{target.base_url.rstrip('/')}/models/{quote(target.upstream_id, safe='')}:{method}"
    return PreparedRequest("POST", url, headers, msgspec.json.encode(body), unsupported)


def _step(candidates: Candidates, step: Any, status: int, headers: Mapping[str, str]) -> list[dict[str, Any]]:
    error = _error_from(status, headers, step) if "error" in step else None
    if error:
        raise error
    return candidates.step(step)


class GeminiStream:
    """A StreamParser. Gemini marks no end of its own: the end is that of the body, once every candidate that
    began has its finish reason."""

    def __init__(self) -> None:
        self._sse = SseDecoder()
        self._candidates = Candidates()

    def feed(self, data: bytes) -> list[Delta]:
        return self._read(self._sse.feed(data))

    def close(self) -> list[Delta]:
        deltas = self._read(self._sse.close())
        seen = self._candidates
        if not seen.finished:
            raise self._failure()
        return [*deltas, Delta((), seen.usage, seen.model, seen.response_id, None, True)]

    def _failure(self) -> ProviderError:
        stray = self._sse.stray
        if self._candidates.open or not stray:
            return stream_cut()
        return DIALECT.parse_error(200, {}, stray)

    def _read(self, events: list[ServerEvent]) -> list[Delta]:
        deltas: list[Delta] = []
        for event in events:
            if not event.data:
                continue
            try:
                choices = _step(self._candidates, _decode(event.data), 200, {})
            except _UNDECODABLE:
                raise garbled() from None
            except _UNREADABLE:
                raise garbled("a step that can't be read") from None
            if choices:
                seen = self._candidates
                deltas.append(Delta(tuple(choices), None, seen.model, seen.response_id))
        return deltas


def _error_from(status: int, headers: Mapping[str, str], value: Any) -> ProviderError | None:
    """Google's error: {code, message, status, details}; under a good status the code inside counts."""
    if isinstance(value, list) and value:
        value = value[0]
    error = value.get("error") if isinstance(value, dict) else None
    if not isinstance(error, dict):
        return None
    code = error.get("code")
    if status < 300 and isinstance(code, int) and 300 <= code < 600:
        status = code
    said = error.get("details")
    details = [detail for detail in said if isinstance(detail, dict)] if isinstance(said, list) else []
    reasons = [str(detail.get("reason", "")) for detail in details]
    codes = [_REASONS[reason] for reason in reasons if reason in _REASONS] + [str(error.get("status") or "")]
    return failure(
        status,
        headers,
        str(error.get("message") or ""),
        codes=tuple(codes),
        retry_after_s=_retry_delay(details),
    )


def _retry_delay(details: list[dict[str, Any]]) -> float | None:
    """Google's RetryInfo: `retryDelay` in seconds, as "35s" or "0.5s"."""
    for detail in details:
        delay = str(detail.get("retryDelay", ""))
        if delay.endswith("s"):
            try:
                return bounded_wait(float(delay[:-1]))
            except ValueError:
                return None
    return None


DIALECT: Adapter = Gemini()
