"""An answer that waits for a person, on real processes: held, reviewed in the console, and asked for."""

import re
from collections.abc import Iterator
from html import escape
from typing import Any

import httpx
import pytest

from tests.promises.pattern_cases import RIGHT, WRONG, say
from tests.promises.told import code_of, entries_of, post
from tests.stack import Stack

pytestmark = pytest.mark.stack
KEPT = {"x-signalbox-data-class": "kept"}
WAITS = say(cheap="The total is 41.", checker=WRONG)
REVIEWER = {"username": "root", "password": "a-password-of-tests"}


@pytest.fixture(scope="module")
def reviewer(stack: Stack) -> Iterator[httpx.Client]:
    """Somebody who may decide, signed in to the console."""
    with httpx.Client(base_url=stack.url, follow_redirects=True, timeout=30) as client:
        page = client.get("/admin/")
        answer = client.post(page.url, data={**REVIEWER, "csrfmiddlewaretoken": token(page)})
        assert answer.url.path == "/admin/", answer.url
        yield client


def token(page: httpx.Response) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert found is not None, page.url
    return found[1]


def field(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
    assert found is not None, page.text[:2000]
    return found[1]


def became(stack: Stack, request_id: str, key: str = "main") -> httpx.Response:
    return httpx.get(f"{stack.api_url}/requests/{request_id}", headers=stack.headers(key), timeout=30)


def decide(reviewer: httpx.Client, request_id: str, *, shows: str = "The total is 41.", **given: str) -> None:
    """As somebody does: look at it, then press a button."""
    where = f"/admin/routing/heldanswer/{request_id}/change/"
    page = reviewer.get(where)
    assert escape(shows) not in page.text
    shown = reviewer.post(where, data={"do": "read", "csrfmiddlewaretoken": token(page)})
    assert escape(shows) in shown.text
    told = {"seen": field(shown, "seen"), "csrfmiddlewaretoken": token(shown), "reason": "I looked."}
    assert reviewer.post(where, data={**told, **given}).status_code == 200


def held(stack: Stack, **more: Any) -> str:
    answer = post(stack, WAITS, model="reviewed", headers=KEPT, **more)
    assert (answer.status_code, code_of(answer)) == (422, "held_for_review"), answer.text
    assert answer.headers["x-should-retry"] == "false"
    return answer.headers["x-request-id"]


def test_a_held_answer_is_given_once_somebody_has_released_it(stack: Stack, reviewer: httpx.Client) -> None:
    request_id = held(stack)
    waiting = became(stack, request_id).json()
    assert (waiting["status"], waiting["answer"]) == ("held", None)
    assert stack.request_row(request_id)["outcome"] == "held"
    decide(reviewer, request_id, do="release", words="The total is 42.")
    given = became(stack, request_id).json()
    assert (given["status"], given["review"]["edited"]) == ("released", True)
    assert given["answer"]["choices"][0]["message"]["content"] == "The total is 42."
    became(stack, request_id)
    told = entries_of(stack, request_id)
    assert [name for name in sorted(told) if name.startswith("review.")] == [
        "review.given",
        "review.released",
        "review.requested",
    ]


def test_a_stream_says_nothing_before_and_a_refused_answer_is_never_given(
    stack: Stack, reviewer: httpx.Client
) -> None:
    request_id = held(stack, stream=True)
    decide(reviewer, request_id, do="refuse")
    assert (became(stack, request_id).json()["status"], became(stack, request_id).json()["answer"]) == (
        "refused",
        None,
    )


@pytest.mark.parametrize(
    ("path", "more", "kind"),
    [
        ("responses", {"input": WAITS}, ("object", "response")),
        (
            "messages",
            {"messages": [{"role": "user", "content": WAITS}], "max_tokens": 100},
            ("type", "message"),
        ),
    ],
)
def test_each_surface_is_answered_in_its_own_words(
    stack: Stack, reviewer: httpx.Client, path: str, more: dict[str, Any], kind: tuple[str, str]
) -> None:
    asked = {"model": "reviewed", **more}
    answer = httpx.post(
        f"{stack.api_url}/{path}", headers={**stack.headers(), **KEPT}, json=asked, timeout=30
    )
    assert code_of(answer) == "held_for_review"
    decide(reviewer, answer.headers["x-request-id"], do="release", words="The total is 41.")
    given = became(stack, answer.headers["x-request-id"]).json()
    assert given["answer"][kind[0]] == kind[1]
    assert given["review"]["edited"] is False
    assert "The total is 41." in str(given["answer"])


def test_what_a_person_writes_has_to_meet_what_its_task_declares(
    stack: Stack, reviewer: httpx.Client
) -> None:
    text = say(cheap='{"amount": 41}', checker=WRONG)
    answer = post(stack, text, model="reviewed", headers={**KEPT, "x-signalbox-task": "weigh"})
    assert code_of(answer) == "held_for_review"
    request_id = answer.headers["x-request-id"]
    for words, status in (("forty-two", "held"), ('{"amount": 42}', "released")):
        decide(reviewer, request_id, shows='{"amount"', do="release", words=words)
        assert became(stack, request_id).json()["status"] == status


def test_nobody_else_learns_of_it(stack: Stack) -> None:
    request_id = held(stack)
    assert became(stack, request_id, "other").status_code == 404
    assert became(stack, "0").status_code == 404


def test_a_key_of_lower_clearance_gets_no_answer_above_it(stack: Stack, reviewer: httpx.Client) -> None:
    """It is a key of the same application, so it may learn that there is one."""
    request_id = held(stack)
    assert became(stack, request_id, "public").json()["status"] == "held"
    decide(reviewer, request_id, do="release")
    assert code_of(became(stack, request_id, "public")) == "data_class_denied"
    assert became(stack, request_id).json()["answer"] is not None


def test_what_may_not_be_stored_is_refused_and_what_is_right_is_given(stack: Stack) -> None:
    refused = post(stack, WAITS, model="reviewed")
    assert code_of(refused) == "output_invalid"
    right = post(stack, say(cheap="7", checker=RIGHT), model="reviewed", headers=KEPT)
    assert right.json()["choices"][0]["message"]["content"] == "7"
    told = became(stack, right.headers["x-request-id"]).json()
    assert (told["status"], told["review"], told["answer"]) == ("succeeded", None, None)
