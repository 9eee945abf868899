"""The admin's pages: what they show, what they never show, and who may do what."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from governance import carry_out, set_quorums
from registry_cast import World

from audit.core.ids import uuid7
from registry.models import (
    ApiKey,
    Certification,
    ChecklistRule,
    Credential,
    MatrixCell,
    Price,
    Proposal,
    ReviewRule,
    TeamMembership,
    TeamRole,
    User,
    Webhook,
)
from registry.services import (
    access_tokens,
    credentials,
    delegations,
    drift,
    keys,
    memberships,
    notices,
    proposals,
    releases,
    suspensions,
    webhooks,
)
from registry.services.rehearsal import rehearse

SignIn = Callable[[str], Client]
SECRET = "sk-not-to-be-seen-anywhere"
MODELS = [
    model for model in apps.get_app_config("registry").get_models() if not hasattr(model, "instance_type")
]
SHOWN = [model._meta.model_name for model in MODELS if site.is_registered(model)]


@pytest.fixture
def filled(world: World, cast: dict[str, User]) -> World:
    """A row of each kind."""
    webhooks.create(actor=None, webhook=Webhook(name="pager", url="https://hooks.example.com/"))
    team = world.application.team
    memberships.save(
        actor=None, membership=TeamMembership(user=cast["outsider"], team=team, role=TeamRole.ADMIN)
    )
    notices.tell(kind="model.drift", subject="Another model answered", to_users=[cast["boss"]])
    credential = Credential(name="main", kind="stored", hosts=["api.openai.com"])
    credentials.store(actor=None, credential=credential, secret=SECRET)
    Certification.objects.create(name="acme-soc2", kind="soc2", provider=world.deployment.provider)
    keys.create(actor=None, application=world.application, name="key", clearance=world.public)
    set_quorums(1)
    changes = rehearse(lambda: ReviewRule.objects.update(quorum=2)).changes
    proposals.draft(author=cast["author"], title="Two people", changes=changes)
    suspensions.suspend_by_system(kind="team", target="payments", reason="Tests.")
    seen = drift.Seen.of(deployment="gpt-eu", sent="gpt-1", reported="gpt-2", fingerprint=None)
    ends = timezone.now() + timedelta(days=1)
    delegations.delegate(principal=cast["approver"], to=cast["boss"], ends_at=ends, reason="Tests.")
    access_tokens.create(user=cast["auditor"], name="reports", scopes=["read"], expires_at=ends)
    drift.observe(seen=seen, model="gpt", model_version="1", blocks=False, request_id=uuid7())
    ChecklistRule.objects.create(tier="frontier", slots=["safety"])
    return world


@pytest.mark.parametrize("model", SHOWN)
def test_every_list_and_row_can_be_read_by_an_auditor(
    filled: World, sign_in: SignIn, own_section_only: None, model: str
) -> None:
    client = sign_in("auditor")
    releases.publish(actor=_person("approver"), reason="first")
    listed = client.get(reverse(f"admin:registry_{model}_changelist"))
    assert listed.status_code == 200
    row = apps.get_model("registry", model).objects.first()
    page = client.get(reverse(f"admin:registry_{model}_change", args=[row.pk]))
    assert page.status_code == 200
    for answer in (listed, page):
        assert SECRET not in answer.content.decode()
        assert Credential.objects.get().ciphertext not in answer.content.decode()
        assert ApiKey.objects.get().sha256 not in answer.content.decode()
        assert Webhook.objects.get().ciphertext not in answer.content.decode()


EVERYBODY_ADDS = ("accesstoken",)  # for themselves
ADDED_OTHERWISE = ("release", "user", "proposal", *EVERYBODY_ADDS)


@pytest.mark.parametrize("model", [name for name in SHOWN if name not in ADDED_OTHERWISE])
def test_an_auditor_adds_nothing(filled: World, sign_in: SignIn, model: str) -> None:
    assert sign_in("auditor").get(reverse(f"admin:registry_{model}_add")).status_code == 403


@pytest.mark.parametrize("model", ["credential", "apikey", "deployment", "price"])
def test_history_pages_hold_no_secret(filled: World, sign_in: SignIn, model: str) -> None:
    row = apps.get_model("registry", model).objects.first()
    page = sign_in("boss").get(reverse(f"admin:registry_{model}_history", args=[row.pk]))
    assert page.status_code == 200
    record = row.history.first()
    form = sign_in("boss").get(
        reverse(f"admin:registry_{model}_simple_history", args=[row.pk, record.history_id])
    )
    text = page.content.decode() + form.content.decode()
    assert Credential.objects.get().ciphertext not in text
    assert ApiKey.objects.get().sha256 not in text


def test_a_new_key_is_shown_once_and_kept_nowhere(world: World, sign_in: SignIn) -> None:
    client = sign_in("boss")
    answer = client.post(
        reverse("admin:registry_apikey_add"),
        {
            "application": world.application.pk,
            "name": "production",
            "scopes": ["chat"],
            "clearance": world.public.pk,
        },
    )
    token = re.search(r"sb-[a-z2-7]{12}-[\w-]{43}", answer.content.decode())
    assert token
    assert "no-store" in answer["Cache-Control"]
    key = ApiKey.objects.get()
    page = client.get(reverse("admin:registry_apikey_change", args=[key.pk]))
    assert token.group() not in page.content.decode()
    assert str(key) in page.content.decode()
    assert key.history.get().history_actor == "boss"


def test_a_key_is_revoked_through_a_confirmation(filled: World, sign_in: SignIn) -> None:
    key, client = ApiKey.objects.get(), sign_in("boss")
    url = reverse("admin:registry_apikey_revoke", args=[key.pk])
    assert "can't be undone" in client.get(url).content.decode()
    assert ApiKey.objects.get().revoked_at is None
    client.post(url)
    assert ApiKey.objects.get().revoked_at is not None


def test_only_who_manages_keys_revokes_them(filled: World, sign_in: SignIn) -> None:
    url = reverse("admin:registry_apikey_revoke", args=[ApiKey.objects.get().pk])
    assert sign_in("auditor").post(url).status_code == 403


def test_a_secret_is_written_by_the_form_and_never_rendered(db: None, sign_in: SignIn) -> None:
    client, url = sign_in("boss"), reverse("admin:registry_credential_add")
    wrong = {"name": "Not A Name", "kind": "stored", "hosts": "api.openai.com", "secret": SECRET}
    assert SECRET not in client.post(url, wrong).content.decode()
    client.post(url, {**wrong, "name": "main"})
    assert Credential.objects.get().hosts == ["api.openai.com"]
    credentials.forget()
    assert credentials.resolve("main") == SECRET


def test_a_stored_secret_stays_when_the_form_gives_none(filled: World, sign_in: SignIn) -> None:
    credential = Credential.objects.get()
    form = {"name": "main", "kind": "stored", "hosts": "api.openai.com\neu.api.openai.com", "secret": ""}
    sign_in("boss").post(reverse("admin:registry_credential_change", args=[credential.pk]), form)
    credential.refresh_from_db()
    assert len(credential.hosts) == 2
    credentials.forget()
    assert credentials.resolve("main") == SECRET


def test_a_price_is_added_and_not_changed(world: World, sign_in: SignIn) -> None:
    client = sign_in("author")
    form = {
        "deployment": world.deployment.pk,
        "valid_from_0": "2999-01-01",
        "valid_from_1": "00:00:00",
        "input_usd_per_mtok": "1",
        "output_usd_per_mtok": "2",
        "request_usd": "0",
    }
    client.post(reverse("admin:registry_price_add"), form)
    assert Price.objects.count() == 1
    carry_out()
    assert Price.objects.count() == 2
    world.price.refresh_from_db()
    assert world.price.valid_to is not None
    form["valid_from_0"] = "2001-01-01"
    refused = sign_in("author").post(reverse("admin:registry_price_add"), form)
    assert refused.status_code == 200
    assert Price.objects.count() == 2


def test_the_matrix_shows_every_cell_with_its_word(world: World, sign_in: SignIn) -> None:
    text = sign_in("auditor").get(reverse("admin:registry_matrix")).content.decode()
    assert re.search(r'sb-state sb-approved">\s*Approved', text)
    assert re.search(r'sb-state sb-absent">\s*Absent', text)
    assert "Save the decision" not in text


def test_a_row_leads_to_its_deployment_and_from_there_to_each_cell(world: World, sign_in: SignIn) -> None:
    page, client = reverse("admin:registry_matrix"), sign_in("author")
    text = client.get(page).content.decode()
    (link,) = re.findall(r'href="(\.\./deployment/[^"]+)"', text)
    assert urljoin(page, link) == reverse("admin:registry_deployment_change", args=[world.deployment.pk])
    cell = reverse("admin:registry_matrixcell_change", args=[MatrixCell.objects.get().pk])
    assert cell in client.get(urljoin(page, link)).content.decode()


def decision(**fields: str) -> dict[str, str]:
    return {
        "cell": "gpt-eu restricted",
        "decision": "denied",
        "evidence": "ticket 2",
        **fields,
    }


def test_a_decision_is_made_on_the_matrix_page(world: World, sign_in: SignIn) -> None:
    answer = sign_in("author").post(reverse("admin:registry_matrix"), decision())
    assert answer.status_code == 302
    assert not MatrixCell.objects.filter(data_class=world.restricted).exists()
    carry_out()
    cell = MatrixCell.objects.get(data_class=world.restricted)
    assert (cell.decision, cell.evidence) == ("denied", "ticket 2")
    assert cell.history.get().history_actor == "author"


@pytest.mark.parametrize(
    "fields",
    [
        {"evidence": " "},
        {"cell": "nobody restricted"},
        {"cell": ""},
        {"decision": "maybe"},
        {"decision": "conditional"},
    ],
)
def test_a_decision_without_its_grounds_is_refused(
    world: World, sign_in: SignIn, fields: dict[str, str]
) -> None:
    answer = sign_in("author").post(reverse("admin:registry_matrix"), decision(**fields))
    assert 'role="alert"' in answer.content.decode()
    assert MatrixCell.objects.count() == 1


@pytest.mark.parametrize("person", ["auditor", "approver", "outsider"])
def test_only_authors_decide(world: World, sign_in: SignIn, person: str) -> None:
    assert sign_in(person).post(reverse("admin:registry_matrix"), decision()).status_code == 403


@pytest.mark.usefixtures("own_section_only")
def test_two_releases_are_compared(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    releases.publish(actor=_person("approver"), reason="first")
    world.deployment.weight = 7
    world.deployment.save()
    releases.publish(actor=_person("approver"), reason="second")
    text = client.get(reverse("admin:registry_release_compare"), {"from": "1", "to": "2"}).content.decode()
    assert "weight: 100 → 7" in text


def test_nobody_edits_their_own_role(cast: dict[str, User], sign_in: SignIn) -> None:
    boss = cast["boss"]
    form = {"username": "boss", "groups": [], "is_active": "on", "is_superuser": "on"}
    sign_in("boss").post(reverse("admin:registry_user_change", args=[boss.pk]), form)
    boss.refresh_from_db()
    assert not boss.is_superuser
    assert boss.groups.count() == 1


def _person(name: str) -> User:
    return User.objects.get(username=name)


def test_a_draft_that_begins_with_a_new_row_is_called_after_it(world: World, sign_in: SignIn) -> None:
    form = {"name": "acme", "trains_on_data": "on"}
    form |= {f"certifications-{count}_FORMS": "0" for count in ("TOTAL", "INITIAL")}
    sign_in("author").post(reverse("admin:registry_provider_add"), form)
    assert Proposal.objects.get().title == "Add provider acme"


def test_a_row_that_is_being_added_shows_no_empty_tables(world: World, sign_in: SignIn) -> None:
    add = sign_in("author").get(reverse("admin:registry_deployment_add")).content.decode()
    page = reverse("admin:registry_deployment_change", args=[world.deployment.pk])
    assert "cells-TOTAL_FORMS" not in add
    assert "cells-TOTAL_FORMS" in sign_in("author").get(page).content.decode()
