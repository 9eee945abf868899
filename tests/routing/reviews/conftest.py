import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import Group

from registry.models import Team, TeamMembership, TeamRole, User
from registry.services import roles


@pytest.fixture(autouse=True)
def _keys(settings) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]


@pytest.fixture
def people(db) -> dict[str, User]:
    """A reviewer of payments, one of another team, one of every team, a member who may not decide."""
    roles.seed()
    teams = {name: Team.objects.create(name=name) for name in ("payments", "sales")}
    member = {"reviewer": "payments", "outsider": "sales", "member": "payments"}
    groups = {
        "reviewer": [roles.ANSWER_REVIEWER],
        "outsider": [roles.ANSWER_REVIEWER],
        "everywhere": [roles.ANSWER_REVIEWER, roles.AUDITOR],
        "member": [roles.TEAM_MEMBER],
    }
    found = {}
    for name, names in groups.items():
        found[name] = User.objects.create_user(name, is_staff=True)
        found[name].groups.set(Group.objects.filter(name__in=names))
        if name in member:
            TeamMembership.objects.create(team=teams[member[name]], user=found[name], role=TeamRole.MEMBER)
    return found
