"""One call of a dialect to a counterpart: prepared by the adapter, sent by the worker's transport, read."""

import json
from dataclasses import dataclass, field
from typing import Any

from routing.adapters import get
from routing.adapters.contract import Allowance, Delta, ProviderError, Target, Usage
from routing.adapters.limits import allowance_of
from routing.lane.transport import Transport

SILENCE_S = 0.8
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@dataclass(frozen=True)
class Endpoint:
    dialect: str
    path: str  # of the base URL, behind the counterpart's host
    model: str = "gpt-4o"
    quirks: tuple[str, ...] = ()
    api_key: str = "sk-test"

    @property
    def name(self) -> str:
        return f"{self.dialect} {self.path}"


@dataclass
class Said:
    """What came of a call: an answer, or the kind of its failure."""

    text: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    finish: str = ""
    usage: Usage = field(default_factory=Usage)
    allowance: Allowance | None = None
    error: ProviderError | None = None

    @property
    def kind(self) -> str:
        return self.error.kind if self.error else "answer"


async def ask(
    url: str, endpoint: Endpoint, text: str, *, stream: bool, tools: bool = False, **fields: Any
) -> Said:
    request: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": text}], **fields}
    if tools:
        request["tools"] = [TOOL]
    target = Target(
        url + endpoint.path, endpoint.model, 256, endpoint.api_key, quirks=frozenset(endpoint.quirks)
    )
    adapter = get(endpoint.dialect, target.quirks)
    prepared = adapter.prepare(request, target, stream=stream)
    transport = Transport(allowed=lambda *_: True)
    said = Said()
    try:
        async with await transport.open(prepared, read_timeout_s=SILENCE_S) as reply:
            said.allowance = allowance_of(reply.headers)
            if stream and reply.status < 400:
                parser = adapter.stream()
                async for chunk in reply.chunks():
                    _add(said, parser.feed(chunk))
                _add(said, parser.close())
                return said
            completion = adapter.parse(reply.status, reply.headers, await reply.read())
            choice = completion.choices[0]
            said.text = choice["message"].get("content") or ""
            said.calls = [dict(call["function"]) for call in choice["message"].get("tool_calls") or ()]
            said.finish, said.usage = str(choice["finish_reason"]), completion.usage
    except ProviderError as error:
        said.error = error
    finally:
        await transport.close()
    return said


def _add(said: Said, deltas: list[Delta]) -> None:
    for delta in deltas:
        said.usage = delta.usage or said.usage
        for choice in delta.choices:
            part = choice["delta"]
            said.text += part.get("content") or ""
            said.finish = choice.get("finish_reason") or said.finish
            for call in part.get("tool_calls") or ():
                if call["index"] == len(said.calls):
                    said.calls.append({"name": "", "arguments": ""})
                known = said.calls[call["index"]]
                for name in known:
                    known[name] += call["function"].get(name) or ""


def arguments_of(said: Said) -> dict[str, Any]:
    """Of the first call. Raises where there is none."""
    found: dict[str, Any] = json.loads(said.calls[0]["arguments"])
    return found
