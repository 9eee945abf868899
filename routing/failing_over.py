"""The requests of a failover drill: each is sent twice through the same gate as any other, once as it is and
once with the provider failing on purpose, and both so that the provider would be called first, if it ever is.

The marker travels with the request from here to the worker, which lets the provider's calls fail before they
are sent. It takes away and never adds: no deployment is a candidate that would not be one without it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from audit.core.ids import uuid7
from billing.errors import BillingError
from registry.directory import Consumer
from routing import playground
from routing.admission import judge, release_in_force
from routing.api.errors import ApiError
from routing.api.labels import Labels
from routing.ask import Ask, effective_class
from routing.core.decision import Plan
from routing.core.failover import Trial
from routing.core.flips import first_call
from routing.core.release import Release
from routing.errors import DetectionFailed, DrillImpossible
from routing.playground import Sent, Wanted
from routing.runtime import Runtime

AT_ONCE = 4
MAX_DRAWS = 16  # of a request's id, until it would call the provider first
MAX_OUTPUT_TOKENS = 32
READY_S = 10.0
READY_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Tried:
    """`usual` and `failed` are the same request, without and with the failure."""

    trial: Trial
    key: str
    usual: Sent
    failed: Sent

    @property
    def requests(self) -> tuple[UUID, UUID]:
        return (self.usual.request_id, self.failed.request_id)


@dataclass(frozen=True, slots=True)
class Untried:
    trial: Trial
    why: str


async def run(
    runtime: Runtime,
    release: Release,
    provider: str,
    trials: Sequence[Trial],
    keys: Sequence[str],
    person: str,
) -> list[Tried | Untried]:
    """All trials, some at a time, each by the first of `keys` that may make it."""
    gate = asyncio.Semaphore(AT_ONCE)
    consumers = [found for key in keys if (found := playground.consumer_of(runtime, key)) is not None]

    async def one(trial: Trial) -> Tried | Untried:
        consumer = _who_may(consumers, release, trial)
        if consumer is None:
            return Untried(trial, "no key of the drill may ask for it, or send such data")
        async with gate:
            usual, failed = [
                await playground.sent(
                    runtime, await _drawn(runtime, provider, partial(_ask, consumer, trial, drill, person))
                )
                for drill in ("", provider)
            ]
        return Tried(trial, consumer.key_prefix, usual, failed)

    return await asyncio.gather(*map(one, trials))


async def run_alone(
    release: Release, provider: str, trials: Sequence[Trial], keys: Sequence[str], person: str
) -> list[Tried | Untried]:
    """The same from a process that is no web process. Raises DrillImpossible where nothing can be sent."""
    runtime = Runtime()
    await runtime.start()
    try:
        await _ready(runtime)
        return await run(runtime, release, provider, trials, keys, person)
    finally:
        await runtime.stop()


async def _ready(runtime: Runtime) -> None:
    try:
        async with asyncio.timeout(READY_S):
            while runtime.problem() is not None:  # noqa: ASYNC110 - it has many reasons, and no event
                await asyncio.sleep(READY_LOOK_S)
            await runtime.surroundings.poll()
    except (TimeoutError, BillingError) as error:
        raise DrillImpossible(runtime.problem() or "Valkey does not answer.") from error


def _who_may(consumers: Sequence[Consumer], release: Release, trial: Trial) -> Consumer | None:
    applications = release.policies[trial.policy].applications
    rank = release.data_classes[trial.data_class].rank
    for consumer in consumers:
        cleared = release.data_classes.get(consumer.clearance)
        may_ask = not applications or consumer.application in applications
        if may_ask and cleared is not None and cleared.rank >= rank:
            return consumer
    return None


async def _drawn(runtime: Runtime, provider: str, make: Callable[[], Ask | Sent]) -> Ask | Sent:
    """The first of some that would call the provider first, else the last of them."""
    ask = make()
    for _ in range(MAX_DRAWS):
        if isinstance(ask, Sent) or await _meets(runtime, ask, provider):
            break
        ask = make()
    return ask


def _ask(consumer: Consumer, trial: Trial, drill: str, person: str) -> Ask | Sent:
    """Each text is another one, so that no cache answers it."""
    text = f"Answer with the one word: ready. (Drill {uuid7()})"
    wanted = Wanted(
        models=(trial.policy,),
        messages=({"role": "user", "content": text},),
        labels=Labels(trial.data_class, "", ()),
        max_output_tokens=MAX_OUTPUT_TOKENS,
        drill=drill,
    )
    return playground.ask_of(consumer, wanted, trial.policy, person)


async def _meets(runtime: Runtime, ask: Ask, provider: str) -> bool:
    """Whether it would call the provider first. Shares are drawn by the request's id, so another may."""
    try:
        release = release_in_force(runtime)
        base = effective_class(release, ask.consumer, ask.labels.data_class)
        judged, _ = await judge(runtime, release, ask, base)
    except (ApiError, DetectionFailed):
        return False
    if not isinstance(judged.decision, Plan):
        return False
    return release.deployments[first_call(judged.decision)].provider == provider
