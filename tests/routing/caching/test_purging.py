"""Who may throw answers away, and what is on record of it."""

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from registry.errors import ReasonMissing
from registry.models import User
from routing.errors import CacheUnreachable, NothingToPurge, PurgeNotPermitted
from routing.models import CachePurge, Policy
from routing.services import caches


@pytest.fixture
def officer(db: None) -> User:
    user = User.objects.create_user("ann", is_staff=True)
    codes = ("purge_cache", "view_cachepurge")
    user.user_permissions.add(*Permission.objects.filter(codename__in=codes))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def server(valkey: str, settings: LazySettings) -> str:
    settings.REDIS_URL = valkey
    return valkey


def test_a_purge_is_on_record(officer: User, server: str) -> None:
    Policy.objects.create(name="drafts")
    done = caches.purge(scope="policy", target="drafts", reason="A wrong answer.", actor=officer)
    data = Entry.objects.get(event_type="cache.purged").data
    assert (data["scope"], data["target"], data["reason"]) == ("policy", "drafts", "A wrong answer.")
    assert data["actor"]["name"] == done.purged_by_name == "ann"


@pytest.mark.parametrize(
    ("scope", "target", "reason", "error"),
    [
        ("all", "", " ", ReasonMissing),
        ("policy", "nobody's", "Why.", NothingToPurge),
        ("application", "nobody's", "Why.", NothingToPurge),
        ("version", "m@1", "Why.", NothingToPurge),
        ("end_user", "bob", "Why.", NothingToPurge),
    ],
)
def test_what_says_nothing_is_refused(
    officer: User, server: str, scope: str, target: str, reason: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        caches.purge(scope=scope, target=target, reason=reason, actor=officer)
    assert not Entry.objects.filter(event_type="cache.purged").exists()


def test_it_takes_the_permission(db: None, server: str) -> None:
    with pytest.raises(PurgeNotPermitted):
        caches.purge(scope="all", target="", reason="Why.", actor=User.objects.create_user("bob"))


def test_what_can_not_be_done_is_not_recorded(officer: User, settings: LazySettings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with pytest.raises(CacheUnreachable):
        caches.purge(scope="all", target="", reason="Why.", actor=officer)
    assert not CachePurge.objects.exists()


def test_the_admin_purges_by_a_form(officer: User, server: str, client: Client) -> None:
    client.force_login(officer)
    url = reverse("admin:routing_cachepurge_add")
    assert client.get(url).status_code == 200
    client.post(url, {"what": "all:", "reason": "Everything is wrong."})
    assert CachePurge.objects.get().reason == "Everything is wrong."
    assert client.get(reverse("admin:routing_cachepurge_changelist")).status_code == 200


def test_the_admin_says_why_it_could_not(officer: User, settings: LazySettings, client: Client) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    client.force_login(officer)
    url = reverse("admin:routing_cachepurge_add")
    answer = client.post(url, {"what": "all:", "reason": "Everything is wrong."}, follow=True)
    assert b"Valkey can" in answer.content
