"""A key, an application or a team does more than before only by a proposal, and less at once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from governance import set_quorums

from audit.models import Entry
from registry.errors import NotPermitted
from registry.models import ApiKey, Application, DataClass, Proposal, Team, User
from registry.services import applying, approving, consumers, keys
from registry.services.rehearsal import rehearse

Cast = dict[str, User]

pytestmark = [
    pytest.mark.governed,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_section_only"),
]


@pytest.fixture
def key(cast: Cast) -> ApiKey:
    """One for public data, in a configuration that is in force."""

    def work() -> None:
        for rank, name in enumerate(("public", "internal", "secret")):
            DataClass.objects.create(name=name, rank=rank)
        set_quorums(1)

    applying.directly(author=cast["author"], title="First", reason="First.", work=work)
    application = Application.objects.create(team=Team.objects.create(name="payments"), name="invoices")
    return keys.create(
        actor=cast["boss"],
        application=application,
        name="main",
        clearance=DataClass.objects.get(name="public"),
        scopes=["chat"],
        requests_per_min=60,
        expires_at=timezone.now() + timedelta(days=1),
    ).key


def asked(cast: Cast, row: ApiKey | Application | Team, **changes: object) -> Proposal | None:
    for name, value in changes.items():
        setattr(row, name, value)
    return consumers.save(row=row, actor=cast["boss"], reason="They need it.")


def in_force(proposal: Proposal | None, cast: Cast) -> None:
    assert proposal is not None
    approving.approve(proposal=proposal, actor=cast["approver"], digest=proposal.digest)
    applying.apply(proposal=proposal, actor=None)


def test_a_raised_clearance_waits_for_privacy(cast: Cast, key: ApiKey) -> None:
    proposal = asked(cast, key, clearance=DataClass.objects.get(name="secret"))
    assert ApiKey.objects.get().clearance.name == "public"
    assert proposal is not None
    assert approving.ballot(proposal).missing == {"privacy": 1}
    in_force(proposal, cast)
    assert ApiKey.objects.get().clearance.name == "secret"


def test_higher_rates_are_platforms(cast: Cast, key: ApiKey) -> None:
    proposal = asked(cast, key, requests_per_min=None)
    assert proposal is not None
    assert approving.ballot(proposal).missing == {"platform": 1}


def test_of_a_mixture_the_tightening_holds_at_once_and_is_recorded(cast: Cast, key: ApiKey) -> None:
    proposal = asked(cast, key, requests_per_min=5, scopes=["chat", "route"])
    assert proposal is not None
    assert [sorted(change.after or {}) for change in proposal.change_set] == [["scopes"]]
    assert ApiKey.objects.values_list("requests_per_min", "scopes").get() == (5, ["chat"])
    entry = Entry.objects.filter(event_type="live.changed").get()
    assert '"after":{"requests_per_min":5}' in entry.body


@pytest.mark.parametrize("noun", [Team, Application])
def test_switching_off_is_immediate_and_on_again_is_reviewed(
    cast: Cast, key: ApiKey, noun: type[Team] | type[Application]
) -> None:
    row = noun.objects.get()
    assert asked(cast, row, is_active=False) is None
    proposal = asked(cast, row, is_active=True)
    assert not noun.objects.get().is_active
    in_force(proposal, cast)
    assert noun.objects.get().is_active


def test_what_nobody_asks_for_is_not_loosened(cast: Cast, key: ApiKey) -> None:
    key.requests_per_min = None
    with pytest.raises(NotPermitted):
        consumers.save(row=key, actor=None, reason="So.")
    assert ApiKey.objects.get().requests_per_min == 60


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE registry_apikey SET clearance_id = (SELECT id FROM registry_dataclass WHERE name = 'secret')",
        "UPDATE registry_apikey SET default_data_class_id ="
        " (SELECT id FROM registry_dataclass WHERE name = 'public')",
        "UPDATE registry_apikey SET requests_per_min = 61",
        "UPDATE registry_apikey SET requests_per_min = NULL",
        "UPDATE registry_apikey SET expires_at = NULL",
        """UPDATE registry_apikey SET scopes = '["chat", "route"]'""",
        "UPDATE registry_apikey SET sha256 = 'another'",
    ],
)
def test_the_database_refuses_what_loosens_a_key(key: ApiKey, statement: str) -> None:
    with pytest.raises(IntegrityError, match="governed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_refuses_what_loosens_by_update(key: ApiKey, cast: Cast) -> None:
    other = Team.objects.create(name="research")
    Team.objects.filter(name="payments").update(is_active=False)
    keys.revoke(actor=cast["boss"], key=key)
    for loosen in (
        lambda: Team.objects.filter(name="payments").update(is_active=True),
        lambda: Application.objects.update(team=other),
        lambda: ApiKey.objects.update(revoked_at=None),
    ):
        with pytest.raises(IntegrityError, match="governed"), transaction.atomic():
            loosen()


def test_the_database_lets_pass_what_tightens(key: ApiKey) -> None:
    assert ApiKey.objects.update(requests_per_min=5, expires_at=timezone.now(), scopes=["chat"]) == 1


def test_the_form_asks_why_and_says_what_waits(cast: Cast, key: ApiKey, client: Client) -> None:
    client.force_login(cast["boss"])
    page = reverse("admin:registry_apikey_change", args=[key.pk])
    secret = DataClass.objects.get(name="secret")
    form = {
        "application": key.application_id,
        "name": "main",
        "scopes": ["chat"],
        "clearance": secret.pk,
        "requests_per_min": 5,
        "expires_at_0": "2026-01-01",
        "expires_at_1": "00:00",
    }
    assert "This loosens clearance" in client.post(page, form).content.decode()
    said = client.post(page, {**form, "loosening_reason": "Audits."}, follow=True).content.decode()
    assert "Not in force yet: clearance" in said
    assert ApiKey.objects.values_list("clearance__name", "requests_per_min").get() == ("public", 5)


def test_a_draft_of_a_loosening_keeps_it_while_other_things_are_added(cast: Cast, key: ApiKey) -> None:
    proposal = asked(cast, key, requests_per_min=None)
    assert proposal is not None
    added = rehearse(lambda: DataClass.objects.create(name="more", rank=9), on=proposal.change_set).changes
    assert [change.kind for change in added] == ["registry.apikey", "registry.dataclass"]
    assert rehearse(lambda: None, on=proposal.change_set).changes == proposal.change_set


def new_key(key: ApiKey, clearance: str) -> ApiKey:
    """An unsaved key of the same application."""
    return ApiKey(application=key.application, name="second", clearance=DataClass.objects.get(name=clearance))


def test_a_new_key_is_no_way_round_the_review(cast: Cast, key: ApiKey) -> None:
    created, proposal = consumers.new_key(actor=cast["boss"], key=new_key(key, "secret"))
    assert ApiKey.objects.get(pk=created.key.pk).clearance.name == "public"
    in_force(proposal, cast)
    assert ApiKey.objects.get(pk=created.key.pk).clearance.name == "secret"


def test_a_new_key_that_does_no_more_than_another_waits_for_nobody(cast: Cast, key: ApiKey) -> None:
    created, proposal = consumers.new_key(actor=cast["boss"], key=new_key(key, "public"))
    assert (created.key.clearance.name, proposal) == ("public", None)


def test_the_page_of_a_new_key_tells_what_waits(cast: Cast, key: ApiKey) -> None:
    client = Client()
    client.force_login(cast["boss"])
    form = {
        "application": key.application.pk,
        "name": "second",
        "scopes": ["chat"],
        "clearance": DataClass.objects.get(name="secret").pk,
    }
    text = client.post(reverse("admin:registry_apikey_add"), form).content.decode()
    assert "cleared for <strong>public</strong>" in text
    assert str(Proposal.objects.order_by("number").last()) in text
