"""llmock: providers in their own formats, broken on demand; each dialect must call each fault by its kind."""

from collections.abc import AsyncIterator
from typing import Any

import httpx

from tests.counterparts.calling import SILENCE_S, Endpoint, arguments_of, ask

PACKAGE = "llmock==0.2.2"
SCRIPT = "llmock.py"  # it runs in Python
COMMAND = ("bin/llmock", "serve", "--port", "{port}", "--log-level", "error")
READY = "/health"
ENDPOINTS = (
    Endpoint("openai", "/v1"),
    Endpoint("responses", "/v1"),
    Endpoint("anthropic", "/anthropic/v1", "claude-sonnet-4-5"),
    Endpoint("gemini", "/gemini/v1beta", "gemini-2.5-flash"),
    Endpoint("cohere", "/cohere", "command-a-03-2025"),
    Endpoint("mistral", "/mistral/v1", "mistral-large-latest"),
    Endpoint("openai", "/groq/openai/v1", "llama-3.3-70b-versatile"),
    Endpoint("openai", "/together/v1", "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
    Endpoint("openai", "/perplexity/v1", "sonar"),
    Endpoint("openai", "/xai/v1", "grok-4"),
    Endpoint("openai", "/ai21/v1", "jamba-large"),
)
STATUSES = {
    429: "rate_limit",
    500: "error",
    503: "error",
    401: "authentication",
    404: "not_found",
    400: "invalid_request",
}
STREAMS = {"disconnect": "stream_cut", "truncate": "stream_cut", "malformed": "error", "stall": "timeout"}
STALL_S = 2 * SILENCE_S
# Mistral itself tells usage unasked, and knows no `stream_options`; its counterpart wants them.
WITHOUT_STREAMED_USAGE = ("mistral",)
WITHOUT_TOOLS = ("/perplexity/v1",)


async def checks(url: str) -> AsyncIterator[tuple[str, str]]:
    """(what was checked, what was wrong or ""), one after the other."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as control:
        for endpoint in ENDPOINTS:
            async for what, problem in _of(url, endpoint, control):
                yield f"{endpoint.name}: {what}", problem


async def _of(url: str, endpoint: Endpoint, control: httpx.AsyncClient) -> AsyncIterator[tuple[str, str]]:
    for stream in (False, True):
        how = "stream" if stream else "whole"
        said = await ask(url, endpoint, "Say hello.", stream=stream)
        told = said.usage.known or (stream and endpoint.dialect in WITHOUT_STREAMED_USAGE)
        good = said.text and said.finish == "stop" and told
        yield f"answer, {how}", "" if good else f"{said}"
        if endpoint.path not in WITHOUT_TOOLS:
            said = await ask(url, endpoint, "What is the weather in Paris?", stream=stream, tools=True)
            good = said.finish == "tool_calls" and "city" in arguments_of(said)
            yield f"call of a tool, {how}", "" if good else f"{said}"
        for status, kind in STATUSES.items():
            fault = {"type": "fail", "status": status, **({"retry_after": 7} if status == 429 else {})}
            yield f"{status}, {how}", await _met(url, endpoint, control, fault, kind, stream=stream)
    for fault_kind, kind in STREAMS.items():
        fault = {"type": "stream_fault", "kind": fault_kind, "after_chunks": 2, "stall_seconds": STALL_S}
        yield f"stream: {fault_kind}", await _met(url, endpoint, control, fault, kind, stream=True)


async def _met(
    url: str,
    endpoint: Endpoint,
    control: httpx.AsyncClient,
    fault: dict[str, Any],
    kind: str,
    *,
    stream: bool,
) -> str:
    (await control.post("/_llmock/scenario", json={"behaviors": [fault]})).raise_for_status()
    said = await ask(url, endpoint, "Say hello, and then some more of it.", stream=stream)
    await control.delete("/_llmock/scenario")
    if said.kind != kind:
        return f"{kind} was to be read, not {said.kind}: {said}"
    waits = said.error.retry_after_s if said.error else None
    return "" if "retry_after" not in fault or waits == fault["retry_after"] else f"it waits {waits} s"
