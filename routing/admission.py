"""Admission: a request that was read becomes one that is decided, paid for and on its way, or is refused.

1. The process must know what is in force; otherwise nothing is decided (`service_unavailable`).
2. `judge`: what the request holds, facts and live inputs → decide(); POST /v1/route ends here.
3. Where the policy gives answers again, and this one is there: it is counted, recorded and given.
4. Else a live worker must serve the plan's queue.
5. Budgets, rate limits and the call itself go to Valkey in one script: all of it or nothing.
6. A refusal of any step after the first is recorded before it is answered.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings

from audit.core.commitment import new_salt
from audit.core.records import Committed
from billing.core.budgets import BudgetBook
from billing.errors import BillingError
from billing.live import Denied, Dispatch, RateLine, Reservation
from billing.rows import Dimensions, reserved_row
from registry.core.subjects import SHADOW, subject
from registry.directory import Consumer
from routing import record
from routing.api.errors import ApiError
from routing.api.refusals import error_of
from routing.ask import Ask, effective_class, establish
from routing.caching import serving
from routing.caching.keeping import Keeping
from routing.caching.looking import Hit, look, stands
from routing.content import commitments
from routing.core.accounts import accounts_of, casts_of
from routing.core.caching.settings import Caching
from routing.core.decide import decide
from routing.core.decision import Plan, Refusal
from routing.core.facts import Facts, Live
from routing.core.release import Release
from routing.detecting import Redacted, examine, redact, weighed
from routing.detection.redaction import Placeholders
from routing.errors import DetectionFailed
from routing.lane.messages import STREAM_PREFIX, Frame, LaneCall, encode_call
from routing.prompting import prompted
from routing.record import Judged, Told
from routing.refusing import BUSY_RETRY_S, commit_or_refuse, denied_error, refuse, refuse_undecided
from routing.runtime import Runtime

LEASE_GRACE_S = 60
NO_WORKER_RETRY_S = 5.0
RATE_PREFIX = "sb:rate:key:"


@dataclass(frozen=True, slots=True)
class Admitted:
    """On its way to a worker.

    Whoever holds this waits for the answer, and cancels when nobody does any more.
    """

    ask: Ask
    judged: Judged
    told: Told
    plan: Plan
    deadline_us: int
    placeholders: Placeholders | None = None  # what was taken out, for the answer; of this process alone
    left: tuple[tuple[RateLine, int], ...] = ()  # the key's limits, and in how many us each is full again
    cache: str = ""  # hit, shadow, miss or bypass, where the policy has one
    frames: tuple[Frame, ...] = ()  # of a hit: the whole answer, and nobody runs
    keeping: Keeping | None = None  # where the answer may be kept
    saved_nano: int = 0  # what the answer of a hit had cost


def now_us() -> int:
    return time.time_ns() // 1000


def release_in_force(runtime: Runtime) -> Release:
    """The live release. Raises ApiError (service_unavailable) where what is held may be out of date."""
    problem = runtime.problem()
    if problem is not None or runtime.release is None:
        raise ApiError("service_unavailable", problem or "", retry_after_s=1)
    return runtime.release


async def judge(runtime: Runtime, release: Release, ask: Ask, base: str) -> tuple[Judged, Redacted]:
    """What is decided, and the request as it may leave. Raises DetectionFailed, and ApiError for a prompt
    that is not there or can't be rendered.

    `base` is the class that it was declared to have, or has by default; what is found in it can raise that.
    """
    ask = prompted(release, ask)
    examined = await examine(release, ask)
    found = weighed(release, base, examined)
    redacted = redact(ask, examined, found.redacted)
    facts = establish(release, redacted.ask, base, found, examined.counts)
    directory = runtime.directory
    suspended = directory.suspended if directory is not None else frozenset()
    live = Live(ask.accepted_us, runtime.surroundings.health, suspended)
    return Judged(release, facts, live, decide(release, facts, live)), redacted


async def admit(runtime: Runtime, ask: Ask) -> Admitted:
    """Decide, reserve and dispatch. Raises ApiError for every refusal, after it was recorded."""
    judged, plan, redacted = await _judged(runtime, ask)
    caching = judged.release.policies[plan.policy].caching
    if caching is not None:
        return await _again_or_new(runtime, ask, judged, plan, redacted, caching)
    return await _new(runtime, judged, plan, redacted)


async def _judged(runtime: Runtime, ask: Ask) -> tuple[Judged, Plan, Redacted]:
    """What is decided by the rules of this moment. Raises ApiError where that is a refusal."""
    release = release_in_force(runtime)
    try:
        base = effective_class(release, ask.consumer, ask.labels.data_class)
        judged, redacted = await judge(runtime, release, ask, base)
    except ApiError as error:
        await refuse_undecided(runtime, ask, release, error, _shown(ask, error))
    except DetectionFailed as failure:
        unknown = ApiError("detection_unavailable", f"{failure} Nothing was run.", retry_after_s=BUSY_RETRY_S)
        await refuse_undecided(runtime, ask, release, unknown, str(failure))
    decision = judged.decision
    if isinstance(decision, Refusal):
        refused = error_of(decision, judged.facts)
        await refuse(runtime, redacted.ask, judged, refused, decision.reason.value)
    return judged, decision, redacted


async def _new(runtime: Runtime, judged: Judged, plan: Plan, redacted: Redacted) -> Admitted:
    """On its way to a worker, where there is one."""
    if not runtime.surroundings.workers(plan.queue):
        message = f"No worker serves the queue {plan.queue}."
        away = ApiError("service_unavailable", message, retry_after_s=NO_WORKER_RETRY_S)
        await refuse(runtime, redacted.ask, judged, away, "no_worker")
    return await dispatch(runtime, redacted.ask, judged, plan, redacted.placeholders)


async def _again_or_new(
    runtime: Runtime, ask: Ask, judged: Judged, plan: Plan, redacted: Redacted, caching: Caching
) -> Admitted:
    """An answer that is there already, or a call whose answer may be kept. What waited is decided anew."""
    looked, before = await look(runtime, redacted.ask, judged, plan, caching), judged
    try:
        if looked.waited:
            judged, plan, redacted = await _judged(runtime, ask)  # which may be another plan by now
        if looked.hit is not None and stands(looked.hit, before, judged):
            return await _given(runtime, redacted.ask, judged, plan, looked.hit)
        admitted = await _new(runtime, judged, plan, redacted)
    except BaseException:
        if looked.keeping is not None:
            looked.keeping.closed()
        raise
    return replace(admitted, cache=looked.told, keeping=looked.keeping)


async def _given(runtime: Runtime, ask: Ask, judged: Judged, plan: Plan, hit: Hit) -> Admitted:
    """A hit, once it was counted and recorded."""
    rates = rate_lines(ask.consumer, judged.facts)
    try:
        answer = await serving.counted(runtime, ask, hit, rates)
    except BillingError as error:
        away = ApiError("service_unavailable", "The limits can't be reached.", retry_after_s=BUSY_RETRY_S)
        await refuse(runtime, ask, judged, away, type(error).__name__)
    if isinstance(answer, Denied):
        await refuse(runtime, ask, judged, denied_error(answer, rates), f"{answer.kind}:{answer.name}")
    given = serving.given(ask, judged, plan, hit)
    if await commit_or_refuse(runtime, given.unit) is not Committed.DONE:
        raise ApiError("service_unavailable", "This request is on record already.")
    told = Told("", "", {}, b"", {})  # it is written already
    left = tuple(zip(rates, answer.full_in_us, strict=True)) if answer and answer.full_in_us else ()
    return Admitted(
        ask,
        judged,
        told,
        plan,
        deadline_us=ask.accepted_us + int(plan.time_s * 1_000_000),
        left=left,
        cache="hit",
        frames=given.frames,
        saved_nano=hit.kept.cost_nano,
    )


async def dispatch(
    runtime: Runtime, ask: Ask, judged: Judged, plan: Plan, placeholders: Placeholders | None = None
) -> Admitted:
    """Reserve and send in one step. Raises ApiError where that was refused, after it was recorded.

    `ask` is the request as it may leave: the worker, and whoever reads Valkey, sees no more than that.
    """
    salt = new_salt()
    accounts = accounts_of(judged.release, plan)
    told = record.tell(ask, judged, {"content": commitments(salt, ask.body.request)})
    deadline_us = ask.accepted_us + int(plan.time_s * 1_000_000)
    admitted = Admitted(ask, judged, told, plan, deadline_us, placeholders)

    rates = rate_lines(ask.consumer, judged.facts)

    def reservation(book: BudgetBook) -> Reservation:
        lines = book.lines(
            ask.consumer,
            ask.end_user,
            plan.worst_case_nano,
            accounts,
            ask.accepted_us,
        )
        call = lane_call(runtime.web_id, admitted, salt, book.epoch, accounts)
        return Reservation(
            request_id=str(ask.request_id),
            epoch=book.epoch,
            lines=lines,
            rates=rates,
            lease_s=plan.time_s + LEASE_GRACE_S,
            dispatch=Dispatch(STREAM_PREFIX + plan.queue, encode_call(call), settings.LANE_MAX_WAITING),
        )

    try:
        answer = await runtime.money.hold(reservation)
    except BillingError as error:
        return await _uncertain(runtime, admitted, error)
    if isinstance(answer, Denied):
        alone = without_shadows(judged, plan) if answer.kind == "budget" else None
        if alone is not None and isinstance(alone.decision, Plan):
            return await dispatch(runtime, ask, alone, alone.decision, placeholders)
        await refuse(runtime, ask, judged, denied_error(answer, rates), f"{answer.kind}:{answer.name}")
    if not answer.full_in_us:
        return admitted
    left = tuple(zip(rates, answer.full_in_us, strict=True))
    return Admitted(ask, judged, told, plan, deadline_us, placeholders, left)


def without_shadows(judged: Judged, plan: Plan) -> Judged | None:
    """Decided again as if what casts a shadow were stopped: where nobody can pay for one, the request goes on
    without. None where the plan has none."""
    casts = frozenset(subject(SHADOW, name) for name in casts_of(plan.root).values())
    if not casts:
        return None
    live = replace(judged.live, suspended=judged.live.suspended | casts)
    return replace(judged, live=live, decision=decide(judged.release, judged.facts, live))


async def _uncertain(runtime: Runtime, admitted: Admitted, cause: BillingError) -> Admitted:
    """It is not known whether the call was sent.

    Refusing claims the request; a worker that was first keeps it.
    """
    error = ApiError("service_unavailable", "The budgets can't be reached.", retry_after_s=BUSY_RETRY_S)
    detail = type(cause).__name__
    unit = record.refusal(admitted.ask, admitted.judged, code=error.code, detail=detail, now_us=now_us())
    if await commit_or_refuse(runtime, unit) is Committed.CLAIM_LOST:
        return admitted
    raise error from cause


def rate_lines(consumer: Consumer, facts: Facts) -> tuple[RateLine, ...]:
    """The key's limits per minute. Tokens count as estimated, and as used once that is known."""
    prefix = RATE_PREFIX + consumer.key_prefix
    lines = []
    if consumer.requests_per_min is not None:
        lines.append(RateLine(prefix + ":requests", consumer.requests_per_min))
    if consumer.tokens_per_min is not None:
        tokens = facts.input_tokens + (facts.max_output_tokens or 0) * facts.choices
        lines.append(RateLine(prefix + ":tokens", consumer.tokens_per_min, tokens, adjusts=True))
    return tuple(lines)


def lane_call(
    web_id: str, admitted: Admitted, salt: bytes, epoch: int, accounts: Mapping[str, int] | None = None
) -> LaneCall:
    """`accounts` are the plan's (routing.core.accounts), where they are known already."""
    ask, judged, plan, told = admitted.ask, admitted.judged, admitted.plan, admitted.told
    held = epoch if plan.worst_case_nano else None
    accounts = accounts_of(judged.release, plan) if accounts is None else accounts
    claim = record.claim_values(
        ask, judged, told, deadline_at_us=admitted.deadline_us, reserved_epoch=held, content_salt=salt
    )
    return LaneCall(
        request_id=str(ask.request_id),
        reply_to=web_id,
        accepted_us=ask.accepted_us,
        deadline_us=admitted.deadline_us,
        stream=ask.body.stream,
        include_usage=ask.body.include_usage,
        release=judged.release.number,
        plan=told.value,
        request=ask.body.request,
        claim_values=list(claim),
        accepted_body=told.body,
        ledger_values=_ledger_values(ask, accounts) if held is not None else None,
        epoch=held,
        salt=salt,
        who=told.who,
        store_content=judged.release.data_classes[judged.facts.data_class].store_content,
        operation=ask.body.operation,
        drill=ask.drill,
    )


def _ledger_values(ask: Ask, accounts: Mapping[str, int]) -> list[Any]:
    """The hold's row in the ledger: committed with the claim, in the windows in which it was counted."""
    dimensions = Dimensions(
        request_id=ask.request_id,
        team=ask.consumer.team,
        application=ask.consumer.application,
        api_key=ask.consumer.key_prefix,
        end_user=ask.end_user,
        window_at_us=ask.accepted_us,
    )
    held_nano = sum(accounts.values())
    return list(reserved_row(dimensions, amount_nano=held_nano, by_model=accounts).values)


def _shown(ask: Ask, error: ApiError) -> str:
    """Which label was wrong, or which field: never a value of it."""
    return (ask.labels.data_class or "" if error.code == "data_class_unknown" else error.param or "")[:80]
