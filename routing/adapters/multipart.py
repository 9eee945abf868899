"""A form with a file, as bytes (RFC 7578)."""

import hashlib
from collections.abc import Iterable

_UNSAFE = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


def encoded(
    fields: Iterable[tuple[str, str]], *, name: str, filename: str, kind: str, data: bytes
) -> tuple[bytes, str]:
    """(body, content type). The boundary follows from the data, so that equal forms have equal bytes."""
    boundary = f"signalbox-{hashlib.sha256(data).hexdigest()[:32]}"
    mark = f"--{boundary}\r\nContent-Disposition: form-data; name="
    parts = [f'{mark}"{field.translate(_UNSAFE)}"\r\n\r\n{value}\r\n'.encode() for field, value in fields]
    head = f'{mark}"{name}"; filename="{filename.translate(_UNSAFE)}"\r\nContent-Type: {kind}\r\n\r\n'
    body = b"".join((*parts, head.encode(), data, f"\r\n--{boundary}--\r\n".encode()))
    return body, f"multipart/form-data; boundary={boundary}"
