"""Pictures at Google: Imagen's by `predict`, those of Gemini's own models by `generateContent`.

Both know shapes instead of sizes: a size that a model makes is asked for by its shape, any other is listed as
unsupported.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from routing.adapters import gemini, vertex
from routing.adapters.contract import Operation, PreparedRequest, ProviderError, Target, Usage
from routing.adapters.counts import part, word
from routing.adapters.fields import Fields
from routing.adapters.gemini_answer import read_usage
from routing.adapters.pictures import JPEG, PNG, Pictures, filtered

IMAGEN = "imagen"
MOST_OF_IMAGEN = 4  # at once
# It said something else instead, or nothing: asked again it may not.
_WITHOUT_FAULT = frozenset(("NO_IMAGE", "STOP", "MAX_TOKENS", "IMAGE_OTHER", "OTHER", ""))
_IMAGEN_SHAPES: Mapping[str, tuple[str, str]] = {
    "1024x1024": ("1:1", "1K"),
    "896x1280": ("3:4", "1K"),
    "1280x896": ("4:3", "1K"),
    "768x1408": ("9:16", "1K"),
    "1408x768": ("16:9", "1K"),
    "2048x2048": ("1:1", "2K"),
    "1792x2560": ("3:4", "2K"),
    "2560x1792": ("4:3", "2K"),
    "1536x2816": ("9:16", "2K"),
    "2816x1536": ("16:9", "2K"),
}
_GEMINI_SHAPES: Mapping[str, str] = {
    "1024x1024": "1:1",
    "832x1248": "2:3",
    "1248x832": "3:2",
    "864x1184": "3:4",
    "1184x864": "4:3",
    "896x1152": "4:5",
    "1152x896": "5:4",
    "768x1344": "9:16",
    "1344x768": "16:9",
    "1536x672": "21:9",
}


class GooglePictures(Pictures):
    """`bearer` says of a target whether its credential goes as a bearer token."""

    def __init__(self, bearer: Callable[[Target], bool]) -> None:
        self._bearer = bearer

    def most_of(self, target: Target) -> int:
        return MOST_OF_IMAGEN if _is_imagen(target) else 1

    def ask(self, prompt: str, n: int, fields: Fields, target: Target) -> PreparedRequest:
        if _is_imagen(target):
            method, body = "predict", _imagen(prompt, n, fields)
        else:
            method, body = "generateContent", _gemini(prompt, fields)
        return gemini.asked(target, method, body, bearer=self._bearer(target))

    def read(self, request: Mapping[str, Any], answer: dict[str, Any]) -> tuple[Sequence[str], Usage]:
        if "candidates" in answer or "promptFeedback" in answer:
            return _of_candidates(answer)
        return _of_predictions(answer)

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return gemini.DIALECT.parse_error(status, headers, body)


def _is_imagen(target: Target) -> bool:
    return target.upstream_id.startswith(IMAGEN)


def _imagen(prompt: str, n: int, fields: Fields) -> dict[str, Any]:
    parameters: dict[str, Any] = {"sampleCount": n, "includeRaiReason": True}
    if (size := fields.take("size")) in _IMAGEN_SHAPES:
        parameters["aspectRatio"], parameters["sampleImageSize"] = _IMAGEN_SHAPES[size]
    elif size is not None:
        fields.refuse("size")
    if (kind := fields.take("output_format")) in (PNG, JPEG):
        parameters["outputOptions"] = {"mimeType": f"image/{kind}"}
    elif kind is not None:
        fields.refuse("output_format")
    if kind == JPEG and (quality := fields.take("output_compression")) is not None:
        parameters["outputOptions"]["compressionQuality"] = quality
    return {"instances": [{"prompt": prompt}], "parameters": parameters}


def _gemini(prompt: str, fields: Fields) -> dict[str, Any]:
    wanted: dict[str, Any] = {"responseModalities": ["IMAGE"]}
    if (size := fields.take("size")) in _GEMINI_SHAPES:
        wanted["imageConfig"] = {"aspectRatio": _GEMINI_SHAPES[size]}
    elif size is not None:
        fields.refuse("size")
    if fields.take("output_format") not in (None, PNG):
        fields.refuse("output_format")
    return {"contents": [{"role": "user", "parts": [{"text": prompt}]}], "generationConfig": wanted}


def _of_predictions(answer: Mapping[str, Any]) -> tuple[Sequence[str], Usage]:
    """Imagen tells no usage; where a filter let none through it says so, or says nothing at all."""
    predictions = answer["predictions"] if answer else []
    pictures = [each["bytesBase64Encoded"] for each in predictions if "bytesBase64Encoded" in each]
    if not pictures:
        raise filtered(next((word(each.get("raiFilteredReason")) for each in predictions), ""))
    return pictures, Usage()


def _of_candidates(answer: Mapping[str, Any]) -> tuple[Sequence[str], Usage]:
    usage = read_usage(part(answer, "usageMetadata"))
    candidates = answer.get("candidates") or []
    parts = [piece for each in candidates for piece in part(each, "content").get("parts") or []]
    pictures = [piece["inlineData"]["data"] for piece in parts if "inlineData" in piece]
    if pictures:
        return pictures, usage
    if blocked := word(part(answer, "promptFeedback").get("blockReason")):
        raise filtered(f"The provider blocked the request: {blocked}.")
    ended = word(candidates[0].get("finishReason"))
    why = word(candidates[0].get("finishMessage")) or f"No picture was made: {ended or 'without a reason'}."
    if ended in _WITHOUT_FAULT:
        raise ProviderError(why, kind="error", retryable=True, status=200, code=ended)
    raise filtered(why)


GEMINI: Mapping[str, Operation] = {"images": GooglePictures(gemini.by_bearer)}
VERTEX: Mapping[str, Operation] = {"images": GooglePictures(vertex.by_bearer)}
