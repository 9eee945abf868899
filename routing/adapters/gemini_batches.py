"""Gemini's batch service: a file of lines, an operation that reads it, and a file of their answers.

Lines could go with the batch as well, up to 20 MB, but their answers would then come back as one body of any
length. What the service says of a line is a status of gRPC; what it says of a batch is metadata of a
long-running operation. Its names are `files/…` and `batches/…`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from routing.adapters import multipart
from routing.adapters.batch_contract import Answered, Line, Standing
from routing.adapters.contract import PreparedRequest, ProviderError, Target
from routing.adapters.counts import part, word
from routing.adapters.failures import unreadable
from routing.adapters.gemini import DIALECT, asked, headers_for
from routing.adapters.openai_batches import is_id
from routing.core.operations import CHAT, EMBEDDINGS

LISTED = 100
CUT = ("FAILED", "CANCELLED", "EXPIRED")  # behind `BATCH_STATE_` or `JOB_STATE_`
DONE = ("SUCCEEDED", "PARTIALLY_SUCCEEDED")
KIND = "application/jsonl"
HTTP_OF = {  # google.rpc.Code, of what may become of a line
    3: 400,
    4: 504,
    5: 404,
    7: 403,
    8: 429,
    9: 400,
    11: 400,
    14: 503,
    16: 401,
}
OTHERWISE = 500
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class GeminiBatches:
    method: str = "batchGenerateContent"

    def worded(self, body: bytes) -> bytes:
        return body

    def upload(self, lines: Sequence[Line], target: Target, *, mark: str) -> PreparedRequest | None:
        data = b"\n".join(
            _encode({"key": line.custom_id, "request": msgspec.Raw(line.body)}) for line in lines
        )
        told = _encode({"file": {"displayName": mark, "mimeType": KIND}})
        body, kind = multipart.related(told, kind=KIND, data=data + b"\n")
        headers = {**_headers(target, kind), "x-goog-upload-protocol": "multipart"}
        return PreparedRequest("POST", f"{_beside(target, 'upload')}/files", headers, body)

    def uploaded(self, status: int, headers: Mapping[str, str], body: bytes) -> str:
        name = word(part(_read(status, headers, body), "file").get("name"))
        if not _is(name, "files"):
            raise unreadable(status, headers, body)
        return name

    def create(self, lines: Sequence[Line], target: Target, *, file: str, mark: str) -> PreparedRequest:
        batch = {"displayName": mark, "inputConfig": {"fileName": file}}
        return asked(target, self.method, {"batch": batch}, bearer="bearer" in target.quirks)

    def standing(self, status: int, headers: Mapping[str, str], body: bytes) -> Standing:
        value = _read(status, headers, body)
        if not _is(word(value.get("name")), "batches"):
            raise unreadable(status, headers, body)
        return _standing(value)

    def look(self, target: Target, batch: str) -> PreparedRequest:
        return _asked("GET", target, batch)

    def cancel(self, target: Target, batch: str) -> PreparedRequest:
        return _asked("POST", target, f"{batch}:cancel")

    def listing(self, target: Target) -> PreparedRequest | None:
        return _asked("GET", target, f"batches?pageSize={LISTED}")

    def marked(self, status: int, headers: Mapping[str, str], body: bytes, *, mark: str) -> Standing | None:
        found = _read(status, headers, body).get("operations") or []
        if not isinstance(found, list):
            raise unreadable(status, headers, body)
        marked = (each for each in found if isinstance(each, dict) and _mark_of(each) == mark)
        return next((_standing(each) for each in marked if _is(word(each.get("name")), "batches")), None)

    def results(self, target: Target, standing: Standing) -> tuple[PreparedRequest, ...]:
        base = _beside(target, "download")
        urls = (f"{base}/{file}:download?alt=media" for file in standing.files)
        return tuple(PreparedRequest("GET", url, _headers(target), b"") for url in urls)

    def answered(self, line: bytes) -> Answered:
        value = _decode(line)
        if not isinstance(value, dict) or not isinstance(value.get("key"), str):
            raise ValueError("no answer of a line")
        response, error = value.get("response"), value.get("error")
        if isinstance(response, dict):
            return Answered(value["key"], 200, self._body(response))
        told = error if isinstance(error, dict) else {}
        return Answered(value["key"], _status_of(told.get("code")), _encode({"error": told}))

    def forget(self, target: Target, *, file: str, standing: Standing) -> tuple[PreparedRequest, ...]:
        """Answers, too: Google finds their names too long to delete yet, and keeps them for 48 hours."""
        names = dict.fromkeys(each for each in (file, standing.batch, *standing.files) if each)
        return tuple(_asked("DELETE", target, name) for name in names)

    def _body(self, response: Mapping[str, Any]) -> bytes:
        return _encode(response)


@dataclass(frozen=True, slots=True)
class GeminiEmbeddingBatches(GeminiBatches):
    """A line has one text, of which a call of its own may have a hundred."""

    method: str = "asyncBatchEmbedContent"

    def worded(self, body: bytes) -> bytes:
        first, *more = _decode(body)["requests"]
        if more:
            message = "A line of Gemini's batches of embeddings has one text."
            raise ProviderError(message, kind="unsupported", retryable=False)
        return _encode(first)

    def _body(self, response: Mapping[str, Any]) -> bytes:
        usage = part(response, "usageMetadata")
        return _encode({"embeddings": [response.get("embedding")], "usageMetadata": usage})


BATCHES = {CHAT: GeminiBatches(), EMBEDDINGS: GeminiEmbeddingBatches()}


def _standing(value: Mapping[str, Any]) -> Standing:
    """One that was cut short and yet has run lines, whose answers it does not give, leaves it open which."""
    metadata = part(value, "metadata")
    state = word(metadata.get("state"))
    name = state.rpartition("_STATE_")[2]
    told = (part(value, "response"), part(metadata, "output"))
    files = dict.fromkeys(word(each.get("responsesFile")) for each in told)
    given = tuple(file for file in files if _is(file, "files"))
    has_run = part(metadata, "batchStats").get("successfulRequestCount") not in (None, "0", 0)
    return Standing(
        batch=word(value.get("name")),
        state=state,
        has_ended=name in CUT or value.get("done") is True or (name in DONE and bool(given)),
        files=given,
        is_cut=name in CUT and (bool(given) or not has_run),
        problem=word(part(value, "error").get("message")),
    )


def _read(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    if not 200 <= status < 300:
        raise DIALECT.parse_error(status, headers, body)
    try:
        value = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise unreadable(status, headers, body) from None
    if not isinstance(value, dict):
        raise unreadable(status, headers, body)
    return value


def _is(name: str, kind: str) -> bool:
    """Names become parts of paths, so what is none is refused."""
    return name.startswith(f"{kind}/") and is_id(name.removeprefix(f"{kind}/"))


def _mark_of(value: Mapping[str, Any]) -> Any:
    return part(value, "metadata").get("displayName")


def _status_of(code: Any) -> int:
    if isinstance(code, int) and 400 <= code < 600:
        return code
    return HTTP_OF.get(code, OTHERWISE) if isinstance(code, int) else OTHERWISE


def _headers(target: Target, kind: str = "application/json") -> dict[str, str]:
    return headers_for(target, bearer="bearer" in target.quirks, content_type=kind)


def _asked(method: str, target: Target, path: str) -> PreparedRequest:
    return PreparedRequest(method, f"{target.base_url.rstrip('/')}/{path}", _headers(target), b"")


def _beside(target: Target, door: str) -> str:
    """Files go in and out by doors of their own: `/upload/v1beta` beside `/v1beta`."""
    address = urlsplit(target.base_url)
    before, _, version = address.path.rstrip("/").rpartition("/")
    path = f"{before}/{door}/{version}" if version else f"/{door}"
    return urlunsplit(address._replace(path=path))
