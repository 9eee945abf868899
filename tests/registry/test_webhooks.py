"""Webhooks: signed so that a stranger's library agrees, and never a way into our own network."""

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from registry import outbound
from registry.core import signing
from registry.errors import PostFailed
from registry.models import Notice, User, Webhook
from registry.services import delivery, notices, webhooks

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'


class Receiver(HTTPServer):
    """Answers every POST with `status`, and keeps what came."""

    status = 204
    got: list[tuple[dict[str, str], bytes]]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append(({key.lower(): value for key, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.send_header("location", "http://169.254.169.254/")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Silent."""


@pytest.fixture
def receiver(settings: LazySettings) -> Iterator[Receiver]:
    server = Receiver(("127.0.0.1", 0), Handler)
    server.got = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.INSECURE_ENDPOINT_HOSTS = [f"127.0.0.1:{server.server_port}"]
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def url_of(receiver: Receiver) -> str:
    return f"http://127.0.0.1:{receiver.server_port}/in"


def test_the_signature_is_that_of_the_published_example() -> None:
    """Standard Webhooks, reference libraries: id, time, body and secret give this signature."""
    given = signing.headers(
        secret=SECRET, message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", at_s=1_614_265_330, body=BODY
    )
    assert given["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({}, True),
        ({"body": BODY + b" "}, False),
        ({"now_s": 1_614_265_330 + 301}, False),
        ({"now_s": 1_614_265_330 - 301}, False),
        ({"secret": signing.as_text(b"another")}, False),
        ({"given": {}}, False),
    ],
)
def test_only_what_was_signed_lately_verifies(change: dict[str, Any], holds: bool) -> None:
    given = signing.headers(secret=SECRET, message_id="1", at_s=1_614_265_330, body=BODY)
    told = {"secret": SECRET, "given": given, "body": BODY, "now_s": 1_614_265_330, **change}
    assert signing.verified(**told) is holds


def test_a_notice_arrives_signed(db: None, receiver: Receiver) -> None:
    created = webhooks.create(actor=None, webhook=Webhook(name="pager", url=url_of(receiver)))
    (notice,) = notices.tell(kind="model.drift", subject="Another model answered", url="/admin/")
    assert delivery.deliver_due() == 1
    ((headers, body),) = receiver.got
    assert json.loads(body)["data"]["subject"] == "Another model answered"
    assert headers["webhook-id"] == str(notice.pk)
    key = base64.b64decode(created.secret.removeprefix("whsec_"))
    signed = f"{notice.pk}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


@pytest.mark.parametrize("status", [302, 400, 500])
def test_anything_but_success_is_tried_again_and_no_redirect_is_followed(
    db: None, receiver: Receiver, status: int
) -> None:
    receiver.status = status
    webhooks.create(actor=None, webhook=Webhook(name="pager", url=url_of(receiver)))
    notices.tell(kind="model.drift", subject="Another model answered")
    assert delivery.deliver_due() == 0
    assert len(receiver.got) == 1
    assert Notice.objects.get().last_error == f"PostFailed: It answered {status}."


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest",
        "https://metadata.google.internal/",
        "https://user:password@hooks.example.com/",
        "https://intranet/",
    ],
)
def test_no_address_of_our_own_network_is_taken(db: None, url: str) -> None:
    with pytest.raises(ValidationError):
        webhooks.create(actor=None, webhook=Webhook(name="pager", url=url))
    with pytest.raises(PostFailed):
        outbound.post(url, b"", {}, allowed_hosts=())


@pytest.mark.parametrize("address", ["10.0.0.7", "127.0.0.1", "169.254.169.254", "::1"])
def test_a_public_name_that_resolves_to_our_own_network_is_refused(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    def resolve(*args: object, **options: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(PostFailed, match="no address that is allowed"):
        outbound.post("https://hooks.example.com/", b"", {}, allowed_hosts=())


def test_the_secret_is_shown_once_and_kept_encrypted(cast: dict[str, User]) -> None:
    client = Client()
    client.force_login(cast["boss"])
    answer = client.post(
        reverse("admin:registry_webhook_add"),
        {"name": "pager", "url": "https://hooks.example.com/", "kinds": ["model.drift"], "enabled": "on"},
    )
    webhook = Webhook.objects.get()
    secret = webhooks.secret_of(webhook)
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    page = client.get(reverse("admin:registry_webhook_change", args=[webhook.pk]))
    assert secret not in page.content.decode()
    kept = [webhook.ciphertext, *Entry.objects.values_list("body", flat=True)]
    assert not [text for text in kept if secret in text]


def test_a_replaced_secret_signs_no_more(cast: dict[str, User]) -> None:
    created = webhooks.create(actor=None, webhook=Webhook(name="pager", url="https://hooks.example.com/"))
    client = Client()
    client.force_login(cast["boss"])
    url = reverse("admin:registry_webhook_secret", args=[created.webhook.pk])
    client.get(url)
    assert webhooks.secret_of(Webhook.objects.get()) == created.secret
    client.post(url)
    assert webhooks.secret_of(Webhook.objects.get()) != created.secret
    assert created.webhook.history.first().history_change_reason == "The secret was replaced."
