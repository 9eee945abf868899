"""The playground and the page of data flow: who may open them, and what they offer and refuse."""

import csv
import io
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from registry.models import ApiKey, Application, DataClass, Release, User
from registry.services import keys, releases
from routing import playground
from routing.admin.playground import keys_of
from routing.models import Policy

pytestmark = pytest.mark.django_db
PLAYGROUND = "/admin/routing/playground/"
DATA_FLOW = "/admin/routing/data-flow/"


@pytest.fixture
def published(standard: Policy, author: User) -> Release:
    return releases.publish(actor=author, reason="first")


@pytest.mark.parametrize("path", [PLAYGROUND, DATA_FLOW])
def test_others_may_not_open_them(path: str) -> None:
    client = Client()
    client.force_login(User.objects.create_user("outsider", is_staff=True))
    assert client.get(path).status_code == 403


@pytest.mark.parametrize("path", [PLAYGROUND, DATA_FLOW])
def test_without_a_release_there_is_nothing(client: Client, path: str) -> None:
    assert "No release is live yet" in client.get(path).content.decode()


def test_the_playground_offers_policies_and_models(client: Client, published: Release) -> None:
    page = client.get(PLAYGROUND).content.decode()
    assert "auto: the default policy" in page
    assert "model alpha" in page


def test_data_flow_is_shown_and_exported(client: Client, published: Release) -> None:
    page = client.get(DATA_FLOW).content.decode()
    assert "public may go to alpha-eu" in page
    rows = list(csv.DictReader(io.StringIO(client.get(f"{DATA_FLOW}?csv&days=30").content.decode())))
    assert {"public"} == {row["data class"] for row in rows}
    assert {row["calls"] for row in rows} == {"0"}
    told = Entry.objects.get(event_type="export.generated").sealed["data"]
    assert (told["what"], told["days"], told["rows"]) == ("data flow", 30, len(rows))


def test_only_keys_that_chat_are_offered(world: None, author: User) -> None:
    application = Application.objects.get(name="invoices")
    for name, scopes in (("chat", ["chat"]), ("list", ["models"])):
        keys.create(
            application=application,
            name=name,
            scopes=scopes,
            clearance=DataClass.objects.get(name="public"),
            actor=author,
        )
    assert [label for _, label in keys_of(author)] == ["invoices: chat (cleared for public)"]
    assert ApiKey.objects.count() == 2


@pytest.mark.parametrize(
    ("scopes", "expires_at_us", "usable"),
    [({"chat"}, None, True), ({"models"}, None, False), ({"chat"}, 1, False)],
)
def test_a_key_is_used_only_for_what_it_may(
    scopes: set[str], expires_at_us: int | None, usable: bool
) -> None:
    consumer: Any = SimpleNamespace(scopes=scopes, expires_at_us=expires_at_us)
    process: Any = SimpleNamespace(directory=SimpleNamespace(by_prefix={"abc": consumer}))
    assert (playground.consumer_of(process, "abc") is consumer) is usable
    assert playground.consumer_of(process, "other") is None


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"choices": [{"message": {"content": "a"}}, {"message": {"content": "b"}}]}, "a\n\nb"),
        ({"choices": [{"message": {"content": None, "refusal": "no"}}]}, "no"),
        ({}, ""),
    ],
)
def test_what_was_said_is_read_from_an_answer(answer: dict[str, Any], text: str) -> None:
    assert playground.text_of(answer) == text
