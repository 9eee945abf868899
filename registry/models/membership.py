"""Who belongs to which team, and as what."""

from django.conf import settings
from django.db import models

from registry.history import tracked
from registry.models.base import Governed
from registry.models.consumers import Team


class TeamRole(models.TextChoices):
    ADMIN = "admin", "Administers the team"
    MEMBER = "member", "Member"
    VIEWER = "viewer", "Looks on"


class TeamMembership(Governed):
    """A person's part in a team. Live: it narrows what the rights of the person's roles reach, at once.

    Whoever has the right to every team (see registry.services.roles) needs none.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="team_memberships"
    )
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=TeamRole, default=TeamRole.MEMBER)

    history = tracked()

    class Meta:
        ordering = ["team__name", "user__username"]
        constraints = [
            models.UniqueConstraint(fields=["user", "team"], name="team_membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"
