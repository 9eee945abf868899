"""What the tests of promises ask of a running stack, beside its API."""

import subprocess
import sys
from typing import Any

import httpx
import redis

from tests.stack import ROOT, Stack

CLIENT_TIMEOUT_S = 45.0
COMMAND_TIMEOUT_S = 60.0


def body(content: str = "Hello", **more: Any) -> dict[str, Any]:
    return {"model": "auto", "messages": [{"role": "user", "content": content}], **more}


def post(
    stack: Stack, content: str = "Hello", *, key: str = "main", headers: Any = None, **more: Any
) -> httpx.Response:
    """A completion, whole or as the text of a stream."""
    return httpx.post(
        stack.api_url + "/chat/completions",
        headers={**stack.headers(key), **(headers or {})},
        json=body(content, **more),
        timeout=CLIENT_TIMEOUT_S,
    )


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"]) if answer.is_error else ""


def calls_reached(stack: Stack) -> int:
    return int(stack.provider_stats()["requests"])


def attempts_of(stack: Stack, request_id: str) -> list[dict[str, Any]]:
    """The attempts of a request that is on record as finished, in order."""
    found = stack.request_row(request_id)
    return stack.rows("SELECT * FROM audit_attempt WHERE request_id = %s ORDER BY number", found["id"])


def entries_of(stack: Stack, request_id: str) -> list[str]:
    found = stack.request_row(request_id)
    in_order = "SELECT event_type FROM audit_entry WHERE request_id = %s ORDER BY emitter_id, emitter_seq"
    rows = stack.rows(in_order, found["id"])
    return [str(row["event_type"]) for row in rows]


def forget_health(stack: Stack) -> None:
    """No breaker is open and no deployment is cooling: each test lets one fail anew."""
    with redis.Redis(port=stack.valkey_port) as client:
        keys = client.keys("sb:health*")
        if keys:
            client.delete(*keys)


def manage(stack: Stack, *arguments: str) -> str:
    """The output of a management command of the stack. Raises CalledProcessError."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_S,
        check=True,
    )
    return done.stdout


def run(stack: Stack, script: str) -> str:
    """The output of a Python script in the stack's own environment."""
    setup = "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'signalbox.settings'; django.setup()\n"
    done = subprocess.run(
        [sys.executable, "-c", setup + script],
        cwd=ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
