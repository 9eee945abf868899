"""What people may do, and every change of it, in the register: `role.changed` and `user.*`.

Groups, permissions and users are Django's own tables: forms, single sign-on, commands and a shell all write
them, and no service of ours stands before them. So the tables themselves are listened to, and no door can be
forgotten. The entry is written in the transaction of the change.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete
from simple_history.models import HistoricalRecords
from simple_history.signals import post_create_historical_record

from audit.actors import actor
from audit.differences import Words
from audit.services import entries
from registry.models import User

GAINED, LOST, CLEARED = "post_add", "post_remove", "pre_clear"
KINDS = {"+": "user.created", "~": "user.changed", "-": "user.deleted"}
MAX_NAMED = 200  # of one change; the number is told in any case
UID = "registry.rights"


def install() -> None:
    for through in (User.groups.through, User.user_permissions.through, Group.permissions.through):
        m2m_changed.connect(granted, sender=through, dispatch_uid=f"{UID}.{through.__name__}")
    history_model = User.history.model  # type: ignore[attr-defined]
    post_create_historical_record.connect(changed, sender=history_model, dispatch_uid=UID)
    post_delete.connect(group_deleted, sender=Group, dispatch_uid=UID)


def current_user() -> Any:
    """Whoever is signed in to the request that is being answered; None outside of one."""
    request = getattr(HistoricalRecords.context, "request", None)
    return getattr(request, "user", None)


def granted(
    sender: Any, instance: Model, action: str, reverse: bool, model: type[Model], pk_set: Any, **kwargs: Any
) -> None:
    """Roles of a person, rights of a person or of a role: what was given or taken, from either side."""
    if action not in (GAINED, LOST, CLEARED):
        return
    if action == CLEARED:
        others = list(_held(sender, instance, model))
    else:
        others = list(model._base_manager.filter(pk__in=pk_set or ()))
    pairs = [(other, [instance]) for other in others] if reverse else [(instance, others)]
    for holder, things in pairs:
        if things:
            _record_grant(holder, things, gained=action == GAINED)


def group_deleted(sender: Any, instance: Group, **kwargs: Any) -> None:
    says = f"The role {instance.name} was deleted."
    told = {"holder": _holder(instance), "gained": [], "lost": [], "says": says}
    entries.record("role.changed", {"actor": actor(current_user()), **told})


def changed(sender: Any, instance: User, history_instance: Any, **kwargs: Any) -> None:
    """A person's row was made, changed or deleted; saved without a difference it tells nothing."""
    kind = KINDS[history_instance.history_type]
    before = history_instance.prev_record if kind == "user.changed" else None
    says = Words().differences(before, history_instance)
    if kind == "user.changed" and not says:
        return
    who = history_instance.history_user or current_user()
    told = {"user": instance.username, "says": says, "superuser": instance.is_superuser}
    entries.record(kind, {"actor": actor(who), **told, "active": instance.is_active})


def password_set(user: User) -> None:
    """That a password was set, never what it is."""
    told = {"user": user.username, "own": current_user() == user}
    entries.record("user.password_set", {"actor": actor(current_user()), **told})


class RecordedPasswords:
    """A password validator that refuses nothing: Django tells validators of every password that was set."""

    def validate(self, password: str, user: Any = None) -> None:
        """Every password is fine here."""

    def password_changed(self, password: str, user: Any = None) -> None:
        if isinstance(user, User):
            password_set(user)

    def get_help_text(self) -> str:
        return ""


def _held(through: Any, instance: Model, model: type[Model]) -> Any:
    """What `instance` has of `model` in the table `through`, before it is cleared."""
    mine = next(one for one in through._meta.fields if one.related_model is type(instance))
    theirs = next(one for one in through._meta.fields if one.related_model is model)
    rows = through._base_manager.filter(**{mine.attname: instance.pk})
    return model._base_manager.filter(pk__in=rows.values(theirs.attname))


def _record_grant(holder: Model, things: list[Model], *, gained: bool) -> None:
    names = sorted(_name(thing) for thing in things)
    what = "role" if isinstance(things[0], Group) else "right"
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    verb = "has now" if gained else "no longer has"
    subject = f"The role {holder}" if isinstance(holder, Group) else str(holder)
    says = f"{subject} {verb} the {what}{'s' if len(names) > 1 else ''} {shown}."
    told = {"gained": names[:MAX_NAMED] if gained else [], "lost": [] if gained else names[:MAX_NAMED]}
    body = {"holder": _holder(holder), "what": what, "count": len(names), **told, "says": says}
    entries.record("role.changed", {"actor": actor(current_user()), **body})


def _holder(holder: Model) -> dict[str, str]:
    return {"kind": "role" if isinstance(holder, Group) else "user", "name": str(holder)}


def _name(thing: Model) -> str:
    if isinstance(thing, Permission):
        kind = ContentType.objects.get_for_id(
            thing.content_type_id
        )  # kept in memory: a role has a hundred rights
        return f"{kind.app_label}.{thing.codename}"
    return str(thing)
