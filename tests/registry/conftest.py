"""The registry's cast, and a small world: one model, one deployment, two classes."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from registry_cast import FIELD_KEY, World, make_deployment, make_price

from registry.models import Application, DataClass, Team, User
from registry.releases import sections
from registry.services import matrix, prices, releases, roles


@pytest.fixture(autouse=True)
def _no_server(settings: LazySettings) -> None:
    """Wake-ups go nowhere, fast; keys for the database are there."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.FIELD_KEYS = [FIELD_KEY]


@pytest.fixture
def own_section_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Releases of the registry alone, so that its tests need no policy."""
    registered = {section.name: section for section in sections.all_sections()}
    monkeypatch.setattr(sections, "_sections", {"registry": registered["registry"]})


@pytest.fixture
def cast(db: None) -> dict[str, User]:
    """One person for each role, and an outsider with none."""
    roles.seed()
    names = {
        "boss": roles.ADMIN,
        "author": roles.POLICY_AUTHOR,
        "approver": roles.APPROVER,
        "auditor": roles.AUDITOR,
    }
    people = {name: User.objects.create_user(name, is_staff=True) for name in (*names, "outsider")}
    for name, role in names.items():
        people[name].groups.add(Group.objects.get(name=role))
    return people


@pytest.fixture
def sign_in(cast: dict[str, User]):  # type: ignore[no-untyped-def]
    def signed_in(name: str) -> Client:
        client = Client()
        client.force_login(cast[name])
        return client

    return signed_in


@pytest.fixture
def world(db: None) -> World:
    public = DataClass.objects.create(name="public", rank=0)
    restricted = DataClass.objects.create(name="restricted", rank=30, kinds=["personal"])
    deployment = make_deployment()
    price = prices.add(
        actor=None, price=make_price(deployment, valid_from=timezone.now() - timedelta(days=10))
    )
    matrix.decide(
        actor=None, deployment=deployment, data_class=public, decision="approved", evidence="ticket 1"
    )
    team = Team.objects.create(name="payments")
    application = Application.objects.create(team=team, name="invoices")
    return World(public, restricted, deployment, price, application)


@pytest.fixture
def live(cast: dict[str, User], world: World) -> World:
    """A configuration in force, so that changes to it need a second person."""
    releases.publish(actor=cast["author"], reason="first")
    return world
