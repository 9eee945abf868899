"""Batches whose lines go by their provider's own batch service, on real processes."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from stack import Stack, wait_until

pytestmark = pytest.mark.stack
CHAT = "/v1/chat/completions"
ENDS = ("completed", "failed", "cancelled", "expired")
ENDED_WITHIN_S = 60


class Batch:
    """One batch of the stack's: lines for the model `bulk`, each with a directive for its provider."""

    def __init__(self, stack: Stack, http: httpx.Client, directives: tuple[str, ...]) -> None:
        self.stack = stack
        self.label = uuid.uuid4().hex
        self._http = http
        lines = [self._line(at, directive) for at, directive in enumerate(directives)]
        data = "\n".join(map(json.dumps, lines)).encode()
        file = self._http.post("/files", data={"purpose": "batch"}, files={"file": ("in.jsonl", data)})
        asked = {"input_file_id": file.json()["id"], "endpoint": CHAT, "completion_window": "24h"}
        self.id = self._http.post("/batches", json=asked).json()["id"]

    def _line(self, at: int, directive: str) -> dict[str, Any]:
        demo = ",".join(filter(None, (directive, f"label={self.label}")))
        body = {
            "model": "bulk",
            "max_tokens": 50,
            "messages": [{"role": "user", "content": f"Line {at}"}],
            "metadata": {"demo": demo},
        }
        return {"custom_id": f"n{at}", "method": "POST", "url": CHAT, "body": body}

    @property
    def value(self) -> dict[str, Any]:
        return dict(self._http.get(f"/batches/{self.id}").json())

    def cancel(self) -> None:
        self._http.post(f"/batches/{self.id}/cancel").raise_for_status()

    def ended(self) -> dict[str, Any]:
        wait_until(lambda: self.value["status"] in ENDS, f"{self.id} to end", ENDED_WITHIN_S)
        return self.value

    def said(self, kind: str = "output") -> dict[str, Any]:
        file = self.value[f"{kind}_file_id"]
        text = self._http.get(f"/files/{file}/content").text if file else ""
        return {each["custom_id"]: each for each in map(json.loads, text.splitlines())}

    @property
    def sent(self) -> list[dict[str, Any]]:
        """What is on record of the batches at the provider."""
        wanted = self.id.removeprefix("batch_")
        wanted = wanted if self.stack.on_sqlite else str(uuid.UUID(wanted))
        return self.stack.rows("SELECT * FROM routing_providerbatch WHERE batch_id = %s", wanted)

    @property
    def calls(self) -> int:
        return self.stack.provider_labels().get(self.label, 0)

    def attempt(self, request_id: str) -> dict[str, Any]:
        wanted = request_id.replace("-", "") if self.stack.on_sqlite else request_id
        (row,) = self.stack.rows("SELECT * FROM audit_attempt WHERE request_id = %s", wanted)
        return row


@pytest.fixture
def begun(stack: Stack) -> Iterator[Callable[..., Batch]]:
    """Begins a batch of a line for each directive."""
    with httpx.Client(base_url=stack.api_url, headers=stack.headers(), timeout=30) as http:
        yield lambda *directives: Batch(stack, http, directives)


Begun = Callable[..., Batch]


def test_lines_go_by_their_provider_s_batches_at_its_price(stack: Stack, begun: Begun) -> None:
    """What failed in the batch is asked again; what is lost in it costs its worst case, and is not."""
    batch = begun("", "", "status=400", "batch=lose")
    assert batch.ended()["request_counts"] == {"total": 4, "completed": 2, "failed": 2}
    assert [row["state"] for row in batch.sent] == ["ended"]
    assert batch.calls == 5
    request_id = batch.said()["n0"]["response"]["request_id"]
    attempt = batch.attempt(request_id)
    assert stack.request_row(request_id)["outcome"] == "succeeded"
    assert attempt["cost_nano"] * 2 == attempt["input_tokens"] * 1000 + attempt["output_tokens"] * 4000
    wrong = {name: said["response"] for name, said in batch.said("error").items()}
    assert {name: said["status_code"] for name, said in wrong.items()} == {"n2": 400, "n3": 502}
    lost = batch.attempt(wrong["n3"]["request_id"])
    assert (lost["outcome"], bool(lost["usage_unknown"])) == ("failed", True)
    assert lost["cost_nano"] > attempt["cost_nano"]


@pytest.mark.parametrize("fault", ["expire", "mute"])
def test_no_line_runs_twice_whatever_becomes_of_the_batch(begun: Begun, fault: str) -> None:
    """Lines that were never begun are asked again; a batch of which nobody was told is found by its mark."""
    batch = begun(f"batch={fault}", f"batch={fault}")
    assert batch.ended()["request_counts"] == {"total": 2, "completed": 2, "failed": 0}
    assert batch.calls == 2


def test_a_batch_that_is_cancelled_is_cancelled_at_its_provider(begun: Begun) -> None:
    batch = begun("batch=hold", "")
    wait_until(lambda: any(row["state"] == "running" for row in batch.sent), "it to be sent", 30)
    batch.cancel()
    assert batch.ended()["status"] == "cancelled"
    assert batch.calls == 0
    assert {said["error"]["code"] for said in batch.said("error").values()} == {"batch_cancelled"}
