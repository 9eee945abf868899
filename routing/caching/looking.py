"""Whether a request's answer is there already, or on its way to another that is the same."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from routing.ask import Ask
from routing.caching.comparing import Near
from routing.caching.evidence import COMPARED_ONE_IN
from routing.caching.keeping import Keeping, Place
from routing.caching.sealing import name_of
from routing.caching.store import Asked, Found, Kept
from routing.core.caching import sameness
from routing.core.caching.allowed import skipped, skipped_near
from routing.core.caching.nearness import similarity_milli
from routing.core.caching.reading import Reading, read
from routing.core.caching.settings import Caching, Mode
from routing.core.decision import Plan
from routing.record import Judged
from routing.runtime import Runtime

LARGE_CHARS = 16 * 1024  # of questions that are compared: read in a thread, as it would hold up all others
LEASE_S = 60.0  # how long a leader that died is believed in
MAX_JOIN_S = 30.0  # of waiting for another's answer, and at most half of the time there is
JOIN_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Hit:
    """`kind` is how it was found: exact, in_flight or semantic."""

    kind: str
    kept: Kept
    similarity_milli: int = 1000


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of it: `told` is bypass, miss or shadow where the request runs, and `why` it passes by.

    Where there is a hit it may be given only if it still `stands`. `waited` says that time has passed, so
    that all has to be decided anew: what comes of that is not kept.
    """

    told: str
    why: str = ""
    hit: Hit | None = None
    keeping: Keeping | None = None
    waited: bool = False


@dataclass(frozen=True, slots=True)
class _Search:
    runtime: Runtime
    ask: Ask
    plan: Plan
    caching: Caching
    name: str

    @property
    def request_id(self) -> str:
        return str(self.ask.request_id)

    async def first(self) -> Found | None:
        """What is there, if the policy lets it be given; where it joins, the lead is taken."""
        return await self.runtime.cache.answers.find(
            self.name,
            looks=self.caching.mode is not Mode.OFF,
            lease=self.request_id,
            lease_s=LEASE_S if self.caching.joins else 0,
        )

    async def joined(self, leader: str) -> Kept | None:
        """The leader's answer; None where it has none, or takes too long: then each runs on their own."""
        loop, cache = asyncio.get_running_loop(), self.runtime.cache
        until_s = loop.time() + min(MAX_JOIN_S, self.plan.deadline_s * JOIN_SHARE)
        while (left_s := until_s - loop.time()) > 0:
            await cache.leading.wait(self.name, left_s)
            found = await cache.answers.find(self.name)
            if found is None:
                return None
            if found.kept is not None and found.kept.request_id == leader:
                return found.kept
            if found.leader != leader:
                return None
        return None


async def look(runtime: Runtime, ask: Ask, judged: Judged, plan: Plan, caching: Caching) -> Looked:
    skip = skipped(caching, judged.release, judged.facts, ask.body.request, plan)
    if skip is not None:
        return Looked("bypass", skip.value)
    scope = sameness.scope_of(caching, judged.release, judged.facts, plan, ask.consumer.application_id)
    search = _Search(runtime, ask, plan, caching, name_of(sameness.material(scope, ask.body.request)))
    found = await search.first()
    if found is None:
        return Looked("miss")
    if found.kept is not None:
        return Looked("hit", hit=Hit("exact", found.kept))
    leads = found.leader == search.request_id
    waited = bool(found.leader) and not leads
    kept = await search.joined(found.leader) if waited else None
    if kept is not None:
        return Looked("hit", hit=Hit("in_flight", kept), waited=True)
    if waited:
        return Looked("miss", waited=True)
    if leads:
        runtime.cache.leading.begun(search.name)
    place = Place(search.name, found, search.request_id, ask.consumer.application_id, leads)
    keeping = Keeping(runtime, place, caching, judged.release, plan, ask)
    if not caching.mode.looks_near or skipped_near(judged.release, judged.facts, ask.body.request):
        return Looked("miss", keeping=keeping)
    try:
        return await _looked_near(search, judged, keeping, scope)
    except BaseException:
        keeping.closed()
        raise


async def _looked_near(search: _Search, judged: Judged, keeping: Keeping, scope: dict[str, Any]) -> Looked:
    keeping.place, near = await _near(search, keeping.place, scope)
    if near is None:
        return Looked("miss", keeping=keeping)
    if await _may_be_given(search, judged):
        keeping.closed()
        return Looked("hit", hit=Hit("semantic", near.kept, near.similarity_milli))
    keeping.near = near
    return Looked("shadow", keeping=keeping)


async def _near(search: _Search, place: Place, scope: dict[str, Any]) -> tuple[Place, Near | None]:
    """Where questions like this one are, and the nearest of them whose answer is still there."""
    answers, request = search.runtime.cache.answers, search.ask.body.request
    question = sameness.question(request)
    reading = read(question)
    there = name_of(sameness.near_material(scope, request, reading.marks))
    asked = await answers.near(there)
    is_long = sum(len(each.text) for each in asked) > LARGE_CHARS
    most, name = await asyncio.to_thread(_nearest, reading, asked) if is_long else _nearest(reading, asked)
    place = replace(place, near=there, question=question)
    if most < search.caching.similarity_milli:
        return place, None
    found = await answers.find(name)
    return place, None if found is None or found.kept is None else Near(found.kept, most)


def _nearest(reading: Reading, asked: Sequence[Asked]) -> tuple[int, str]:
    alike = ((similarity_milli(reading, read(each.text)), each.name) for each in asked)
    return max(alike, default=(0, ""))


async def _may_be_given(search: _Search, judged: Judged) -> bool:
    """Only while comparisons show that it is safe; and some are answered live, so that they go on."""
    if search.caching.mode is not Mode.SEMANTIC or search.ask.request_id.int % COMPARED_ONE_IN == 0:
        return False
    return await search.runtime.cache.evidence.allows(judged.release, search.plan.policy)


def stands(hit: Hit, before: Judged, now: Judged) -> bool:
    """Whether the answer may be given under the decision of this moment: everyone that may have had part in
    it is a candidate now, without any reason against it."""
    decision = now.decision
    if not isinstance(decision, Plan) or before.release.digest != now.release.digest:
        return False
    able = {candidate.deployment for candidate in decision.candidates if candidate.reason is None}
    return able.issuperset(hit.kept.sources)
