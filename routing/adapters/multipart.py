"""A form with a file (RFC 7578), or a file after what is said of it (RFC 2387), as bytes."""

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


def related(told: bytes, *, kind: str, data: bytes) -> tuple[bytes, str]:
    """As `encoded`: JSON of the file, then the file."""
    boundary = f"signalbox-{hashlib.sha256(data).hexdigest()[:32]}"
    mark = f"--{boundary}\r\nContent-Type: "
    head = f"{mark}application/json; charset=utf-8\r\n\r\n".encode()
    between = f"\r\n{mark}{kind}\r\n\r\n".encode()
    body = b"".join((head, told, between, data, f"\r\n--{boundary}--\r\n".encode()))
    return body, f"multipart/related; boundary={boundary}"
