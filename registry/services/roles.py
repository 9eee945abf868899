"""The roles, as groups. Who writes a change may propose it; others approve it, each in the areas they own."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from registry.models import Area

ADMIN = "admin"
POLICY_AUTHOR = "policy author"
APPROVER = "approver"
PLATFORM_APPROVER = "platform approver"
PRIVACY_OFFICER = "privacy officer"
FINANCE_APPROVER = "finance approver"
AUDITOR = "auditor"
ANSWER_REVIEWER = "answer reviewer"
TEAM_ADMIN = "team admin"
TEAM_MEMBER = "team member"

OUR_APPS = ("registry", "routing", "billing", "audit", "evaluation")
WRITES = ("add", "change", "delete")
GOVERNED = (
    "provider",
    "model",
    "modelversion",
    "checklistrule",
    "checklistitem",
    "rollbackplan",
    "deployment",
    "price",
    "dataclass",
    "certification",
    "matrixcell",
    "reviewrule",
)
PROPOSE = ("registry", "propose")
LIVE = ("team", "application", "apikey", "teammembership")
OF_TEAMS = (
    *(
        ("registry", model)
        for model in ("team", "application", "apikey", "teammembership", "dataclass", "model")
    ),
    *(("billing", model) for model in ("budget", "budgetalert", "ledgerentry")),
    *(("audit", model) for model in ("request", "attempt", "feedback")),
    *(("routing", model) for model in ("heldanswer", "batch", "storedfile")),
)
PRIVATE = (("audit", "view_content"), ("registry", "view_notice"))
SUSPEND = ("registry", "suspend")
PLAY = ("routing", "use_playground")
PURGE = ("routing", "purge_cache")
CANCEL = ("routing", "cancel_batch")


@dataclass(frozen=True, slots=True)
class Role:
    """`writes` are (app, model) pairs that the role may add, change and delete; "*" is every model of the app
    that has no history suffix. Every role may see everything but what is PRIVATE, of every team, unless it
    `sees` only some models, of the teams that the person is in. `extra` are (app, codename) pairs."""

    name: str
    writes: tuple[tuple[str, str], ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    sees: tuple[tuple[str, str], ...] = ()


ROLES = (
    Role(
        ADMIN,
        writes=(
            *(("registry", model) for model in (*GOVERNED, *LIVE, "credential", "user", "webhook")),
            ("billing", "budget"),
        ),
        extra=(
            *(PROPOSE, SUSPEND, PLAY, PURGE, CANCEL),
            *(("registry", "break_glass"), ("registry", "view_notice")),
        ),
    ),
    Role(
        POLICY_AUTHOR,
        writes=(*(("registry", model) for model in GOVERNED), ("routing", "*"), ("evaluation", "*")),
        extra=(PROPOSE, SUSPEND, PLAY, PURGE),
    ),
    Role(APPROVER, extra=(SUSPEND, *(("registry", f"approve_{area.value}") for area in Area))),
    Role(PLATFORM_APPROVER, extra=(("registry", "approve_platform"),)),
    Role(PRIVACY_OFFICER, extra=(("registry", "approve_privacy"), PURGE)),
    Role(FINANCE_APPROVER, extra=(("registry", "approve_finance"),)),
    Role(
        AUDITOR, extra=(("audit", "export_register"), ("audit", "view_content"), ("registry", "view_notice"))
    ),
    Role(
        ANSWER_REVIEWER,
        extra=(("routing", "review_answers"),),
        sees=(*(("audit", model) for model in ("request", "attempt")), ("routing", "heldanswer")),
    ),
    Role(
        TEAM_ADMIN,
        extra=(
            CANCEL,
            ("registry", "change_team"),
            *(
                ("registry", f"{verb}_{model}")
                for verb in ("add", "change")
                for model in ("application", "apikey")
            ),
            ("billing", "add_budget"),
            ("billing", "change_budget"),
        ),
        sees=OF_TEAMS,
    ),
    Role(TEAM_MEMBER, sees=OF_TEAMS),
)


@transaction.atomic
def seed() -> None:
    """Make the groups, and give each exactly the permissions of its role among those that exist."""
    for role in ROLES:
        group, _ = Group.objects.get_or_create(name=role.name)
        group.permissions.set(permissions_of(role))


def permissions_of(role: Role) -> Iterable[Permission]:
    wanted = _seen(role)
    for app, model in role.writes:
        if model == "*":
            every = Q(content_type__app_label=app) & ~Q(content_type__model__startswith="historical")
            codenames = Q()
            for verb in WRITES:
                codenames |= Q(codename__startswith=f"{verb}_")
            wanted |= every & codenames
        else:
            names = [f"{verb}_{model}" for verb in WRITES]
            wanted |= Q(content_type__app_label=app, content_type__model=model, codename__in=names)
    for app, codename in role.extra:
        wanted |= Q(content_type__app_label=app, codename=codename)
    return Permission.objects.filter(wanted)


def _seen(role: Role) -> Q:
    if not role.sees:
        every = Q(content_type__app_label__in=(*OUR_APPS, "auth"), codename__startswith="view_")
        for app, codename in PRIVATE:
            every &= ~Q(content_type__app_label=app, codename=codename)
        return every | Q(content_type__app_label="registry", codename="every_team")
    seen = Q()
    for app, model in role.sees:
        seen |= Q(content_type__app_label=app, codename=f"view_{model}")
    return seen
