import pytest
from django.test import Client
from django.urls import reverse
from governance import carry_out

from registry.models import User
from registry.services import releases, roles
from routing.models import Policy, Rule
from routing.services import policies
from tests.routing.policies.rule_forms import change, existing, posted

pytestmark = pytest.mark.django_db


def test_rules_are_shown_as_text_and_in_words(client, standard):
    page = client.get(reverse("admin:routing_policy_change", args=[standard.pk])).content.decode()
    assert "task in extract" in page
    assert "model alpha\nmodel beta" in page
    assert "if task is extract, then beta" in page
    assert "always: first alpha, then beta" in page


def test_rules_are_written_as_text(client, standard):
    new = {
        "name": "eu",
        "conditions": "tag in eu\r\ndata_class at_most public",
        "route": "model alpha\r\nmodel beta",
    }
    assert change(client, standard, *existing(standard), new).status_code == 302
    carry_out()
    rule = standard.rules.get(name="eu")
    assert rule.position == 2
    assert rule.conditions[1] == {"fact": "data_class", "op": "at_most", "values": ["public"]}
    assert [member["model"] for member in rule.route["members"]] == ["alpha", "beta"]
    assert Rule.history.filter(id=rule.pk).get().history_actor == "author"
    assert Policy.history.filter(id=standard.pk).latest("history_id").history_actor == "author"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"conditions": "mood in x"}, "Line 1: “mood” is no fact."),
        ({"conditions": "task in x\ninput_tokens at_most many"}, "Line 2: “input_tokens” takes one whole"),
        ({"conditions": "data_class in publik"}, "There is no data class “publik”. Did you mean “public”?"),
        ({"route": ""}, "Line 1: the route is empty."),
        ({"route": "model alpha\nmodell beta"}, "Line 2: “modell” is unknown"),
        ({"route": "model alfa"}, "There is no model “alfa”. Did you mean “alpha”?"),
        ({"route": "model alpha deployment alpha-us"}, "There is no deployment “alpha-us”."),
        ({"name": "standard rule"}, "Lower-case letters"),
    ],
)
def test_a_rule_that_is_wrong_is_refused_with_its_line_and_kept_as_typed(client, standard, rule, said):
    response = change(client, standard, {"name": "new", **rule})
    assert response.status_code == 200
    page = response.content.decode()
    assert said in page
    assert all(text.rpartition("\n")[2] in page for text in rule.values())
    assert standard.rules.count() == 2


def test_a_rule_that_is_deleted_keeps_its_actor(client, standard):
    first, second = existing(standard)
    change(client, standard, {**first, "DELETE": "on"}, second)
    carry_out()
    assert [rule.name for rule in standard.rules.all()] == ["rest"]
    assert Rule.history.get(name="extract", history_type="-").history_actor == "author"


def test_the_default_policy_cannot_be_turned_off_or_deleted(client, standard):
    response = change(client, standard, *existing(standard), enabled="")
    assert "make another one the default" in response.content.decode()
    assert client.post(reverse("admin:routing_policy_delete", args=[standard.pk])).status_code == 403


def test_another_policy_is_made_the_default(client, standard, author):
    other = policies.save(policy=Policy(name="other"), actor=author)
    choice = {"action": "make_default", "_selected_action": [str(other.pk)]}
    client.post(reverse("admin:routing_policy_changelist"), choice)
    carry_out()
    assert Policy.objects.get(is_default=True) == other


def test_a_policy_is_added(client, world):
    response = client.post(
        reverse("admin:routing_policy_add"), posted(Policy(name="new"), applications=["invoices"])
    )
    assert response.status_code == 302
    carry_out()
    assert Policy.objects.get(name="new").applications == ["invoices"]


SIMULATE = "/admin/routing/simulate/"


def test_the_simulator_needs_a_release(client):
    assert "No release is live yet" in client.get(SIMULATE).content.decode()


@pytest.fixture
def published(standard, author):
    return releases.publish(actor=author, reason="first")


def asked(**changes):
    return {"application": "invoices", "requested": "auto", "data_class": "public", "text": "", **changes}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ["Rule “rest” of policy “standard”: first alpha-eu, then beta-eu.", "in the plan", "At worst"]),
        ({"task": "extract"}, ["Rule “extract” of policy “standard”: beta-eu."]),
        ({"requested": "beta"}, ["another model was asked for", "beta-eu."]),
        ({"data_class": "restricted"}, ["Refused (data_class_denied)", "the matrix says nothing"]),
        ({"clearance": "public", "data_class": "restricted"}, ["the key is not cleared"]),
        ({"needs": ["vision"]}, ["Refused (no_candidate)", "it lacks a capability (vision)"]),
        ({"input_tokens": "9000"}, ["does not fit its context window (8000)"]),
        (
            {"requested": "gamma"},
            ["Refused (model_not_found)", "is told: There is no model or policy “gamma”"],
        ),
        ({"residency": "DE"}, ["Refused (data_class_denied)", "outside the places that the request allows"]),
        ({"residency": "region:eu"}, ["Rule “rest” of policy “standard”: first alpha-eu, then beta-eu."]),
        ({"residency": "Europe"}, ["is not a country"]),
        ({"models": "beta"}, ["beta-eu.", "the request&#x27;s list of models has it not"]),
        ({"max_cost_usd": "0"}, ["Refused (max_cost_exceeded)"]),
        ({"max_cost_usd": "lots"}, ["Send dollars, such as 0.02"]),
        ({"dial": "7"}, ["Dial between cost and quality: no effect"]),
        ({"dial": "11"}, ["less than or equal to 10"]),
        ({"input_tokens": "-1"}, ["greater than or equal to 0"]),
    ],
)
def test_the_simulator_says_what_would_happen_and_why(client, published, changes, said):
    page = client.post(SIMULATE, asked(**changes)).content.decode()
    assert all(text in page for text in said)


def test_the_simulator_is_for_those_who_may_see_policies(published):
    roles.seed()
    outsider = User.objects.create_user("outsider", is_staff=True)
    client = Client()
    client.force_login(outsider)
    assert client.get(SIMULATE).status_code == 403


def test_bands_are_written_as_text_and_proposed(client, standard):
    bands = {"tier_bands": "frontier 0 to 10\r\nsmall 50 to 80", "fallback_band_percent": "5"}
    assert change(client, standard, *existing(standard), **bands).status_code == 302
    carry_out()
    standard.refresh_from_db()
    assert standard.tier_bands == [["small", 50, 80], ["frontier", 0, 10]]
    assert standard.fallback_band_percent == 5


def test_a_band_that_is_none_is_refused_with_its_line(client, standard):
    page = change(client, standard, *existing(standard), tier_bands="small 80 to 50").content.decode()
    assert "Line 1: a band goes from a lower to a higher percentage" in page
