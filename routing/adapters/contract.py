"""The contract between the executor and a wire dialect. Adapters are pure: no socket, clock or secret store.

A dialect is a module with a `DIALECT: Adapter`. Its request is OpenAI's chat request as a plain dict, already
validated by `routing.api.wire`: that format is the platform's own, so an OpenAI-compatible provider gets
what the application wrote, and other dialects translate from it. What comes back is a `Completion` or
`Delta`s, whatever the provider calls its parts. What is made for each request, answer or step of one is a
Struct, which costs a tenth of a frozen dataclass.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

MAX_RESPONSE_BYTES = 32 * 1024 * 1024
MAX_EVENT_BYTES = 4 * 1024 * 1024
MAX_STREAM_BYTES = 64 * 1024 * 1024
LIBRARY = "LIBRARY"  # as a method: what is prepared is the call of a library (routing.lane.library)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call goes. `api_key` is the resolved credential; it never appears in a repr."""

    base_url: str
    upstream_id: str
    max_output_tokens: int  # the reserved bound: sent as the cap, so that no answer can cost more
    api_key: str = field(default="", repr=False)
    unsupported: str = "refuse"
    quirks: frozenset[str] = frozenset()  # how this endpoint departs from its dialect, out of its QUIRKS


@dataclass(frozen=True, slots=True)
class Signing:
    """A signature that the request needs, made at the edge when it leaves, since it holds the time.

    `region` is "" where the address does not say it and the credential must.
    """

    scheme: str
    service: str
    region: str
    credential: str = field(repr=False)


class PreparedRequest(msgspec.Struct, frozen=True):
    """`unsupported` lists the request's fields (dotted paths) that this model or dialect can't take."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    unsupported: tuple[str, ...] = ()
    signing: Signing | None = None

    def __repr__(self) -> str:
        """Without headers and body, which hold the credential and what was said."""
        return f"PreparedRequest({self.method} {self.url}, unsupported={self.unsupported})"


class Usage(msgspec.Struct, frozen=True):
    """What is billed. `input_tokens` includes what was read from and written to a cache; `output_tokens`
    includes reasoning, and both include audio and images; what was written to a cache includes what is kept
    for an hour. None is unknown, which is never zero.

    What is not sold by tokens is counted beside them: pictures made (with the size and quality they have, ""
    where that is unknown), audio heard or spoken, characters to speak.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    input_audio_tokens: int | None = None
    output_audio_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    input_image_tokens: int | None = None
    output_image_tokens: int | None = None
    pictures: int | None = None
    picture_size: str = ""
    picture_quality: str = ""
    audio_ms: int | None = None
    characters: int | None = None
    service_tier: str = ""  # at which it was served, where that is not the provider's usual one

    @property
    def known(self) -> bool:
        """By tokens."""
        return self.input_tokens is not None and self.output_tokens is not None

    @property
    def measured(self) -> bool:
        """By tokens, or by what is sold in place of them."""
        return self.known or (self.pictures, self.audio_ms, self.characters) != (None, None, None)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a provider says is left of its limits: None where it does not say. `wait_s` is how long nothing
    more fits, 0 where something does."""

    requests: int | None = None
    tokens: int | None = None
    wait_s: float = 0.0


class Completion(msgspec.Struct, frozen=True):
    """A whole answer. `choices` are OpenAI chat choices: {index, message, finish_reason, logprobs?}."""

    choices: tuple[Mapping[str, Any], ...]
    usage: Usage
    reported_model: str
    response_id: str = ""
    fingerprint: str | None = None
    extra: Mapping[str, Any] = msgspec.field(default_factory=dict)  # further top-level fields of the answer
    request_id: str = ""  # the provider's name for the exchange, from its headers: for its support


@dataclass(frozen=True, slots=True)
class Result:
    """A whole answer of an operation other than chat: `value`, in OpenAI's shape; or `content`, the bytes
    of what is no JSON (sound, or a transcript as text), of `content_type`."""

    usage: Usage
    reported_model: str = ""
    value: Mapping[str, Any] | None = None
    content: bytes = field(default=b"", repr=False)
    content_type: str = "application/json"


class Delta(msgspec.Struct, frozen=True):
    """One step of a stream. `choices` are OpenAI chunk choices: {index, delta, finish_reason}.

    `usage` is present at most once, with final numbers, on the delta with `done`, which marks the provider's
    own clean end and carries no choices.
    """

    choices: tuple[Mapping[str, Any], ...] = ()
    usage: Usage | None = None
    reported_model: str = ""
    response_id: str = ""
    fingerprint: str | None = None
    done: bool = False
    extra: Mapping[str, Any] = msgspec.field(default_factory=dict)


class ProviderError(Exception):
    """The provider refused, failed, or said something that can't be read.

    `kind` is a core.execution.FailureKind value; `retryable` is ruled here, where the error is raised;
    `status` is the provider's HTTP status, 0 where there was none; `code` is the provider's own code.
    The message is the provider's, cut to 500 characters, and is never logged with the request.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        retryable: bool,
        status: int = 0,
        code: str = "",
        retry_after_s: float | None = None,
        request_id: str = "",
    ) -> None:
        super().__init__(message[:500])
        self.kind = kind
        self.retryable = retryable
        self.status = status
        self.code = code
        self.retry_after_s = retry_after_s
        self.request_id = request_id


class StreamParser(Protocol):
    """Sans-I/O: bytes in, deltas out; raises ProviderError on an error event or on garbage.

    `feed` takes any split of the bytes. `close` is called at the end of the body and raises ProviderError
    (kind `stream_cut`) unless the provider's own end was seen: a stream that was cut never looks complete.
    `begun` says that part of an answer was read, also where an error came with it, in place of its deltas.
    """

    @property
    def begun(self) -> bool: ...

    def feed(self, data: bytes) -> list[Delta]: ...

    def close(self) -> list[Delta]: ...


class Operation(Protocol):
    """What a dialect does beside chat, such as embeddings: pure, and never streamed.

    A request is OpenAI's of that operation, as a plain dict; a file in it is `{name, content_type, data}`.
    """

    def prepare(self, request: Mapping[str, Any], target: Target) -> tuple[PreparedRequest, ...]:
        """One request, or several where the provider takes less at once: their results are put together in
        order (routing.adapters.results). Raises ProviderError for what can't be asked."""
        ...

    def parse(
        self, request: Mapping[str, Any], status: int, headers: Mapping[str, str], body: bytes
    ) -> Result:
        """What one of them was answered with, or ProviderError. Names of `headers` are in lower case."""
        ...


class Adapter(Protocol):
    """One wire dialect."""

    name: str

    def prepare(self, request: Mapping[str, Any], target: Target, *, stream: bool) -> PreparedRequest: ...

    def parse(self, status: int, headers: Mapping[str, str], body: bytes) -> Completion:
        """The answer, or ProviderError: also for errors under status 200, HTML, and empty bodies.

        Names of `headers` are in lower case.
        """
        ...

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError: ...

    def stream(self) -> StreamParser: ...
