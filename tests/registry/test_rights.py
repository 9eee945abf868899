"""Every change of what somebody may do is in the register, by whatever door, in words."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from audit.actors import acting
from audit.models import Entry
from registry.models import User
from registry.services import roles

PASSWORD = "a long enough password"


def said(event_type: str = "role.changed") -> list[str]:
    entries = Entry.objects.filter(event_type=event_type).order_by("event_id")
    return [f"{entry.data['actor']['name']}: {entry.data['says']}" for entry in entries]


@pytest.fixture
def root(cast: dict[str, User]) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def form_of(user: User, **fields: Any) -> dict[str, Any]:
    return {"username": user.username, "is_active": "on", "is_staff": "on", "groups": [], **fields}


def test_a_role_given_in_a_form_is_recorded_with_who_gave_it(root: Client, cast: dict[str, User]) -> None:
    group = Group.objects.get(name=roles.AUDITOR)
    url = reverse("admin:registry_user_change", args=[cast["outsider"].pk])
    root.post(url, form_of(cast["outsider"], groups=[group.pk]))
    assert said()[-1] == "root: outsider has now the role auditor."
    root.post(url, form_of(cast["outsider"]))
    assert said()[-1] == "root: outsider no longer has the role auditor."


def test_a_right_given_to_a_role_is_recorded(root: Client) -> None:
    group, right = Group.objects.create(name="new"), Permission.objects.get(codename="view_team")
    url = reverse("admin:auth_group_change", args=[group.pk])
    root.post(url, {"name": "new", "permissions": [right.pk]})
    assert said()[-1] == "root: The role new has now the right registry.view_team."


@pytest.mark.parametrize("door", ["add", "reverse add", "set", "clear"])
def test_a_shell_is_recorded_as_the_system(cast: dict[str, User], door: str) -> None:
    group, user = Group.objects.get(name=roles.AUDITOR), cast["outsider"]
    if door == "add":
        user.groups.add(group)
    elif door == "reverse add":
        group.user_set.add(user)
    elif door == "set":
        user.groups.set([group])
    else:
        user.groups.add(group)
        user.groups.clear()
    verb = "no longer has" if door == "clear" else "has now"
    assert said()[-1].startswith("the system (")
    assert said()[-1].endswith(f"outsider {verb} the role auditor.")


def test_what_a_service_does_is_its_own_doing(cast: dict[str, User]) -> None:
    with acting("the identity provider"):
        cast["outsider"].groups.add(Group.objects.get(name=roles.AUDITOR))
        cast["outsider"].save()
    assert said()[-1] == "the identity provider: outsider has now the role auditor."
    assert cast["outsider"].history.first().history_actor == "the identity provider"


def test_many_rights_at_once_are_one_record_with_their_number(cast: dict[str, User]) -> None:
    rights = list(Permission.objects.all()[:30])
    cast["outsider"].user_permissions.add(*rights)
    entry = Entry.objects.filter(event_type="role.changed").latest("event_id")
    assert (entry.data["count"], len(entry.data["gained"])) == (30, 30)
    assert entry.data["says"].endswith("and 25 more.")


def test_a_deleted_role_is_recorded(root: Client) -> None:
    group = Group.objects.create(name="new")
    root.post(reverse("admin:auth_group_delete", args=[group.pk]), {"post": "yes"})
    assert said()[-1] == "root: The role new was deleted."


def test_a_person_made_changed_and_made_a_superuser_is_recorded(root: Client) -> None:
    user = User.objects.create_user("new", is_staff=True)
    url = reverse("admin:registry_user_change", args=[user.pk])
    root.post(url, form_of(user, is_superuser="on", first_name="Ann"))
    entry = Entry.objects.filter(event_type="user.changed").latest("event_id")
    assert entry.data["actor"]["name"] == "root"
    assert set(entry.data["says"]) == {
        "first name: Ann (it was empty)",
        "superuser status: yes instead of no",
    }
    assert entry.data["superuser"] is True


def test_a_sign_in_is_no_change_of_the_person(cast: dict[str, User]) -> None:
    before = cast["boss"].history.count()
    Client().force_login(cast["boss"])
    assert cast["boss"].history.count() == before
    assert not Entry.objects.filter(event_type="user.changed", body__contains='"user":"boss"').exists()


def test_a_password_that_is_set_is_recorded_without_it(root: Client, cast: dict[str, User]) -> None:
    url = reverse("admin:auth_user_password_change", args=[cast["boss"].pk])
    root.post(url, {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"})
    assert User.objects.get(username="boss").check_password(PASSWORD)
    entry = Entry.objects.filter(event_type="user.password_set").latest("event_id")
    assert (entry.data["user"], entry.data["own"], entry.data["actor"]["name"]) == ("boss", False, "root")
    assert not Entry.objects.filter(body__contains=PASSWORD).exists()
