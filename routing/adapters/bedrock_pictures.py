"""Pictures at Bedrock, by InvokeModel: Amazon's own models (Nova Canvas, Titan) and Stability's.

No usage is told: pictures are paid by their number.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from routing.adapters import bedrock, bedrock_errors
from routing.adapters.contract import Operation, PreparedRequest, ProviderError, Target, Usage
from routing.adapters.counts import word
from routing.adapters.fields import Fields
from routing.adapters.pictures import JPEG, PNG, WEBP, Pictures, filtered

STABILITY = "stability."
MOST_OF_AMAZON = 5  # at once
_QUALITIES = ("standard", "premium")
_SIZE = re.compile(r"(\d{2,4})x(\d{2,4})")
_STABILITY_SHAPES: Mapping[str, str] = {
    "1024x1024": "1:1",
    "1536x640": "21:9",
    "640x1536": "9:21",
    "1344x768": "16:9",
    "768x1344": "9:16",
    "1216x832": "3:2",
    "832x1216": "2:3",
    "1088x896": "5:4",
    "896x1088": "4:5",
}


class BedrockPictures(Pictures):
    """Bedrock does not report which model answered."""

    def most_of(self, target: Target) -> int:
        return 1 if STABILITY in target.upstream_id else MOST_OF_AMAZON

    def ask(self, prompt: str, n: int, fields: Fields, target: Target) -> PreparedRequest:
        stability = STABILITY in target.upstream_id
        body = _stability(prompt, fields) if stability else _amazon(prompt, n, fields)
        return bedrock.asked(target, "invoke", body)

    def read(self, request: Mapping[str, Any], answer: dict[str, Any]) -> tuple[Sequence[str], Usage]:
        """Of several pictures a filter may take some; where it takes all, it says so."""
        pictures = answer.get("images") or []
        reasons = answer.get("finish_reasons") or [None] * len(pictures)
        let_through = [
            picture for picture, why in zip(pictures, reasons, strict=True) if picture and why is None
        ]
        if let_through:
            amazon = "finish_reasons" not in answer
            quality = next((each for each in _QUALITIES if amazon and request.get("quality") == each), "")
            return let_through, Usage(picture_quality=quality)
        why = word(answer.get("error")) or next((word(each) for each in reasons if each), "")
        if why or "images" in answer:
            raise filtered(why)
        raise KeyError("images")

    def parse_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return bedrock_errors.parse_error(status, headers, body)


def _amazon(prompt: str, n: int, fields: Fields) -> dict[str, Any]:
    wanted: dict[str, Any] = {"numberOfImages": n}
    size = fields.take("size")
    if size is not None and (found := _SIZE.fullmatch(size)):
        wanted["width"], wanted["height"] = int(found.group(1)), int(found.group(2))
    elif size is not None:
        fields.refuse("size")
    if (quality := fields.take("quality")) in _QUALITIES:
        wanted["quality"] = quality
    elif quality is not None:
        fields.refuse("quality")
    if fields.take("output_format") not in (None, PNG):
        fields.refuse("output_format")
    if (seed := fields.take("seed")) is not None:
        wanted["seed"] = seed
    return {
        "taskType": "TEXT_IMAGE",
        "textToImageParams": {"text": prompt},
        "imageGenerationConfig": wanted,
    }


def _stability(prompt: str, fields: Fields) -> dict[str, Any]:
    body: dict[str, Any] = {"prompt": prompt, "mode": "text-to-image"}
    if (size := fields.take("size")) in _STABILITY_SHAPES:
        body["aspect_ratio"] = _STABILITY_SHAPES[size]
    elif size is not None:
        fields.refuse("size")
    if (kind := fields.take("output_format")) in (PNG, JPEG, WEBP):
        body["output_format"] = kind
    if (seed := fields.take("seed")) is not None:
        body["seed"] = seed
    return body


OPERATIONS: Mapping[str, Operation] = {"images": BedrockPictures()}
