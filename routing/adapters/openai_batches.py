"""OpenAI's batch service, as Azure and others have it too: a file of lines, and files of their answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from routing.adapters import multipart
from routing.adapters.batch_contract import NEVER_RUN, Answered, Line, Standing
from routing.adapters.contract import PreparedRequest, Target
from routing.adapters.counts import part, word
from routing.adapters.failures import unreadable
from routing.adapters.openai_endpoint import DEPLOYMENT_PATH, headers_for, url_for
from routing.adapters.openai_errors import parse_error
from routing.core.operations import CHAT, EMBEDDINGS, MODERATIONS

ENDPOINTS = {  # of the operations that go by batches
    CHAT: "/v1/chat/completions",
    EMBEDDINGS: "/v1/embeddings",
    MODERATIONS: "/v1/moderations",
}
WINDOW = "24h"
MARK = "signalbox"  # of the metadata
LISTED = 100
CUT = ("failed", "expired", "cancelled")
ENDED = ("completed", *CUT)
NO_ANSWER_STATUS = 500  # of an error that has none
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class OpenAIBatches:
    endpoint: str

    def worded(self, body: bytes) -> bytes:
        return body

    def upload(self, lines: Sequence[Line], target: Target, *, mark: str) -> PreparedRequest | None:
        data = b"\n".join(_encode(self._line(line)) for line in lines) + b"\n"
        body, kind = multipart.encoded(
            [("purpose", "batch")], name="file", filename=f"{mark}.jsonl", kind="application/jsonl", data=data
        )
        return asked("POST", target, "/files", body, kind)

    def uploaded(self, status: int, headers: Mapping[str, str], body: bytes) -> str:
        return id_of(read(status, headers, body), status, headers, body)

    def create(self, lines: Sequence[Line], target: Target, *, file: str, mark: str) -> PreparedRequest:
        wanted = {
            "input_file_id": file,
            "endpoint": self.endpoint,
            "completion_window": WINDOW,
            "metadata": {MARK: mark},
        }
        return asked("POST", target, "/batches", _encode(wanted))

    def standing(self, status: int, headers: Mapping[str, str], body: bytes) -> Standing:
        value = read(status, headers, body)
        id_of(value, status, headers, body)
        return _standing(value)

    def look(self, target: Target, batch: str) -> PreparedRequest:
        return asked("GET", target, f"/batches/{batch}")

    def cancel(self, target: Target, batch: str) -> PreparedRequest:
        return asked("POST", target, f"/batches/{batch}/cancel")

    def listing(self, target: Target) -> PreparedRequest | None:
        return asked("GET", target, "/batches", query=f"limit={LISTED}")

    def marked(self, status: int, headers: Mapping[str, str], body: bytes, *, mark: str) -> Standing | None:
        found = read(status, headers, body).get("data")
        if not isinstance(found, list):
            raise unreadable(status, headers, body)
        mine = (each for each in found if isinstance(each, dict) and _mark_of(each) == mark)
        return next((_standing(each) for each in mine if word(each.get("id"))), None)

    def results(self, target: Target, standing: Standing) -> tuple[PreparedRequest, ...]:
        return tuple(asked("GET", target, f"/files/{file}/content") for file in standing.files)

    def answered(self, line: bytes) -> Answered:
        value = _decode(line)
        if not isinstance(value, dict) or not isinstance(value.get("custom_id"), str):
            raise ValueError("no answer of a line")
        custom_id, response = value["custom_id"], value.get("response")
        if isinstance(response, dict) and isinstance(response.get("status_code"), int):
            body = _encode(response.get("body"))
            return Answered(custom_id, response["status_code"], body, word(response.get("request_id")))
        error = part(value, "error")
        code = word(error.get("code"))
        return Answered(
            custom_id, NO_ANSWER_STATUS, _encode({"error": error}), code=code if code in NEVER_RUN else ""
        )

    def forget(self, target: Target, *, file: str, standing: Standing) -> tuple[PreparedRequest, ...]:
        files = dict.fromkeys(each for each in (file, *standing.files) if each)
        return tuple(asked("DELETE", target, f"/files/{each}") for each in files)

    def _line(self, line: Line) -> dict[str, Any]:
        asked_for = {"method": "POST", "url": self.endpoint, "body": msgspec.Raw(line.body)}
        return {"custom_id": line.custom_id, **asked_for}


def asked(
    method: str,
    target: Target,
    path: str,
    body: bytes = b"",
    kind: str = "application/json",
    *,
    query: str = "",
) -> PreparedRequest:
    """Of the resource, whatever the path of the model's own deployment is."""
    plain = replace(target, quirks=target.quirks - {DEPLOYMENT_PATH})
    url = url_for(plain, path)
    if query:
        url += ("&" if "?" in url else "?") + query
    return PreparedRequest(method, url, headers_for(plain, content_type=kind), body)


def read(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    if not 200 <= status < 300:
        raise parse_error(status, headers, body)
    try:
        value = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise unreadable(status, headers, body) from None
    if not isinstance(value, dict):
        raise unreadable(status, headers, body)
    return value


def id_of(value: Mapping[str, Any], status: int, headers: Mapping[str, str], body: bytes) -> str:
    """Ids become parts of paths, so what is none is refused."""
    name = word(value.get("id"))
    if not is_id(name):
        raise unreadable(status, headers, body)
    return name


def is_id(name: str) -> bool:
    return bool(name) and all(char.isalnum() or char in "-_" for char in name)


def _standing(value: Mapping[str, Any]) -> Standing:
    state = word(value.get("status"))
    files = (word(value.get(name)) for name in ("output_file_id", "error_file_id"))
    errors = value.get("errors")
    return Standing(
        batch=word(value.get("id")),
        state=state,
        has_ended=state in ENDED,
        files=tuple(file for file in files if is_id(file)),
        is_cut=state in CUT,
        problem=_problem(errors.get("data") if isinstance(errors, dict) else None),
    )


def _problem(errors: Any) -> str:
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return word(first.get("message"))


def _mark_of(value: Mapping[str, Any]) -> Any:
    metadata = value.get("metadata")
    return metadata.get(MARK) if isinstance(metadata, dict) else None


BATCHES = {operation: OpenAIBatches(endpoint) for operation, endpoint in ENDPOINTS.items()}
