"""Detection over the running stack: what is found raises the class, is replaced, is refused, and is recorded;
nobody's values reach a provider, Valkey's other readers or the register.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.promises.told import calls_reached, code_of, post, run
from tests.stack import Stack, wait_until

pytestmark = pytest.mark.stack

EMAIL, OTHER = "jane.doe@example.com", "joe@example.org"
CARD = "4111 1111 1111 1111"
TOKEN = "ghp_" + "a1b2" * 9
RULES = [
    ("personal", "confidential", "redact", "nothing"),
    ("payment", "internal", "reroute", "cut"),
    ("phone", "restricted", "reroute", "nothing"),
    ("secret", "confidential", "refuse", "nothing"),
    ("us_ssn", None, "note", "redact"),
    ("unscannable", "internal", "reroute", "nothing"),
    ("iban", None, "note", "note"),
]
WRITE = """
from registry.models import DataClass, User
from routing.models import DetectionRule
from tests.governance import seeded
root = User.objects.get(username="root")
def work():
    for rule in DetectionRule.objects.all():
        rule.delete()
    for finds, name, action, output in {rules!r}:
        data_class = DataClass.objects.get(name=name) if name else None
        rule = DetectionRule(finds=finds, data_class=data_class, action=action, output=output)
        rule.full_clean()
        rule.save()
seeded(root, work)
from registry.selectors import live_release
print(live_release().number)
"""


def in_force(stack: Stack, rules: list[Any]) -> None:
    number = run(stack, WRITE.format(rules=rules)).splitlines()[-1]
    wait_until(lambda: post(stack).headers["x-signalbox-release"] == number, f"release {number}", 10)


@pytest.fixture(scope="module")
def ruled(stack: Stack) -> Iterator[Stack]:
    """The stack with RULES in force; without any afterwards."""
    in_force(stack, RULES)
    yield stack
    in_force(stack, [])


def said(answer: httpx.Response) -> str:
    """The content of an answer, whole or streamed."""
    if "event-stream" not in answer.headers["content-type"]:
        return str(answer.json()["choices"][0]["message"]["content"])
    lines = [line[6:] for line in answer.text.splitlines() if line.startswith("data: {")]
    chunks = [json.loads(line) for line in lines]
    return "".join(
        choice["delta"].get("content") or "" for chunk in chunks for choice in chunk.get("choices", ())
    )


def seen_by_provider(stack: Stack) -> str:
    """The last user message that arrived at the provider."""
    return str(stack.provider_stats()["last_user_text"])


def row_of(stack: Stack, answer: httpx.Response) -> dict[str, Any]:
    return stack.request_row(answer.headers["x-request-id"])


@pytest.mark.parametrize("stream", [False, True])
def test_the_provider_sees_placeholders_and_the_application_its_values(ruled: Stack, stream: bool) -> None:
    text = f"Write to {EMAIL}, then {OTHER}, then {EMAIL}"
    answer = post(ruled, text, stream=stream)
    assert answer.status_code == 200
    assert seen_by_provider(ruled) == "Write to [EMAIL_1], then [EMAIL_2], then [EMAIL_1]"
    assert said(answer).endswith(f"You wrote: {text}")
    assert answer.headers["x-signalbox-data-class"] == "public"
    assert answer.headers["x-signalbox-detected"] == "email:3"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("messages", {"max_tokens": 500, "messages": [{"role": "user", "content": f"Write to {EMAIL}"}]}),
        ("responses", {"input": f"Write to {EMAIL}"}),
    ],
)
def test_other_surfaces_are_restored_alike(
    ruled: Stack, path: str, asked: dict[str, Any], stream: bool
) -> None:
    body = {"model": "auto", "stream": stream, **asked}
    answer = httpx.post(f"{ruled.api_url}/{path}", headers=ruled.headers(), json=body, timeout=30)
    assert EMAIL not in seen_by_provider(ruled)
    deltas = [
        json.loads(line[6:]).get("delta", "") for line in answer.text.splitlines() if line[:6] == "data: "
    ]
    words = [delta.get("text", "") if isinstance(delta, dict) else delta for delta in deltas]
    assert EMAIL in ("".join(words) if stream else answer.text)


@pytest.mark.parametrize("stream", [False, True])
def test_no_value_is_on_record(ruled: Stack, stream: bool) -> None:
    answer = post(ruled, f"Write to {EMAIL}", stream=stream)
    row = row_of(ruled, answer)
    assert row["data_class_detected"] == "confidential"
    assert json.loads(row["facts"])["redacted"] == ["email"]
    entries = ruled.rows("SELECT body FROM audit_entry WHERE request_id = %s", row["id"])
    assert EMAIL not in "".join(entry["body"] for entry in entries) + str(row)


def test_what_is_found_raises_the_class_by_which_is_routed(ruled: Stack) -> None:
    answer = post(ruled, f"Charge {CARD}", headers={"x-signalbox-data-class": "public"})
    row = row_of(ruled, answer)
    assert answer.headers["x-signalbox-data-class"] == "internal"
    assert (row["data_class_declared"], row["data_class_detected"], row["data_class"]) == (
        "public",
        "internal",
        "internal",
    )


def test_what_is_found_never_lowers_a_class(ruled: Stack) -> None:
    answer = post(ruled, f"Charge {CARD} 0", headers={"x-signalbox-data-class": "confidential"})
    assert answer.headers["x-signalbox-data-class"] == "confidential"


@pytest.mark.parametrize(
    ("text", "key", "code"),
    [
        (f"My token is {TOKEN}", "main", "detection_refused"),
        ("Call +1 415 555 0132", "main", "data_class_denied"),
        (f"Charge {CARD}", "public", "data_class_denied"),
        (f"Write to {EMAIL}", "public", "data_class_denied"),
        (f"Charge {CARD.replace(' ', chr(0x200B))}", "public", "data_class_denied"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_may_not_leave_does_not(ruled: Stack, text: str, key: str, code: str, stream: bool) -> None:
    before = calls_reached(ruled)
    answer = post(ruled, text, key=key, stream=stream)
    assert code_of(answer) == code
    assert calls_reached(ruled) == before
    assert row_of(ruled, answer)["error_code"] == code


@pytest.mark.parametrize("stream", [False, True])
def test_more_than_can_be_followed_is_refused_and_recorded(ruled: Stack, stream: bool) -> None:
    before = calls_reached(ruled)
    answer = post(ruled, "a@b.example " * 10_001, stream=stream)
    assert (answer.status_code, code_of(answer)) == (503, "detection_unavailable")
    assert calls_reached(ruled) == before
    assert row_of(ruled, answer)["error_code"] == "detection_unavailable"


def test_values_are_found_in_system_prompts_tools_and_names_of_files(ruled: Stack) -> None:
    schema = {"type": "object", "properties": {"to": {"type": "string", "description": TOKEN}}}
    tool = {"type": "function", "function": {"name": "mail", "parameters": schema}}
    answer = post(ruled, "Hello", tools=[tool])
    assert code_of(answer) == "detection_refused"


def test_a_picture_is_ruled_as_what_nobody_reads(ruled: Stack) -> None:
    url = "data:image/png;base64,iVBORw0KGgo="
    parts = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]
    answer = post(ruled, messages=[{"role": "user", "content": parts}])
    assert answer.headers["x-signalbox-data-class"] == "internal"


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_with_what_may_not_out_is_withheld(ruled: Stack, stream: bool) -> None:
    answer = post(ruled, f"[[demo:chunk_ms=1]] {CARD} is the number of my card, so I was told", stream=stream)
    assert "output_blocked" in answer.text
    assert CARD not in answer.text
    assert "[DONE]" not in answer.text
    assert row_of(ruled, answer)["error_code"] == "output_blocked"


@pytest.mark.parametrize("stream", [False, True])
def test_a_value_in_an_answer_is_replaced_for_good(ruled: Stack, stream: bool) -> None:
    answer = post(ruled, "The number is 219-09-9999, so it says", stream=stream)
    assert said(answer).endswith("The number is [US_SSN removed], so it says")
    (entry,) = ruled.rows(
        "SELECT body FROM audit_entry WHERE request_id = %s AND event_type = 'request.finished'",
        row_of(ruled, answer)["id"],
    )
    assert json.loads(entry["body"])["data"]["detection"] == {"answer": {"us_ssn": 1}}


def test_a_preview_says_what_was_found(ruled: Stack) -> None:
    body = {"model": "auto", "messages": [{"role": "user", "content": f"Charge {CARD}"}]}
    told = httpx.post(ruled.api_url + "/route", headers=ruled.headers(), json=body, timeout=10).json()
    assert told["data_class"] == "internal"
    assert told["facts"]["detections"] == ["payment_card:1"]
