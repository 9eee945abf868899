"""Who reaches which team's rows: see audit.scopes, which every door asks."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.db.models import Q

from audit import scopes
from audit.scopes import Reach
from registry.models import ApiKey, Application, Notice, Team, TeamMembership, TeamRole

EVERY_TEAM = "registry.every_team"
MAX_TEAMS = 1_000  # that one person is in; the further ones are out of reach


def reach(person: AbstractBaseUser | AnonymousUser) -> Reach:
    """Everything for who has the right to every team; else the teams that the person is in."""
    if not isinstance(person, PermissionsMixin) or not person.is_active:
        return Reach()
    if person.has_perm(EVERY_TEAM):
        return Reach(everything=True, user_id=person.pk)
    rows = list(TeamMembership.objects.filter(user_id=person.pk).select_related("team")[:MAX_TEAMS])
    return Reach(
        user_id=person.pk,
        teams={row.team_id: row.team.name for row in rows},
        administered=frozenset(row.team_id for row in rows if row.role == TeamRole.ADMIN),
    )


def own(reach: Reach) -> Q:
    return Q(user_id=reach.user_id)


def install() -> None:
    scopes.set_source(reach)
    scopes.register(Team, scopes.by_team("pk"))
    scopes.register(Application, scopes.by_team("team"))
    scopes.register(ApiKey, scopes.by_team("application__team"))
    scopes.register(TeamMembership, scopes.by_team("team"))
    scopes.register(Notice, own)
