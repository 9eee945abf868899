"""Log lines: JSON with the request's id, and never a key."""

import json
import logging
import os
import subprocess
import sys

import pytest
from signalbox.logs import MAX_FIELD_CHARACTERS, JsonFormatter, configuration, redact

from audit.core.current import request_id

KEY = "sb-abcdefghij23-Zk3v0hJ3c8bq1nWm5rT7yU9iO2pA4sD6fG8hJ0kL1zX"


def line(message: str, *arguments: object, **extra: object) -> dict[str, object]:
    record = logging.LogRecord("routing.lane", logging.WARNING, "x.py", 1, message, arguments, None)
    vars(record).update(extra)
    found: dict[str, object] = json.loads(JsonFormatter().format(record))
    return found


def test_a_line_has_time_level_logger_and_message() -> None:
    found = line("claimed %d calls", 3)
    assert (found["level"], found["logger"], found["message"]) == (
        "warning",
        "routing.lane",
        "claimed 3 calls",
    )
    assert str(found["time"]).endswith("+00:00")
    assert "request_id" not in found


def test_a_line_carries_the_id_of_the_request_it_is_about() -> None:
    token = request_id.set("0197-x")
    try:
        assert line("x")["request_id"] == "0197-x"
    finally:
        request_id.reset(token)


def test_what_the_logger_gave_beside_the_message_is_kept_bounded() -> None:
    found = line("x", count=3, ok=True, deployment="d" * 5_000)
    assert (found["count"], found["ok"]) == (3, True)
    assert len(str(found["deployment"])) == MAX_FIELD_CHARACTERS


@pytest.mark.parametrize(
    "text",
    [
        f"refused {KEY}",
        f"Authorization: Bearer {KEY}",
        "headers {'authorization': 'Bearer abcdef0123456789'}",
        "x-api-key: 0123456789abcdef",
        "{'x-goog-api-key': 'AIzaSyExample01234'}",
        "OPENAI key sk-proj-abcdefghijklmnop0123",
        "redis://:hunter22secret@127.0.0.1:6379/0",
        "postgres://signalbox:hunter22secret@db/signalbox",
    ],
)
def test_secrets_are_struck_out(text: str) -> None:
    found = redact(text)
    assert "struck out" in found
    for secret in (
        KEY[16:],
        "abcdef0123456789",
        "0123456789abcdef",
        "AIzaSy",
        "abcdefghijklmnop0123",
        "hunter22",
    ):
        assert secret not in found


def test_the_prefix_of_a_key_stays_so_that_its_owner_can_be_found() -> None:
    assert "sb-abcdefghij23-" in redact(KEY)


@pytest.mark.parametrize(
    "text", ["sb-abcdefghij23", "http://127.0.0.1:8000/v1", "the api_key was revoked", "12:30:59"]
)
def test_plain_text_is_left_alone(text: str) -> None:
    assert redact(text) == text


def test_secrets_are_struck_out_of_exceptions_and_extras_too() -> None:
    try:
        raise ValueError(KEY)
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "failed", (), sys.exc_info())
    record.key = KEY
    assert KEY[16:] not in JsonFormatter().format(record)


def test_servers_and_celery_hand_their_lines_to_the_one_handler() -> None:
    """In a process of its own: here other tests have started servers, which set up logging again."""
    say = "import django, logging; django.setup(); logging.getLogger('uvicorn.error').warning('started')"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "signalbox.settings", "SIGNALBOX_DEMO": "true"}
    ended = subprocess.run([sys.executable, "-c", say], env=environment, capture_output=True, check=True)
    assert json.loads(ended.stdout)["logger"] == "uvicorn.error"
    loggers = configuration("INFO")["loggers"]
    for name in ("uvicorn", "celery", "django"):
        assert loggers[name] == {"handlers": [], "propagate": True}
