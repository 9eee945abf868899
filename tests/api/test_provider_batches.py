"""Batches whose lines go by their provider's own batch service, on real processes."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from stack import Stack, wait_until

from tests.batching import Batch

pytestmark = pytest.mark.stack


@pytest.fixture
def begun(stack: Stack) -> Iterator[Callable[..., Batch]]:
    """Begins a batch of a line for each directive."""
    with httpx.Client(base_url=stack.api_url, headers=stack.headers(), timeout=30) as http:
        yield lambda *directives, model="bulk": Batch(stack, http, directives, model)


Begun = Callable[..., Batch]


def test_lines_go_by_their_provider_s_batches_at_its_price(stack: Stack, begun: Begun) -> None:
    """What failed in the batch is asked again; what is lost in it costs its worst case, and is not."""
    batch = begun("", "", "status=400", "batch=lose")
    assert batch.ended()["request_counts"] == {"total": 4, "completed": 2, "failed": 2}
    assert [row["state"] for row in batch.sent] == ["ended"]
    assert sorted(batch.calls) == [1, 1, 1, 2]
    request_id = batch.said()["n0"]["response"]["request_id"]
    attempt = batch.attempt(request_id)
    row = stack.request_row(request_id)
    assert row["outcome"] == "succeeded"
    told = "SELECT body FROM audit_entry WHERE request_id = %s AND event_type = 'attempt.finished'"
    assert batch.sent[0]["upstream_id"] in str(stack.rows(told, row["id"]))
    assert attempt["cost_nano"] * 2 == attempt["input_tokens"] * 1000 + attempt["output_tokens"] * 4000
    wrong = {name: said["response"] for name, said in batch.said("error").items()}
    assert {name: said["status_code"] for name, said in wrong.items()} == {"n2": 400, "n3": 502}
    lost = batch.attempt(wrong["n3"]["request_id"])
    assert (lost["outcome"], bool(lost["usage_unknown"])) == ("failed", True)
    assert lost["cost_nano"] > attempt["cost_nano"]


def test_embeddings_go_by_them_too(stack: Stack, begun: Begun) -> None:
    batch = begun("", "status=400", "batch=expire", model="bulk-embed")
    assert batch.ended()["request_counts"] == {"total": 3, "completed": 2, "failed": 1}
    assert [row["state"] for row in batch.sent] == ["ended"]
    said = batch.said()["n0"]["response"]
    assert [len(each["embedding"]) for each in said["body"]["data"]] == [64, 64]
    assert said["body"]["model"] == "bulk-embed"
    row, attempt = stack.request_row(said["request_id"]), batch.attempt(said["request_id"])
    assert (row["operation"], row["outcome"]) == ("embeddings", "succeeded")
    assert attempt["cost_nano"] * 2 == attempt["input_tokens"] * 1000
    again = batch.attempt(batch.said()["n2"]["response"]["request_id"])
    assert again["cost_nano"] == again["input_tokens"] * 1000


@pytest.mark.parametrize("fault", ["expire", "mute"])
def test_no_line_runs_twice_whatever_becomes_of_the_batch(begun: Begun, fault: str) -> None:
    """Lines that were never begun are asked again; a batch of which nobody was told is found by its mark."""
    batch = begun(f"batch={fault}", f"batch={fault}")
    assert batch.ended()["request_counts"] == {"total": 2, "completed": 2, "failed": 0}
    assert batch.calls == [1, 1]


@pytest.mark.parametrize("model", ["bulk", "bulk-three"])
def test_a_batch_that_is_cancelled_is_cancelled_at_its_provider(begun: Begun, model: str) -> None:
    batch = begun("batch=hold", "", model=model)
    wait_until(lambda: any(row["state"] == "running" for row in batch.sent), "it to be sent", 30)
    batch.cancel()
    assert batch.ended()["status"] == "cancelled"
    assert batch.calls == []
    assert {said["error"]["code"] for said in batch.said("error").values()} == {"batch_cancelled"}


def test_gemini_s_batches_are_spoken_too(stack: Stack, begun: Begun) -> None:
    """A batch that may have been made is found by its name, which is our mark."""
    answered = begun("", "", model="bulk-three")
    unsaid = begun("batch=mute", model="bulk-three")
    assert answered.ended()["request_counts"] == {"total": 2, "completed": 2, "failed": 0}
    request_id = answered.said()["n0"]["response"]["request_id"]
    attempt = answered.attempt(request_id)
    assert attempt["cost_nano"] * 2 == attempt["input_tokens"] * 1000 + attempt["output_tokens"] * 4000
    assert unsaid.ended()["request_counts"] == {"total": 1, "completed": 1, "failed": 0}
    assert [answered.calls, unsaid.calls] == [[1, 1], [1]]
    assert answered.sent[0]["said"] == "BATCH_STATE_SUCCEEDED"


def test_anthropic_s_batches_are_spoken_too(stack: Stack, begun: Begun) -> None:
    """A batch that may have been made is not made again: there is no mark of ours to find it by."""
    answered = begun("", "", model="bulk-two")
    assert answered.ended()["request_counts"] == {"total": 2, "completed": 2, "failed": 0}
    request_id = answered.said()["n0"]["response"]["request_id"]
    attempt = answered.attempt(request_id)
    assert attempt["cost_nano"] * 2 == attempt["input_tokens"] * 1000 + attempt["output_tokens"] * 4000
    lost = begun("batch=mute", model="bulk-two")
    assert lost.ended()["request_counts"] == {"total": 1, "completed": 0, "failed": 1}
    assert lost.said("error")["n0"]["response"]["body"]["error"]["code"] == "answer_lost"
    assert [answered.calls, lost.calls] == [[1, 1], []]
