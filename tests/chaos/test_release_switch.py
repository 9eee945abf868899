"""A release goes live under load: every process switches, none is lost, nothing is decided by a mixture."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from tests.stack import ROOT, Stack, free_port, started, wait_until

pytestmark = pytest.mark.stack

SWITCH_TIMEOUT_S = 5.0
PUBLISH = """
import time
from registry.models import User
from registry.services import applying
from routing.models import Policy
from routing.services import policies
root = User.objects.get(username="root")
def work():
    policy = Policy.objects.get(name="brisk")
    policy.deadline_s = 9
    policies.save(policy=policy, actor=root)
applying.directly(author=root, title="Another deadline", reason="Tests.", work=work)
print(time.time())
"""


@dataclass
class Seen:
    """What one web process answered: (when, status, release), in order."""

    answers: list[tuple[float, int, str]] = field(default_factory=list)

    def switched_at(self) -> float | None:
        return next((when for when, _, release in self.answers if release == "2"), None)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, list[str]]]:
    """A stack with two web processes, and their addresses."""
    with started(tmp_path_factory.mktemp("pair")) as stack:
        port = free_port()
        stack.start_web(port, "web-2")
        other = f"http://127.0.0.1:{port}"
        wait_until(lambda: httpx.get(other + "/readyz").is_success, "the second web process")
        yield stack, [stack.url, other]


def ask_until(stack: Stack, url: str, stop: threading.Event, seen: Seen) -> None:
    body = {"model": "brisk", "messages": [{"role": "user", "content": "Which release?"}]}
    with httpx.Client(headers=stack.headers(), timeout=30) as client:
        while not stop.is_set():
            answer = client.post(f"{url}/v1/chat/completions", json=body)
            release = answer.headers.get("x-signalbox-release", "")
            seen.answers.append((time.time(), answer.status_code, release))


def publish(stack: Stack) -> float:
    """When the release was committed."""
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", PUBLISH]
    done = subprocess.run(
        command, cwd=ROOT, env=stack.environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[-1])


def test_every_process_switches_and_no_request_is_lost(pair: tuple[Stack, list[str]]) -> None:
    stack, urls = pair
    stop, seen = threading.Event(), [Seen() for _ in urls]
    askers = [
        threading.Thread(target=ask_until, args=(stack, url, stop, each))
        for url, each in zip(urls, seen, strict=True)
    ]
    for asker in askers:
        asker.start()
    try:
        committed_at = publish(stack)
        wait_until(lambda: all(each.switched_at() for each in seen), "both processes", SWITCH_TIMEOUT_S)
    finally:
        stop.set()
        for asker in askers:
            asker.join()
    assert {status for each in seen for _, status, _ in each.answers} == {200}
    for each in seen:
        releases = [release for _, _, release in each.answers]
        assert releases == sorted(releases), "no process goes back to an older release"
        print(f"switched {each.switched_at() - committed_at:.3f} s after the commit")
