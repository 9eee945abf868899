"""Every recorded exchange of what is not chat: the answer read, and the request that we would send."""

import json
from typing import Any

import pytest

from routing.adapters import operation
from routing.adapters.contract import ProviderError, Result, Target
from tests.routing.adapters.test_adapter_recordings import FOLDER, PLAYED_BY, body_of

# What the application asked for, where the provider's request is worded otherwise.
ASKED = {
    "gemini-embeddings": {"input": ["Some text goes here"], "dimensions": 768},
    "vertex-error-401": {"input": "Summarize the key points about artificial intelligence in one sentence."},
}
BASES = {"cohere": "https://api.cohere.com/v2", "openai": "https://api.openai.com/v1"}


def recordings() -> list[Any]:
    found = [json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))]
    kept = [pytest.param(each, id=each["id"]) for each in found if each["api"] in PLAYED_BY]
    return kept or [pytest.param(None, marks=pytest.mark.skip(f"no recordings in {FOLDER}"))]


def asked_of(recording: dict[str, Any]) -> dict[str, Any]:
    body = recording["request"]["body"]
    asked = {name: value for name, value in body.items() if name not in ("texts", "requests", "instances")}
    texts = {"input": body["texts"]} if "texts" in body else {}
    return {**asked, **texts, **ASKED.get(recording["id"], {})}


def read(recording: dict[str, Any], **changes: Any) -> Result:
    dialect, name = PLAYED_BY[recording["api"]]
    response = recording["response"]
    found = operation(dialect, name)
    assert found is not None
    asked = {**asked_of(recording), **changes}
    return found.parse(asked, response["status"], response["headers"], body_of(recording))


@pytest.mark.parametrize("recording", recordings())
def test_a_recorded_answer_is_read_as_expected(recording: dict[str, Any]) -> None:
    expect = recording.get("expect", {})
    if "error" in expect:
        with pytest.raises(ProviderError) as caught:
            read(recording)
        assert {"status": caught.value.status, "kind": caught.value.kind} == expect["error"]
        return
    result = read(recording, encoding_format="float")
    assert result.value is not None
    if "embeddings" in expect:
        vectors = [item["embedding"] for item in result.value["data"]]
        said = {"count": len(vectors), "dims": len(vectors[0]), "head": [round(n, 6) for n in vectors[0][:4]]}
        assert said == expect["embeddings"]
    else:
        assert result.value == json.loads(recording["response"]["body"])
    assert result.usage.input_tokens == expect.get("usage", {}).get("prompt_tokens")


@pytest.mark.parametrize("recording", recordings())
def test_the_request_that_we_would_send_says_what_the_recorded_one_does(recording: dict[str, Any]) -> None:
    dialect, name = PLAYED_BY[recording["api"]]
    sent = recording["request"]
    model = sent["body"].get("model") or sent["path"].rpartition("/")[2].partition(":")[0]
    base = BASES.get(dialect) or "https://provider.test" + sent["path"].partition("/models/")[0]
    found = operation(dialect, name)
    assert found is not None
    (prepared,) = found.prepare(asked_of(recording), Target(base, model, 0))
    assert prepared.url.endswith(sent["path"])
    body = json.loads(prepared.body)
    ours = {"embedding_types", "truncate", "parameters"}  # said where the recorded client says nothing
    assert {key: value for key, value in body.items() if key not in ours} == without_hints(sent["body"])


def without_hints(body: dict[str, Any]) -> dict[str, Any]:
    """Vertex AI's `task_type` has no place in OpenAI's request."""
    if "instances" in body:
        return {"instances": [{"content": each["content"]} for each in body["instances"]]}
    return body
