import pytest
from django.core.management import call_command

from registry.models import User

# person, permission, granted
TABLE = [
    ("boss", "registry.change_team", True),
    ("boss", "registry.add_apikey", True),
    ("boss", "registry.change_user", True),
    ("boss", "registry.change_credential", True),
    ("boss", "billing.add_budget", True),
    ("boss", "registry.propose", True),
    ("boss", "registry.approve_platform", False),
    ("boss", "auth.change_group", False),
    ("author", "registry.change_matrixcell", True),
    ("author", "registry.add_price", True),
    ("author", "routing.change_policy", True),
    ("author", "registry.propose", True),
    ("author", "registry.approve_privacy", False),
    ("author", "registry.change_credential", False),
    ("author", "registry.change_team", False),
    ("approver", "registry.approve_platform", True),
    ("approver", "registry.propose", False),
    ("approver", "registry.view_matrixcell", True),
    ("approver", "registry.change_matrixcell", False),
    ("approver", "routing.change_policy", False),
    ("auditor", "audit.view_request", True),
    ("auditor", "audit.export_register", True),
    ("auditor", "audit.view_content", True),
    ("auditor", "registry.view_historicaldeployment", True),
    ("auditor", "registry.approve_finance", False),
    ("author", "audit.view_content", False),
    ("outsider", "registry.view_model", False),
]


@pytest.mark.parametrize(("person", "permission", "granted"), TABLE)
def test_each_role_may_do_its_part(
    cast: dict[str, User], person: str, permission: str, granted: bool
) -> None:
    assert cast[person].has_perm(permission) is granted


@pytest.mark.parametrize("person", ["approver", "auditor"])
def test_who_judges_changes_nothing(cast: dict[str, User], person: str) -> None:
    verbs = {permission.split(".")[1].split("_")[0] for permission in cast[person].get_all_permissions()}
    assert not verbs & {"add", "change", "delete"}


@pytest.mark.parametrize("person", ["boss", "author"])
def test_nobody_rewrites_history(cast: dict[str, User], person: str) -> None:
    written = [name for name in cast[person].get_all_permissions() if ".view_" not in name]
    assert not [name for name in written if "historical" in name]


def test_seeding_again_takes_back_what_was_added_by_hand(cast: dict[str, User]) -> None:
    from django.contrib.auth.models import Group, Permission

    group = Group.objects.get(name="auditor")
    group.permissions.add(Permission.objects.get(codename="approve_finance"))
    call_command("seed_roles", verbosity=0)
    assert not User.objects.get(username="auditor").has_perm("registry.approve_finance")
