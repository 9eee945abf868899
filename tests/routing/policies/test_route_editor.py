"""The editor of routes: what it offers, what it says of a route, and that what it posts becomes a rule."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from governance import carry_out

from registry.models import User
from routing.admin.route_field import RouteField
from routing.core.editing import NODES
from routing.core.notation import parse_route
from routing.models import Policy
from tests.routing.policies.rule_forms import change, existing

pytestmark = pytest.mark.django_db

CASCADE = {
    "node": "cascade",
    "gates": [{"gate": "answered"}],
    "members": [{"node": "model", "model": "alpha"}, {"node": "model", "model": "beta"}],
}


def checked(client: Client, value: Any) -> Any:
    answer = client.post(reverse("admin:routing_route_check"), json.dumps(value), "application/json")
    assert answer.status_code == 200
    return answer.json()


def test_the_editor_is_offered_every_node_what_is_registered_and_patterns(
    client: Client, standard: Policy
) -> None:
    offer = client.get(reverse("admin:routing_route_offer")).json()
    assert set(offer["schema"]["nodes"]) == set(NODES)
    assert [name for name, _ in offer["names"]["models"]] == ["alpha", "beta"]
    assert dict(offer["names"]["regions"])["eu"] == ["alpha", "beta"]
    assert offer["facts"]["data_class"] == ["public", "restricted"]
    across = next(pattern for pattern in offer["patterns"] if pattern["label"].startswith("Fallback"))
    assert {member["model"] for member in across["route"]["members"]} == {"alpha", "beta"}


def test_a_sound_route_is_drawn_and_said_in_words(client: Client, standard: Policy) -> None:
    said = checked(client, CASCADE)
    assert said["troubles"] == []
    assert said["text"] == "cascade\n  gate answered\n  model alpha\n  model beta"
    assert said["picture"].startswith("<svg")


@pytest.mark.parametrize(
    ("value", "at", "said"),
    [
        ({"node": "cascade", "members": [{"node": "model", "model": "alpha"}, {}]}, "members.1", "Choose"),
        ({"node": "fallback", "members": [{"node": "model", "model": "alfa"}]}, "members.0", "Did you mean"),
        ("model alpha\nmodell beta", "", "Line 2"),
    ],
)
def test_what_is_wrong_is_told_with_its_step(
    client: Client, standard: Policy, value: Any, at: str, said: str
) -> None:
    (trouble,) = checked(client, value)["troubles"]
    assert trouble["at"] == at
    assert said in trouble["message"]


def test_an_outline_becomes_steps(client: Client, standard: Policy) -> None:
    assert checked(client, "model alpha")["route"] == {"node": "model", "model": "alpha"}


def test_what_the_editor_posts_becomes_the_rule(client: Client, standard: Policy) -> None:
    new = {"name": "checked", "route": json.dumps(CASCADE, indent=2)}
    assert change(client, standard, *existing(standard), new).status_code == 302
    carry_out()
    assert standard.rules.get(name="checked").route == CASCADE


def test_what_is_wrong_stays_on_the_page_with_its_place(client: Client, standard: Policy) -> None:
    wrong = {"name": "new", "route": json.dumps({"node": "fallback", "members": [{}]})}
    page = change(client, standard, wrong).content.decode()
    assert "At members, 1: Choose what is done here." in page
    assert "data-sent" in page


@pytest.mark.parametrize(
    ("initial", "sent", "changed"),
    [
        ("model alpha", "model alpha\r\n", False),
        ("model alpha", '{"model": "alpha", "node": "model"}', False),
        ("model alpha", '{"model": "beta", "node": "model"}', True),
        ("refuse", "null", False),
        ("refuse", "{", True),
    ],
)
def test_a_route_that_is_the_same_is_no_change(initial: str, sent: str, changed: bool) -> None:
    assert RouteField().has_changed(parse_route(initial), sent) is changed


@pytest.mark.parametrize("name", ["routing_route_offer", "routing_route_check"])
def test_others_are_told_nothing(db: None, name: str) -> None:
    client = Client()
    client.force_login(User.objects.create_user("outsider", is_staff=True))
    method = client.get if name.endswith("offer") else client.post
    assert method(reverse(f"admin:{name}")).status_code == 403


@pytest.mark.parametrize("body", ["{", "[" * 100_000])
def test_what_is_no_json_is_refused(client: Client, body: str) -> None:
    answer = client.post(reverse("admin:routing_route_check"), body, "application/json")
    assert answer.status_code == 400
