"""Who belongs to which team. It takes effect with the person's next request."""

from django.db import transaction

from audit.services import entries
from registry.models import Team, TeamMembership, TeamRole, User

MAX_ADMINISTRATORS = 100


@transaction.atomic
def save(*, actor: User | None, membership: TeamMembership) -> TeamMembership:
    """Write a new or changed membership; raises ValidationError."""
    before = TeamMembership.objects.filter(pk=membership.pk).values_list("role", flat=True).first()
    membership.full_clean()
    membership._history_user = actor
    membership.save()
    _record(actor, membership, before or "", membership.role)
    return membership


@transaction.atomic
def remove(*, actor: User | None, membership: TeamMembership) -> None:
    membership._history_user = actor
    _record(actor, membership, membership.role, "")
    membership.delete()


def administrators(*, team: Team | None) -> list[User]:
    """The active people who administer `team`; nobody where there is none."""
    if team is None:
        return []
    people = User.objects.filter(
        is_active=True, team_memberships__team=team, team_memberships__role=TeamRole.ADMIN
    )
    return list(people.order_by("username")[:MAX_ADMINISTRATORS])


def _record(actor: User | None, membership: TeamMembership, before: str, after: str) -> None:
    name, team = membership.user.username, membership.team.name
    if not after:
        says = f"{name} no longer belongs to the team {team}."
    elif not before:
        says = f"{name} belongs to the team {team} now: {TeamRole(after).label.lower()}."
    else:
        says = f"{name} has another part in the team {team}: {TeamRole(after).label.lower()}."
    told = {"user": name, "team": team, "before": str(before), "after": str(after), "says": says}
    entries.record("role.changed", {"actor": entries.actor_of(actor), **told})
