"""Who may call, held in memory: authentication costs a dictionary look-up and one hash."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from registry.core.subjects import of_caller

PREFIX_LENGTH = 12
SECRET_LENGTH = 43
TOKEN_LENGTH = len("sb-") + PREFIX_LENGTH + len("-") + SECRET_LENGTH
_TOKEN = re.compile(rf"\Asb-([a-z2-7]{{{PREFIX_LENGTH}}})-[A-Za-z0-9_-]{{{SECRET_LENGTH}}}\Z")
_NO_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class Consumer:
    """An API key with the application and team behind it. A `default_data_class` of None is the strictest."""

    key_id: str
    key_prefix: str
    key_sha256: str = field(repr=False)
    application: str
    application_id: str
    team: str
    team_id: str
    scopes: frozenset[str]
    clearance: str
    default_data_class: str | None
    requests_per_min: int | None
    tokens_per_min: int | None
    expires_at_us: int | None


@dataclass(frozen=True, slots=True)
class Directory:
    """All keys in use at one version: none that is revoked, or whose application or team is off.

    `suspended` are the subjects (registry.core.subjects) that must not be used; `cancelled` those of them of
    which calls in flight end too. A suspended key is still known: what it asks for is refused with a reason.
    """

    version: int
    by_prefix: Mapping[str, Consumer] = field(repr=False)
    suspended: frozenset[str] = frozenset()
    cancelled: frozenset[str] = frozenset()

    def authenticate(self, token: str, now_us: int) -> Consumer | None:
        """The consumer behind `token`, or None for whatever reason: the caller learns nothing from it.

        A prefix that is not known costs the same hash and comparison as one that is.
        """
        match = _TOKEN.match(token) if len(token) == TOKEN_LENGTH else None
        if match is None:
            return None
        consumer = self.by_prefix.get(match.group(1))
        expected = consumer.key_sha256 if consumer else _NO_HASH
        if not hmac.compare_digest(hash_token(token), expected) or consumer is None:
            return None
        if consumer.expires_at_us is not None and consumer.expires_at_us <= now_us:
            return None
        return consumer

    def suspended_caller(self, consumer: Consumer) -> str | None:
        """Which of the key, its application and its team is suspended; None where none is."""
        if not self.suspended:
            return None
        callers = of_caller(consumer.key_prefix, consumer.application, consumer.team)
        return next((each for each in callers if each in self.suspended), None)


def hash_token(token: str) -> str:
    """What is stored of a key. A plain hash is enough: the key holds 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
