"""Throwing away answers that are kept, at once and for every process."""

import redis
from django.conf import settings
from django.db import transaction

from audit.services import entries
from registry.errors import ReasonMissing
from registry.models import Application, ModelVersion, User
from routing.caching import store
from routing.errors import CacheUnreachable, NothingToPurge, PurgeNotPermitted
from routing.models import CachePurge, Policy, PurgeScope
from routing.models.cache import MAX_REASON_CHARS

PERMISSION = "routing.purge_cache"
TIMEOUT_S = 5.0


@transaction.atomic
def purge(*, scope: str, target: str, reason: str, actor: User) -> CachePurge:
    """None of these answers is given again, nor one that is on its way; and it is on record who said so.

    `target` is the name of an application or a policy, or “model@version”; "" for everything. Raises
    PurgeNotPermitted, ReasonMissing, NothingToPurge, and CacheUnreachable where it could not be done.
    """
    if not actor.is_active or not actor.has_perm(PERMISSION):
        raise PurgeNotPermitted
    reason = reason.strip()[:MAX_REASON_CHARS]
    if not reason:
        raise ReasonMissing
    removed = _thrown_away(_tag(scope, target))
    told = {"scope": scope, "target": target, "reason": reason, "removed": removed}
    entries.record("cache.purged", {"actor": entries.actor_of(actor), **told})
    return CachePurge.objects.create(**told, purged_by=actor, purged_by_name=actor.get_username())


def _tag(scope: str, target: str) -> str:
    if scope == PurgeScope.EVERYTHING:
        return store.EVERYTHING
    if scope == PurgeScope.APPLICATION:
        found = Application.objects.filter(name=target).first()
        if found is not None:
            return store.application_tag(str(found.pk))
    if scope == PurgeScope.POLICY and Policy.objects.filter(name=target).exists():
        return store.policy_tag(target)
    if scope == PurgeScope.VERSION:
        model, _, version = target.rpartition("@")
        if ModelVersion.objects.filter(model__name=model, name=version).exists():
            return store.version_tag(model, version)
    raise NothingToPurge


def _thrown_away(tag: str) -> int:
    options = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, **options) as client:
            return store.purge(client, tag)
    except redis.RedisError as error:
        raise CacheUnreachable from error
