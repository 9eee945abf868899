"""Rows of the register for the tests that only read or try to change them."""

import time
from datetime import UTC, datetime

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from audit.contents import encrypt
from audit.core.ids import uuid7
from audit.models import Attempt, Content, Entry, Request
from tests.line import line  # noqa: F401  (a fixture)


def now_us() -> int:
    return time.time_ns() // 1000


@pytest.fixture(autouse=True)
def field_keys(settings) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]


@pytest.fixture
def entry(request) -> Entry:
    return Entry.objects.create(
        event_id=uuid7(),
        event_type="login.succeeded",
        occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
        emitter_id="test-1",
        emitter_seq=1,
        body="{}",
        leaf_hash=b"\x00" * 32,
    )


@pytest.fixture
def request_row() -> Request:
    return Request.objects.create(
        id=uuid7(),
        accepted_at=timezone.now(),
        state="running",
        operation="chat",
        team="payments",
        application="invoices",
        data_class="confidential",
        content_salt=b"s" * 32,
    )


@pytest.fixture
def attempt(request_row) -> Attempt:
    return Attempt.objects.create(
        id=uuid7(),
        request=request_row,
        number=1,
        path="0",
        deployment="eu-1",
        model="gpt",
        model_version="gpt-1",
        provider="acme",
        sent_model="gpt-1-2026",
        started_at=timezone.now(),
        finished_at=timezone.now(),
        outcome="ok",
    )


@pytest.fixture
def content(request_row) -> Content:
    return Content.objects.create(
        id=uuid7(), request_id=request_row.pk, slot="request", ciphertext=encrypt(b"what was asked")
    )
