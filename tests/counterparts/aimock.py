"""aimock: formats that few others play, among them Bedrock's binary frames, Vertex AI, Azure and Ollama."""

from collections.abc import AsyncIterator

import httpx

from tests.counterparts.calling import Endpoint, arguments_of, ask

PACKAGE = "@copilotkit/aimock@1.43.0"
SCRIPT = "aimock.mjs"  # it runs in Node
FIXTURES = "aimock.json"
COMMAND = ("node_modules/.bin/llmock", "-p", "{port}", "-c", "4", "-f", "{here}/" + FIXTURES)
READY = "/health"
VERTEX = "/v1/projects/p/locations/l/publishers/google"
ENDPOINTS = (
    Endpoint("openai", "/v1"),
    Endpoint("openai", "/api/v1", "openai/gpt-4o"),  # OpenRouter
    Endpoint("openai", "/openai?api-version=2024-10-21", "gpt-4o", ("deployment_path", "api_key_header")),
    Endpoint("responses", "/v1"),
    Endpoint("anthropic", "/v1", "claude-sonnet-4-5"),
    Endpoint("gemini", "/v1beta", "gemini-2.5-flash"),
    Endpoint("vertex", VERTEX, "gemini-2.5-flash"),
    Endpoint("bedrock", "", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
    Endpoint("mistral", "/v1", "mistral-large-latest"),
    Endpoint("cohere", "", "command-a-03-2025"),
    Endpoint("ollama", "", "qwen3:8b"),
)
SAID = "Hello! How can I help you today?"
CITY = {"city": "Paris"}
CHAOS = {
    "dropRate": ("error",),
    "rateLimitRate": ("rate_limit",),
    "disconnectRate": ("error", "stream_cut"),
    "malformedRate": ("error", "stream_cut"),
}


async def checks(url: str) -> AsyncIterator[tuple[str, str]]:
    """(what was checked, what was wrong or ""), one after the other."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as control:
        for endpoint in ENDPOINTS:
            for stream in (False, True):
                how = "stream" if stream else "whole"
                said = await ask(url, endpoint, "hello", stream=stream)
                good = (said.text, said.finish) == (SAID, "stop")
                yield f"{endpoint.name}: answer, {how}", "" if good else f"{said}"
                said = await ask(url, endpoint, "the weather", stream=stream, tools=True)
                good = said.finish == "tool_calls" and arguments_of(said) == CITY
                yield f"{endpoint.name}: call of a tool, {how}", "" if good else f"{said}"
                for rate, kinds in CHAOS.items():
                    (await control.post("/__aimock/chaos", json={rate: 1})).raise_for_status()
                    said = await ask(url, endpoint, "hello", stream=stream)
                    await control.delete("/__aimock/chaos")
                    problem = "" if said.kind in kinds else f"{kinds} was to be read: {said}"
                    yield f"{endpoint.name}: {rate.removesuffix('Rate')}, {how}", problem
