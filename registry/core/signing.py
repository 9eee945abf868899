"""Signatures of what is posted to webhooks, as Standard Webhooks 1.0 has them. Pure.

The signed text is `<id>.<seconds since 1970>.<body>`; the signature header is `v1,<base64 of HMAC-SHA-256>`,
and may hold several by spaces while a secret is replaced. A secret is shown as `whsec_<base64>`.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from hashlib import sha256

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"
SECRET_PREFIX = "whsec_"  # noqa: S105  (what a secret begins with)
SECRET_BYTES = 32
TOLERANCE_S = 300
MAX_SIGNATURES = 10


def as_text(secret: bytes) -> str:
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def as_bytes(secret: str) -> bytes:
    """Raises ValueError where the text is no secret of ours."""
    if not secret.startswith(SECRET_PREFIX):
        raise ValueError(f"a webhook's secret begins with {SECRET_PREFIX}")
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("the secret is not base64") from error


def headers(*, secret: str, message_id: str, at_s: int, body: bytes) -> dict[str, str]:
    """What goes with `body`."""
    signature = f"v1,{_signature(secret, message_id, str(at_s), body)}"
    return {ID_HEADER: message_id, TIMESTAMP_HEADER: str(at_s), SIGNATURE_HEADER: signature}


def verified(*, secret: str, given: Mapping[str, str], body: bytes, now_s: int) -> bool:
    """Whether whoever holds the secret sent `body`, within TOLERANCE_S of now. For receivers, and tests."""
    message_id, at = given.get(ID_HEADER, ""), given.get(TIMESTAMP_HEADER, "")
    if not message_id or not at.isdecimal() or abs(now_s - int(at)) > TOLERANCE_S:
        return False
    expected = _signature(secret, message_id, at, body)
    found = given.get(SIGNATURE_HEADER, "").split(" ")[:MAX_SIGNATURES]
    return any(hmac.compare_digest(one, f"v1,{expected}") for one in found)


def _signature(secret: str, message_id: str, at: str, body: bytes) -> str:
    signed = f"{message_id}.{at}.".encode() + body
    return base64.b64encode(hmac.digest(as_bytes(secret), signed, sha256)).decode()
