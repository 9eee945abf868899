"""What a chat request holds beside text: pictures, documents and sound."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from routing.api.wire_types import AudioPart, ChatRequest, FilePart, ImagePart
from routing.errors import InvalidRequest

_DATA_URI = re.compile(r"data:(image/[a-z0-9.+-]{1,64});base64,", re.IGNORECASE)


@dataclass(slots=True)
class Media:
    """How many images and documents there are, how many bytes of the body are media, and whether there is
    audio."""

    images: int = 0  # a document is one: it is read as pictures of its pages
    documents: int = 0
    size_bytes: int = 0
    audio: bool = False


def media_of(typed: ChatRequest) -> Media:
    """Raises InvalidRequest for a picture that is none."""
    media = Media(audio="audio" in (typed.modalities or ()))
    for path, part in _parts(typed):
        if isinstance(part, ImagePart):
            media.images += 1
            media.size_bytes += check_image(part.image_url.url, f"{path}.image_url.url")
        elif isinstance(part, AudioPart):
            media.audio = True
            media.size_bytes += len(part.input_audio.data)
        elif isinstance(part, FilePart):
            media.images += 1
            media.documents += not str(part.file.get("file_data")).startswith("data:text/")
    return media


def _parts(typed: ChatRequest) -> Iterator[tuple[str, Any]]:
    """Each part of each message, with its path: also the pictures that a model made in its turn."""
    for position, message in enumerate(typed.messages):
        for name in ("content", "images"):
            parts = getattr(message, name, None)
            if parts and not isinstance(parts, str):
                for place, part in enumerate(parts):
                    yield f"messages[{position}].{name}[{place}]", part


def check_image(url: str, param: str) -> int:
    """The length of a valid image URL. Pictures come by https, http or as base64 in a data URI."""
    if url.startswith(("https://", "http://")):
        if len(url) > 8192 or not url.isprintable() or " " in url:
            raise InvalidRequest(
                f"Invalid '{param}': the URL is too long or holds characters that a URL can't.", param
            )
        return 0
    head = _DATA_URI.match(url)
    if not head:
        raise InvalidRequest(f"Invalid '{param}': expected an http(s) URL or 'data:image/…;base64,…'.", param)
    try:
        picture = binascii.a2b_base64(url[head.end() :], strict_mode=True)
    except ValueError:  # binascii.Error, and text that is not ASCII
        message = f"Invalid '{param}': the base64 data of the image can't be read."
        raise InvalidRequest(message, param) from None
    if not picture:
        raise InvalidRequest(f"Invalid '{param}': the image is empty.", param)
    return len(url)
