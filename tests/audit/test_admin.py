"""The register in admin: auditors read and export everything, and nobody changes anything."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from audit.contents import encrypt
from audit.core.commitment import commit
from audit.core.ids import uuid7
from audit.models import Attempt, Content, Entry, Request
from audit.services.entries import record
from registry.services import roles

DECISION = {
    "kind": "plan",
    "root": {
        "path": "0",
        "members": [{"deployment": "gpt-eu"}, {"deployment": "claude-eu"}],
        "on": ["error"],
    },
    "candidates": [["gpt-eu"], ["claude-eu"], ["gpt-us", "matrix_denied", "confidential"]],
    "further_candidates": {"disabled": 3},
}
FACTS = {"facts": {"task": "extract", "needs": ["tools"], "input_tokens": 900}, "live": {"now_us": 1}}


def user_with(name: str, *codenames: str):
    user = get_user_model().objects.create_user(username=name, password="a long enough one", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(
            content_type__app_label__in=("audit", "registry"), codename__in=(*codenames, "every_team")
        )
    )
    return user


@pytest.fixture
def auditor(db, client):
    roles.seed()
    user = user_with("auditor")
    user.groups.set(roles.Group.objects.filter(name=roles.AUDITOR))
    client.force_login(user)
    return client


@pytest.fixture
def reader(db, client):
    client.force_login(user_with("reader", "view_request", "view_entry"))
    return client


@pytest.fixture
def finished(db) -> Request:
    """A request with its whole story: two attempts, drift, stored content."""
    salt, said = b"s" * 32, b"what <b>was</b> asked"
    row = Request.objects.create(
        id=uuid7(),
        accepted_at=timezone.now(),
        finished_at=timezone.now(),
        state="finished",
        outcome="succeeded",
        operation="chat",
        team="payments",
        application="invoices",
        api_key="abcdefghijkl",
        requested="auto",
        data_class="confidential",
        policy="default",
        rule="extraction",
        release_number=7,
        decision=json.dumps(DECISION),
        facts=json.dumps(FACTS),
        worst_case_nano=12_000_000,
        content_salt=salt,
        model="claude",
        model_version="claude-1",
        deployment="claude-eu",
        cost_nano=1_234_567,
        latency_ms=812,
        fallback_used=True,
    )
    for number, outcome, drift in ((1, "failed", False), (2, "ok", True)):
        Attempt.objects.create(
            id=uuid7(),
            request=row,
            number=number,
            path=f"0.{number - 1}",
            deployment="claude-eu" if number == 2 else "gpt-eu",
            model="claude",
            model_version="claude-1",
            provider="acme",
            sent_model="claude-1-2026",
            reported_model="claude-2-2026" if drift else "",
            drift=drift,
            started_at=timezone.now(),
            finished_at=timezone.now(),
            outcome=outcome,
            error_kind="" if outcome == "ok" else "timeout",
            price_id="price-1",
            upstream_request_id="req_of_the_provider_2" if drift else None,
            price_sha256="ab" * 32,
        )
    content = {"request": commit(salt, "request", said)}
    record("request.accepted", {"content": content, "release": {"number": 7, "sha256": "cd" * 32}}, row.pk)
    kinds = [["input", 300, 400_000_000], ["audio", 61_500, 360_000_000], ["picture", 2, 40_000_000]]
    charge = {"basis": "usage", "kinds": kinds, "factor_millionths": 500_000, "batch": True}
    record("attempt.finished", {"attempt": {"number": 2}, "money": {"charge": charge}}, row.pk)
    record("request.finished", {"money": {"settled_nano": 1_234_567, "released_nano": 1}}, row.pk)
    Content.objects.create(id=uuid7(), request_id=row.pk, slot="request", ciphertext=encrypt(said))
    return row


def dossier(client, row: Request, method: str = "get") -> str:
    response = getattr(client, method)(reverse("admin:audit_request_change", args=[row.pk]))
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    "words",
    [
        "invoices of team payments asked for “auto” with the key abcdefghijkl",
        "The data was not labelled, and was treated as confidential",
        "call gpt-eu, and where that fails claude-eu",
        "the compliance matrix denies it for this class of data (confidential)",
        "The route named 6; 2 could serve.",
        "3 more",
        "$0.012 was held",
        "failed: timeout",
        "claude-2-2026 (drift)",
        "req_of_the_provider_2",
        "It cost $0.001234567",
        "300 input tokens at $0.40 per million; 61.5 s of audio at $0.36 per hour; 2 pictures at $0.04 each",
        "all of it times 0.5",
        "as the provider reported, in a batch",
        "price-1",
        "No quality gate was asked",
        "It succeeded. A fallback answered.",
        "3 entries; every hash and link checks out.",
        "stored, encrypted",
        "Capabilities needed",
    ],
)
def test_the_dossier_tells_the_story_in_words(auditor, finished, words):
    assert words in dossier(auditor, finished)


def test_a_refusal_says_why(auditor):
    decision = {"kind": "refusal", "reason": "clearance_exceeded", "detail": "restricted", "candidates": []}
    row = Request.objects.create(
        id=uuid7(),
        accepted_at=timezone.now(),
        finished_at=timezone.now(),
        state="finished",
        outcome="refused",
        operation="chat",
        decision=json.dumps(decision),
    )
    told = dossier(auditor, row)
    assert "It was refused: the key may not send data of this class (restricted)." in told
    assert "No provider was called" in told


def test_a_running_request_has_a_dossier(auditor, request_row):
    assert "It is still running." in dossier(auditor, request_row)


def test_content_is_shown_on_post_alone_and_reading_it_is_recorded(auditor, finished):
    assert "was&lt;/b&gt; asked" not in dossier(auditor, finished)
    told = dossier(auditor, finished, "post")
    assert "what &lt;b&gt;was&lt;/b&gt; asked" in told
    assert "It is what was committed to." in told
    entry = Entry.objects.get(event_type="content.read")
    assert entry.request_id == finished.pk
    assert entry.data["actor"] == {"kind": "user", "name": "auditor"}


def test_content_is_not_shown_without_the_permission(reader, finished):
    assert "You may not read it." in dossier(reader, finished)
    assert reader.post(reverse("admin:audit_request_change", args=[finished.pk])).status_code == 403
    assert not Entry.objects.filter(event_type="content.read").exists()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 2),
        ("?application=invoices", 1),
        ("?model_version=claude-1", 1),
        ("?data_class=confidential", 1),
        ("?outcome=succeeded", 1),
        ("?outcome=running", 1),
        ("?outcome=failed", 0),
        ("?accepted_at_from=2020-01-01&accepted_at_to=2020-01-02", 0),
        ("?accepted_at_from=2020-01-01", 2),
        ("?accepted_at_from=nonsense", 2),
        ("?q=nonsense", 0),
    ],
)
def test_the_list_is_filtered(auditor, finished, settings, query, found):
    if settings.PLAIN_ADMIN and "accepted_at" in query:
        pytest.skip("Django's own date filter has other parameters.")
    Request.objects.create(id=uuid7(), accepted_at=timezone.now(), state="running", operation="chat")
    response = auditor.get(reverse("admin:audit_request_changelist") + query)
    assert response.context["cl"].result_count == found


def test_a_filter_with_nothing_to_choose_from_is_not_ignored(auditor, request_row):
    response = auditor.get(reverse("admin:audit_request_changelist") + "?model_version=unheard-of")
    assert response.context["cl"].result_count == 0


def test_a_request_is_found_by_its_id(auditor, finished):
    response = auditor.get(reverse("admin:audit_request_changelist"), {"q": f" {finished.pk} "})
    assert [row.pk for row in response.context["cl"].result_list] == [finished.pk]


def test_the_list_takes_few_queries_however_many_rows(auditor, finished, django_assert_max_num_queries):
    Request.objects.bulk_create(
        Request(id=uuid7(), accepted_at=timezone.now() - timedelta(days=n), state="running", operation="chat")
        for n in range(60)
    )
    with django_assert_max_num_queries(20):
        auditor.get(reverse("admin:audit_request_changelist"))


@pytest.mark.parametrize("model", ["request", "attempt", "entry"])
def test_every_list_is_shown(auditor, finished, model):
    assert auditor.get(reverse(f"admin:audit_{model}_changelist")).status_code == 200


@pytest.mark.parametrize("model", ["request", "attempt", "entry"])
@pytest.mark.parametrize("action", ["add", "delete"])
def test_nothing_can_be_added_or_deleted_even_by_a_superuser(admin_client, finished, model, action):
    rows = {"request": Request, "attempt": Attempt, "entry": Entry}[model]
    arguments = [] if action == "add" else [rows.objects.first().pk]
    url = reverse(f"admin:audit_{model}_{action}", args=arguments)
    assert admin_client.post(url, {"post": "yes"}).status_code == 403


def test_an_entry_is_shown_with_its_verdict_and_cannot_be_changed(auditor, finished):
    entry = Entry.objects.first()
    url = reverse("admin:audit_entry_change", args=[entry.pk])
    assert "hash and chain check out" in auditor.get(url).content.decode()
    assert auditor.post(url, {"event_type": "other"}).status_code == 403


@pytest.mark.parametrize(("file_format", "first"), [("csv", b"id,"), ("jsonl", b"{")])
def test_an_auditor_exports_what_the_filters_show(auditor, finished, request_row, file_format, first):
    url = reverse("admin:audit_request_export") + "?outcome=succeeded"
    response = auditor.post(url, {"format": file_format})
    body = b"".join(response.streaming_content)
    assert body.startswith(first)
    assert str(finished.pk).encode() in body
    assert str(request_row.pk).encode() not in body
    assert Entry.objects.get(event_type="export.generated").data["filters"] == {"outcome": "succeeded"}


def test_an_export_needs_its_permission_and_a_post(reader, finished):
    url = reverse("admin:audit_request_export")
    assert reader.post(url, {"format": "csv"}).status_code == 403
    reader.force_login(user_with("exporter", "view_request", "export_register"))
    assert reader.get(url).status_code == 400
    assert reader.post(url, {"format": "xls"}).status_code == 400


def test_without_the_right_to_view_there_is_no_dossier(client, finished):
    client.force_login(user_with("outsider"))
    assert client.get(reverse("admin:audit_request_change", args=[finished.pk])).status_code == 403
