"""The promises, attacked where an answer is given again: it is given only where it would be made anew."""

import uuid
from typing import Any

import httpx
import pytest

from tests.promises.told import calls_reached, code_of, entries_of, post, run
from tests.stack import Stack, wait_until

pytestmark = pytest.mark.stack

ROOT = "from registry.models import User\nroot = User.objects.get(username='root')\n"
DENY = f"""
{ROOT}
from registry.models import DataClass, Deployment
from registry.services import applying, matrix
def work():
    matrix.decide(actor=root, deployment=Deployment.objects.get(name="removed-eu"),
        data_class=DataClass.objects.get(name="public"), decision="denied", evidence="Tests.")
applying.directly(author=root, title="Not any more", reason="Tests.", work=work)
"""
SUSPEND = f"""
{ROOT}
from registry.services import suspensions
suspensions.suspend(actor=root, kind="deployment", target="shelved-eu", reason="Tests.")
"""
PURGE = f"""
{ROOT}
from routing.services import caches
print(caches.purge(scope="version", target="echo@1", reason="Tests.", actor=root).removed)
"""
TAKEN_WITHIN_S = 10


def ask(stack: Stack, policy: str, text: str, **more: Any) -> httpx.Response:
    return post(stack, text, model=policy, temperature=0, **more)


def kept(stack: Stack, policy: str) -> str:
    """A text whose answer is given again."""
    text = f"Hello {uuid.uuid4().hex}"
    wait_until(lambda: is_hit(ask(stack, policy, text)), "the answer to be kept", TAKEN_WITHIN_S)
    return text


def is_hit(answer: httpx.Response) -> bool:
    return answer.headers.get("x-signalbox-cache") == "hit"


def test_1_and_3_a_hit_is_on_record_holds_nothing_and_calls_nobody(stack: Stack) -> None:
    text = kept(stack, "cached")
    calls, answer = calls_reached(stack), ask(stack, "cached", text)
    found = stack.request_row(answer.headers["x-request-id"])
    assert entries_of(stack, answer.headers["x-request-id"]) == ["request.accepted", "request.finished"]
    assert stack.rows("SELECT * FROM billing_ledgerentry WHERE request_id = %s", found["id"]) == []
    assert calls_reached(stack) == calls
    assert found["reserved_epoch"] is None


def test_2_what_the_matrix_denies_by_now_is_not_given_again(stack: Stack) -> None:
    text = kept(stack, "removed")
    run(stack, DENY)
    wait_until(lambda: not is_hit(ask(stack, "removed", text)), "the release", TAKEN_WITHIN_S)
    assert code_of(ask(stack, "removed", text)) == "data_class_denied"


def test_5_what_is_suspended_is_not_given_again(stack: Stack) -> None:
    text = kept(stack, "shelved")
    run(stack, SUSPEND)
    wait_until(lambda: not is_hit(ask(stack, "shelved", text)), "the suspension", TAKEN_WITHIN_S)
    assert code_of(ask(stack, "shelved", text)) == "suspended"


def test_what_was_purged_is_not_given_again(stack: Stack) -> None:
    text = kept(stack, "cached")
    assert int(run(stack, PURGE)) > 0
    assert not is_hit(ask(stack, "cached", text))


@pytest.mark.parametrize(
    "changes", [{"key": "other"}, {"headers": {"x-signalbox-data-class": "internal"}}, {"model": "near"}]
)
def test_nobody_else_gets_it(stack: Stack, changes: dict[str, Any]) -> None:
    text = kept(stack, "cached")
    asked = {"model": "cached", "temperature": 0, **changes}
    assert not is_hit(post(stack, text, **asked))
