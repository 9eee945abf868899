"""The answer of one request on its way through the web process: put together, and kept for the next ones.

It is kept once its end was committed, and only where it came whole. One that another gave because the first
had failed, or for which steps were skipped, is for those who waited for it and for nobody after them.
"""

import time
from dataclasses import dataclass
from typing import Any

import msgspec

from routing.ask import Ask
from routing.caching import comparing
from routing.caching.comparing import Near
from routing.caching.leading import Leading
from routing.caching.store import (
    MAX_ANSWER_BYTES,
    Answers,
    Found,
    Kept,
    application_tag,
    policy_tag,
    version_tag,
)
from routing.core.caching import sameness
from routing.core.caching.forms import KEPT_FINISHES, Assembly, finish_of
from routing.core.caching.settings import Caching, Mode
from routing.core.decision import Plan
from routing.core.flows import is_composite
from routing.core.release import Release
from routing.core.states import BUDGET_NOTE
from routing.lane.messages import Frame
from routing.runtime import Runtime

_SKIPPED = ":" + BUDGET_NOTE.replace(" ", "_")  # as an answer's meta tells it
JOINED_TTL_S = 10  # of an answer that is only for those who wait for it: until each has looked
_SERVED = (
    "model",
    "model_version",
    "deployment",
    "provider",
    "unsupported",
    "prepared",
    "normalised",
    "route",
)
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Place:
    """Under what the answer is kept, and since when it is on its way; `near` is where such questions are."""

    name: str
    begun: Found
    request_id: str
    application_id: str
    leads: bool
    near: str = ""
    question: str = ""


class Keeping:
    """Frames come in the order of the answer. `closed` comes last, however it ended."""

    def __init__(
        self,
        runtime: Runtime,
        place: Place,
        caching: Caching,
        release: Release,
        plan: Plan,
        ask: Ask,
    ) -> None:
        self._runtime = runtime
        self.place = place
        self._caching = caching
        self._release = release
        self._plan = plan
        self._ask = ask
        self.near: Near | None = None  # to be compared with what comes
        self._assembly = Assembly()
        self._bytes = 0
        self._is_over = False

    def whole(self, frame: Frame) -> None:
        """The one frame of an answer that is not streamed."""
        if frame.kind == "done" and len(frame.payload) <= MAX_ANSWER_BYTES:
            self._end(_decode(frame.payload), frame.meta or {})

    def part(self, frame: Frame) -> None:
        """One frame of a stream."""
        if frame.kind not in ("chunk", "done") or self._is_over:
            return
        self._bytes += len(frame.payload)
        if self._bytes > MAX_ANSWER_BYTES:
            self.closed()
            return
        for chunk in frame.payload.split(b"\n") if frame.kind == "done" else (frame.payload,):
            if chunk:
                self._assembly.add(_decode(chunk))
        if frame.kind == "done":
            self._end(self._assembly.completion(), frame.meta or {})

    def closed(self) -> None:
        """Nothing (more) is kept; who waits for this answer waits no longer."""
        if not self._is_over:
            self._is_over = True
            self._leave()

    def _end(self, completion: dict[str, Any] | None, meta: dict[str, Any]) -> None:
        if completion is None or finish_of(completion) not in KEPT_FINISHES:
            self.closed()
            return
        self._is_over = True
        if self.near is not None:
            compared = comparing.compared(self._ask, self._release, self._plan, self.near, completion)
            self._runtime.background(comparing.recorded(self._runtime, compared))
        ttl_s, kept = self._ttl_s(meta), self._kept(completion, meta)
        fits = len(kept.completion) <= MAX_ANSWER_BYTES
        if ttl_s is None or not fits or self._runtime.background(self._keep(kept, ttl_s)) is None:
            self._leave()

    def _ttl_s(self, meta: dict[str, Any]) -> int | None:
        """None where nobody is to get it."""
        if self._caching.mode is not Mode.OFF and self._is_at_its_best(meta):
            return self._caching.ttl_s
        return JOINED_TTL_S if self.place.leads else None

    def _is_at_its_best(self, meta: dict[str, Any]) -> bool:
        """Whether the plan went as it is written: nobody stood in, and time was enough for every step."""
        if any(said.endswith(_SKIPPED) for said in meta.get("route", ())):
            return False
        return is_composite(self._plan.root) or meta.get("deployment") == sameness.first(self._plan)

    def _kept(self, completion: dict[str, Any], meta: dict[str, Any]) -> Kept:
        tokens = {"input": meta.get("input_tokens"), "output": meta.get("output_tokens")}
        if "usage" not in completion and None not in tokens.values():
            completion = {**completion, "usage": _usage(tokens["input"] or 0, tokens["output"] or 0)}
        everyone = sameness.deployments(self._plan)
        return Kept(
            name=self.place.name,
            request_id=self.place.request_id,
            kept_us=time.time_ns() // 1000,
            completion=_encode(completion),
            served={name: meta[name] for name in _SERVED if meta.get(name)},
            sources=everyone if is_composite(self._plan.root) else (meta["deployment"],),
            input_tokens=tokens["input"],
            output_tokens=tokens["output"],
            cost_nano=meta.get("cost_nano") or 0,
        )

    async def _keep(self, kept: Kept, ttl_s: int) -> None:
        place, cache = self.place, self._runtime.cache
        await cache.answers.keep(
            kept,
            begun=place.begun,
            tags=self._tags(kept),
            ttl_s=ttl_s,
            lease=place.request_id if place.leads else "",
            place=place.near,
            question=place.question,
        )
        cache.leading.ended(place.name)

    def _tags(self, kept: Kept) -> list[str]:
        versions = {
            (deployment.model, deployment.version)
            for deployment in map(self._release.deployments.__getitem__, kept.sources)
        }
        return [
            application_tag(self.place.application_id),
            policy_tag(self._plan.policy),
            *sorted(version_tag(model, version) for model, version in versions),
        ]

    def _leave(self) -> None:
        if self.place.leads:
            cache = self._runtime.cache
            self._runtime.background(_left(cache.answers, cache.leading, self.place))


async def _left(answers: Answers, leading: Leading, place: Place) -> None:
    await answers.leave(place.name, place.request_id)
    leading.ended(place.name)


def _usage(input_tokens: int, output_tokens: int) -> dict[str, int]:
    return {
        "prompt_tokens": input_tokens,
        "completion_tokens": output_tokens,
        "total_tokens": input_tokens + output_tokens,
    }
