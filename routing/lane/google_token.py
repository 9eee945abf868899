"""What a stored secret becomes before it is sent: the key of a Google service account becomes a token.

The token is signed here, for an hour and for Google Cloud's APIs alone, so that minting it takes no call and
the key itself never leaves the worker. Every other secret is sent as it is. Needs the extra `vertex`.
"""

import hashlib
import json
from threading import Lock
from typing import Any

from routing.adapters.contract import ProviderError
from routing.core.execution import FailureKind

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
MAX_ACCOUNTS = 100

_accounts: dict[bytes, Any] = {}  # digest of a key → its google-auth credentials, which know when to renew
_lock = Lock()


def access_token(secret: str) -> str:
    """The token for a service account's key, or `secret` itself where it is none.

    Kept until shortly before it expires. Signing takes about a millisecond, so call it off the event loop.
    Raises ProviderError where a key can't be used.
    """
    account = _service_account(secret)
    if account is None:
        return secret
    digest = hashlib.sha256(secret.encode()).digest()
    with _lock:
        credentials = _accounts.get(digest)
        if credentials is None:
            credentials = _credentials(account)
            if len(_accounts) >= MAX_ACCOUNTS:
                _accounts.clear()
            _accounts[digest] = credentials
        if not credentials.valid:
            _sign(credentials)
        return str(credentials.token)


def _service_account(secret: str) -> dict[str, Any] | None:
    if not secret.startswith("{"):
        return None
    try:
        value = json.loads(secret)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value.get("type") == "service_account" else None


def _credentials(account: dict[str, Any]) -> Any:
    try:
        from google.oauth2.service_account import Credentials
    except ImportError as error:
        raise _unusable(
            "A service account's key needs the extra: pip install 'signalbox[vertex]'."
        ) from error
    make: Any = Credentials.from_service_account_info  # it has no types
    try:
        return make(account, scopes=[SCOPE], always_use_jwt_access=True)
    except (ValueError, TypeError, KeyError) as error:
        raise _unusable("The credential is no usable key of a service account.") from error


def _sign(credentials: Any) -> None:
    from google.auth.exceptions import GoogleAuthError

    try:
        credentials.refresh(None)  # the request that it could be given is not used
    except GoogleAuthError as error:
        raise _unusable("No token can be made of the service account's key.") from error


def _unusable(message: str) -> ProviderError:
    return ProviderError(message, kind=FailureKind.AUTHENTICATION, retryable=False)
