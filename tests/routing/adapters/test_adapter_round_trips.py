"""What we write equals what the providers' own clients wrote in the recordings."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from routing.adapters import get
from routing.adapters.contract import Target
from routing.adapters.steering import STEERING
from routing.api.wire import read_chat_request
from routing.errors import InvalidRequest
from tests.routing.adapters.adapter_fixtures import by_name

FOLDER = Path(os.environ.get("SIGNALBOX_RECORDINGS") or Path(__file__).parents[4] / "shared" / "recordings")
ROUND_TRIPS = by_name("round_trips")
# The model's own limit: what we send as the cap where a recorded request set none.
CAP = 65_536
CAPS = ("maxOutputTokens", "maxTokens", "num_predict", "max_tokens")
# What is the default where it is not said; and that Ollama must not cut a conversation, which we always say.
SAYS_NOTHING = {
    "toolChoice": {"auto": {}},
    "tool_choice": "auto",
    "status": "success",
    "n": 1,
    "prefix": False,
    "truncate": False,
    "shift": False,
}
MAY_BE_EMPTY = ("system", "inferenceConfig", "options", "tools", "tool_calls")

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recordings in {FOLDER}")


def recorded(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text())


def openai_recordings() -> list[str]:
    return sorted(
        path.stem for path in FOLDER.glob("*.json") if json.loads(path.read_text())["api"] == "openai.chat"
    )


def in_openais_words(body: dict[str, Any]) -> dict[str, Any]:
    """What Mistral's clients write otherwise: a tool without its type, and that some tool must be called."""
    choice = {"tool_choice": "required"} if body.get("tool_choice") == "any" else {}
    return {**body, **choice, "tools": [{"type": "function", **tool} for tool in body.get("tools") or ()]}


@pytest.mark.parametrize("name", openai_recordings())
def test_an_openai_request_passes_as_it_was_written(name: str) -> None:
    body = {"model": "from-the-path", **recorded(name)["request"]["body"]}
    try:
        chat = read_chat_request(json.dumps(body).encode())
    except InvalidRequest:
        assert recorded(name)["response"]["status"] == 400, "who else takes it?"
        return
    target = Target("https://provider.test/v1", body["model"], CAP)
    sent = json.loads(get("openai").prepare(chat.request, target, stream=chat.stream).body)
    ours = {"max_tokens", "max_completion_tokens", "stream_options", "stream", *STEERING}
    assert {key: value for key, value in sent.items() if key not in ours} == {
        key: value
        for key, value in in_openais_words(body).items()
        if key not in ours and value not in (None, [])
    }
    assert sent.get("stream", False) == bool(body.get("stream"))
    asked = body.get("max_completion_tokens") or body.get("max_tokens") or CAP
    assert sent.get("max_tokens", sent.get("max_completion_tokens")) == asked


@pytest.mark.parametrize("name", sorted(name for name in ROUND_TRIPS if (FOLDER / f"{name}.json").exists()))
def test_a_translated_request_equals_the_recorded_one(name: str) -> None:
    request = recorded(name)["request"]
    theirs = request["body"]
    dialect = "responses" if "-responses" in name else name.partition("-")[0]
    model = theirs.get("model") or model_in(request["path"])
    target = Target("https://provider.test/v1beta", model, CAP)
    chat = {"model": model, **ROUND_TRIPS[name]}
    prepared = get(dialect).prepare(chat, target, stream=bool(chat.get("stream")))
    assert not prepared.unsupported
    assert plain(spelt(json.loads(prepared.body))) == plain(spelt(theirs))


def model_in(path: str) -> str:
    """Google's paths end with `/MODEL:METHOD`, Bedrock's with `/MODEL/METHOD`."""
    if path.startswith("/model/"):
        return unquote(path.split("/")[2])
    return path.rpartition("/")[2].partition(":")[0]


def spelt(body: dict[str, Any]) -> dict[str, Any]:
    """A request of the Responses API in the one of its spellings that we use; any other as it is."""
    if "input" not in body:
        return body
    body = {name: value for name, value in body.items() if value not in (None, [], "auto")}
    said = [{"role": "system", "content": body.pop("instructions")}] if "instructions" in body else []
    given = body["input"]
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    said += [{key: item[key] for key in item if (key, item[key]) != ("type", "message")} for item in items]
    body["input"] = said
    body["store"] = False  # what the recorded clients kept at the provider we don't
    if body.get("max_output_tokens") == CAP:
        del body["max_output_tokens"]
    for tool in body.get("tools", ()):
        tool.setdefault("strict", False)
    return body


def plain(value: Any) -> Any:
    """`value` without what means the same in two spellings, or nothing."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    value = dict(value)
    for name in ("is_error", "responseModalities"):
        value.pop(name, None)
    if value.get("stream") is False:
        del value["stream"]
    if "systemInstruction" in value:
        value["systemInstruction"] = {"parts": value["systemInstruction"]["parts"]}
    if "parameters_json_schema" in value:
        value["parametersJsonSchema"] = value.pop("parameters_json_schema")
    for name in CAPS:
        if value.get(name) == CAP:
            del value[name]
    for name, said in SAYS_NOTHING.items():
        if value.get(name) == said:
            del value[name]
    if isinstance(value.get("schema"), str):
        value["schema"] = json.loads(value["schema"])
    content = value.get("content")
    if isinstance(content, list) and len(content) == 1 and content[0].get("type") == "text":
        value["content"] = content[0]["text"]
    value = {name: plain(item) for name, item in value.items() if item is not None}
    return {name: item for name, item in value.items() if not (name in MAY_BE_EMPTY and not item)}
