"""Placeholders in an answer become the values that they stand for, before the application gets it.

Only answers of requests whose values were replaced pass through here. What the worker recorded, stored and
committed to has the placeholders; log probabilities keep them too.
"""

import msgspec

from routing.detection.passage import Passage, PassingText
from routing.detection.redaction import Placeholders, RestoringText

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
JSON_FORMATS = frozenset(("json_object", "json_schema"))


class Restoring:
    """One answer, whole or streamed."""

    def __init__(self, placeholders: Placeholders, *, json_content: bool) -> None:
        self._placeholders = placeholders
        self._json_content = json_content
        self._passages: dict[int, Passage] = {}

    def whole(self, payload: bytes) -> bytes:
        answer = _decode(payload)
        for choice in answer["choices"]:
            choice["message"] = self._passage().whole(choice["message"])
        return _encode(answer)

    def chunk(self, payload: bytes) -> bytes:
        """One chunk object. With a choice's finish comes all that was held of it."""
        chunk = _decode(payload)
        for choice in chunk.get("choices", ()):
            passage = self._passages.setdefault(choice.get("index", 0), self._passage())
            last = bool(choice.get("finish_reason"))
            choice["delta"] = passage.delta(choice.get("delta") or {}, last=last)
        return _encode(chunk)

    def _passage(self) -> Passage:
        return Passage(self._text, json_content=self._json_content)

    def _text(self, is_json: bool) -> PassingText:
        return RestoringText(self._placeholders, as_json=is_json)
