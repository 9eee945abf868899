"""Signatures that a request needs, made as it leaves: AWS's SigV4, by botocore (extra `bedrock`).

The credential is `ACCESS_KEY_ID:SECRET_ACCESS_KEY`, with `:SESSION_TOKEN` behind it where there is one, or a
JSON object of `access_key_id`, `secret_access_key`, `session_token` and `region`, whose names may be written
as AWS's own tools write them (`AccessKeyId`). The region is that of the endpoint's host, where it names one.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from msgspec.structs import replace

from routing.adapters.contract import PreparedRequest, ProviderError, Signing
from routing.core.execution import FailureKind

SIGV4 = "sigv4"
EXTRA_MISSING = "Signing requests for AWS needs the extra: pip install 'signalbox[bedrock]'."
_NAMES = {"accesskeyid": "key_id", "secretaccesskey": "secret", "sessiontoken": "token", "region": "region"}


@dataclass(frozen=True, slots=True)
class AccessKey:
    key_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    region: str = ""


def unusable_quirks() -> Mapping[str, str]:
    """Quirk → why no endpoint can have it in this installation."""
    return {} if find_spec("botocore") else {SIGV4: EXTRA_MISSING}


async def signed(prepared: PreparedRequest) -> PreparedRequest:
    """`prepared` with its signature in its headers; itself where it needs none.

    Off the event loop, since the body is hashed. Raises ProviderError where it can't be signed.
    """
    if prepared.signing is None:
        return prepared
    signer = _SIGNERS.get(prepared.signing.scheme)
    if signer is None:
        raise _unusable(f"There is no signature of the scheme {prepared.signing.scheme}.")
    headers = await asyncio.to_thread(signer, prepared, prepared.signing)
    return replace(prepared, headers=headers, signing=None)


def access_key(credential: str) -> AccessKey:
    """The access key in a credential's text. Raises ProviderError where it holds none."""
    if credential.lstrip().startswith("{"):
        key = AccessKey(**_from_json(credential))
    else:
        key_id, _, rest = credential.strip().partition(":")
        secret, _, token = rest.partition(":")
        key = AccessKey(key_id, secret, token)
    if not key.key_id or not key.secret:
        raise _unusable("The credential is no access key of AWS: write ACCESS_KEY_ID:SECRET_ACCESS_KEY.")
    return key


def _from_json(text: str) -> dict[str, str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    found = {"key_id": "", "secret": ""}
    for name, said in value.items() if isinstance(value, dict) else ():
        ours = _NAMES.get(name.replace("_", "").lower())
        if ours and isinstance(said, str):
            found[ours] = said
    return found


def _sigv4(prepared: PreparedRequest, signing: Signing) -> Mapping[str, str]:
    """The headers with `authorization` and `x-amz-date`. What is signed is the URL as it goes out."""
    try:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
        from yarl import URL  # which writes the path of every call of the transport's
    except ImportError as error:
        raise _unusable(EXTRA_MISSING) from error
    key = access_key(signing.credential)
    region = signing.region or key.region
    if not region:
        raise _unusable("The endpoint's host names no region of AWS; write one into the credential.")
    request: Any = AWSRequest(
        method=prepared.method, url=str(URL(prepared.url)), data=prepared.body, headers=dict(prepared.headers)
    )
    credentials = Credentials(key.key_id, key.secret, key.token or None)
    SigV4Auth(credentials, signing.service, region).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


def _unusable(message: str) -> ProviderError:
    return ProviderError(message, kind=FailureKind.AUTHENTICATION, retryable=False)


_SIGNERS: dict[str, Callable[[PreparedRequest, Signing], Mapping[str, str]]] = {SIGV4: _sigv4}
