"""Who sees evaluation sets and trained routers, and who makes them."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from registry.models import User
from registry.services import roles

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "sees", "adds"),
    [
        (roles.ADMIN, True, False),
        (roles.POLICY_AUTHOR, True, True),
        (roles.AUDITOR, True, False),
        (roles.TEAM_MEMBER, False, False),
    ],
)
def test_policy_authors_make_what_others_of_the_organisation_see(
    client: Client, role: str, sees: bool, adds: bool
):
    roles.seed()
    person = User.objects.create_user("person", is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    client.force_login(person)
    for model in ("evaluation_evaluationset", "evaluation_evaluationitem", "routing_trainedrouter"):
        page = client.get(reverse(f"admin:{model}_changelist"))
        assert (page.status_code == 200) is sees
    assert (client.get(reverse("admin:evaluation_evaluationset_add")).status_code == 200) is adds
    assert client.get(reverse("admin:routing_trainedrouter_add")).status_code == 403
