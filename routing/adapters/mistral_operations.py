"""What Mistral does beside chat: OpenAI's formats, with some names of its own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from routing.adapters import openai_operations as openai
from routing.adapters.contract import Operation, PreparedRequest, Result, Target, Usage
from routing.adapters.counts import count, part

ALWAYS = frozenset(("small_batches",))  # of its embeddings
SECOND_MS = 1000


class Embeddings(openai.Embeddings):
    """`dimensions` is `output_dimension`."""

    most_bytes = 16_384  # as many tokens are the most of one request, and none is shorter than a byte

    def prepare(self, request: Mapping[str, Any], target: Target) -> tuple[PreparedRequest, ...]:
        asked = {name: value for name, value in request.items() if name not in ("dimensions", "user")}
        if "dimensions" in request:
            asked["output_dimension"] = request["dimensions"]
        return super().prepare(asked, replace(target, quirks=target.quirks | ALWAYS))


class Moderations(openai.Moderations):
    """Mistral says each category, and leaves it to the reader whether that flags."""

    def parse(
        self, request: Mapping[str, Any], status: int, headers: Mapping[str, str], body: bytes
    ) -> Result:
        result = super().parse(request, status, headers, body)
        answer = dict(result.value or {})
        answer["results"] = [
            {"flagged": any(part(verdict, "categories").values()), **verdict} for verdict in answer["results"]
        ]
        return replace(result, value=answer)


class Transcriptions(openai.Transcriptions):
    """Sold by the time that is heard."""

    def heard(self, answer: Mapping[str, Any]) -> Usage:
        seconds = count(part(answer, "usage").get("prompt_audio_seconds"))
        return super().heard(answer) if seconds is None else Usage(audio_ms=seconds * SECOND_MS)


OPERATIONS: Mapping[str, Operation] = {
    "embeddings": Embeddings(),
    "moderations": Moderations(),
    "transcriptions": Transcriptions(),
}
