"""Mistral's batch service: files as OpenAI's, and jobs in words of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from routing.adapters.batch_contract import Line, Standing
from routing.adapters.contract import PreparedRequest, Target
from routing.adapters.counts import part, word
from routing.adapters.failures import unreadable
from routing.adapters.openai_batches import ENDPOINTS, LISTED, MARK, OpenAIBatches, asked, id_of, is_id, read

CUT = ("FAILED", "TIMEOUT_EXCEEDED", "CANCELLED")
ENDED = ("SUCCESS", *CUT)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class MistralBatches(OpenAIBatches):
    """The model is the job's, not the lines'."""

    def worded(self, body: bytes) -> bytes:
        return _encode({name: value for name, value in _decode(body).items() if name != "model"})

    def create(self, lines: Sequence[Line], target: Target, *, file: str, mark: str) -> PreparedRequest:
        job = {
            "input_files": [file],
            "model": target.upstream_id,
            "endpoint": self.endpoint,
            "timeout_hours": 24,
            "metadata": {MARK: mark},
        }
        return asked("POST", target, "/batch/jobs", _encode(job))

    def standing(self, status: int, headers: Mapping[str, str], body: bytes) -> Standing:
        value = read(status, headers, body)
        id_of(value, status, headers, body)
        return _standing(value)

    def look(self, target: Target, batch: str) -> PreparedRequest:
        return asked("GET", target, f"/batch/jobs/{batch}")

    def cancel(self, target: Target, batch: str) -> PreparedRequest:
        return asked("POST", target, f"/batch/jobs/{batch}/cancel")

    def listing(self, target: Target) -> PreparedRequest | None:
        return asked("GET", target, "/batch/jobs", query=f"page_size={LISTED}")

    def marked(self, status: int, headers: Mapping[str, str], body: bytes, *, mark: str) -> Standing | None:
        found = read(status, headers, body).get("data") or []
        if not isinstance(found, list):
            raise unreadable(status, headers, body)
        mine = (each for each in found if isinstance(each, dict) and part(each, "metadata").get(MARK) == mark)
        return next((_standing(each) for each in mine if word(each.get("id"))), None)

    def _line(self, line: Line) -> dict[str, Any]:
        return {"custom_id": line.custom_id, "body": msgspec.Raw(line.body)}


def _standing(value: Mapping[str, Any]) -> Standing:
    state = word(value.get("status"))
    files = (word(value.get(name)) for name in ("output_file", "error_file"))
    return Standing(
        batch=word(value.get("id")),
        state=state,
        has_ended=state in ENDED,
        files=tuple(file for file in files if is_id(file)),
        is_cut=state in CUT,
    )


BATCHES = {operation: MistralBatches(endpoint) for operation, endpoint in ENDPOINTS.items()}
