"""Names that live tables and the ledger go by are given once, by whichever door."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from registry_cast import World

from registry.errors import NameIsKept
from registry.models import Application, DataClass, Deployment, Model, Team

NAMED = [Team, Application, Model, DataClass]


@pytest.fixture(params=NAMED, ids=lambda model: model.__name__)
def row(request: pytest.FixtureRequest, world: World) -> Team | Application | Model | DataClass:
    return request.param.objects.first()


def test_a_name_is_not_changed_by_a_form_or_in_code(row: Team) -> None:
    name, row.name = row.name, "another"
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert set(refused.value.message_dict) == {"name"}
    with pytest.raises(NameIsKept):
        row.save()
    row.refresh_from_db()
    assert row.name == name


CHANGEABLE = {Team: "cost_centre", Application: "purpose", Model: "description", DataClass: "description"}


def test_the_rest_can_be_changed(row: Team | Application | Model | DataClass) -> None:
    field = CHANGEABLE[type(row)]
    setattr(row, field, "changed")
    row.full_clean()
    row.save()
    row.refresh_from_db()
    assert getattr(row, field) == "changed"


def test_the_admin_shows_the_name_and_offers_no_field_for_it(row: Team, admin_client: Client) -> None:
    kind = row._meta.model_name
    changed = admin_client.get(reverse(f"admin:registry_{kind}_change", args=[row.pk])).content.decode()
    added = admin_client.get(reverse(f"admin:registry_{kind}_add")).content.decode()
    assert row.name in changed
    assert 'name="name"' not in changed
    assert 'name="name"' in added


def test_a_posted_name_is_ignored(world: World, admin_client: Client) -> None:
    team = Team.objects.get()
    form = {"name": "renamed", "is_active": "on", "owner_email": "", "cost_centre": "7"}
    inline = {f"applications-{part}_FORMS": "0" for part in ("TOTAL", "INITIAL")}
    answer = admin_client.post(reverse("admin:registry_team_change", args=[team.pk]), {**form, **inline})
    assert answer.status_code == 302
    team.refresh_from_db()
    assert (team.name, team.cost_centre) == ("payments", "7")


def test_what_is_only_named_in_releases_may_be_renamed(world: World) -> None:
    world.deployment.name = "gpt-frankfurt"
    world.deployment.full_clean()
    world.deployment.save()
    assert Deployment.objects.get().name == "gpt-frankfurt"
