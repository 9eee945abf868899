"""Single sign-on and second factors need their apps from the start, so these tests run in a process of their
own: tests/signalbox/test_sso.py starts it."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from identity_provider import IdentityProvider

from registry.services import roles

collect_ignore_glob = [] if settings.SSO.enabled else ["test_*.py"]


@pytest.fixture(scope="session")
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider(settings.SSO.issuer) as provider:
        yield provider


@pytest.fixture(autouse=True)
def _ready(db: None, provider: IdentityProvider) -> None:
    cache.clear()  # what the limits on sign-ins have counted
    provider.claims = {"sub": "1", "preferred_username": "ann", "groups": ["sb-approvers"]}
    roles.seed()
