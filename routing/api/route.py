"""POST /v1/route: what would happen to this request now. Nothing is called, reserved or recorded."""

from typing import Any

import msgspec
from django.http import HttpResponse
from rest_framework.request import Request

from billing.core.money import usd_text
from routing import runtime as runtimes
from routing.admission import judge, release_in_force
from routing.api.base import AsyncAPIView
from routing.api.completions import read_ask
from routing.api.errors import ApiError
from routing.api.refusals import error_of, shown_detail
from routing.ask import Ask, effective_class
from routing.core.accounts import accounts_of
from routing.core.codec import decision_value, facts_value
from routing.core.decision import Candidate, Plan, Refusal
from routing.core.knobs import remark_value
from routing.core.release import Release
from routing.errors import DetectionFailed
from routing.record import Judged
from routing.runtime import Runtime


class ReleaseName(msgspec.Struct):
    number: int
    sha256: str


class CandidateView(msgspec.Struct):
    """A deployment that the route names; `reason` says why it may not serve, and is null where it may."""

    deployment: str
    reason: str | None
    detail: str


class BudgetView(msgspec.Struct):
    """A hard budget that would have to hold the worst case."""

    id: int
    name: str
    would_hold_usd: str
    limit_usd: str | None


class WouldAnswer(msgspec.Struct):
    """What a completion would be answered with, were it sent now."""

    status: int
    code: str | None
    message: str | None


class RemarkView(msgspec.Struct, omit_defaults=True):
    """What came of one of the request's knobs, or of its policy's latency budget."""

    knob: str
    what: str
    path: str = ""
    detail: str = ""


class RouteAnswer(msgspec.Struct):
    request_id: str
    release: ReleaseName
    outcome: str
    policy: str
    rule: str
    data_class: str
    would_answer: WouldAnswer
    facts: dict[str, Any]
    plan: dict[str, Any] | None
    candidates: list[CandidateView]
    worst_case_usd: str | None
    budgets: list[BudgetView]
    queue: str | None
    workers: int
    latency_budget_ms: int | None
    remarks: list[RemarkView]
    object: str = "route"


class RoutePreview(AsyncAPIView):
    scope = "route"
    decides = True

    async def post(self, request: Request) -> HttpResponse:
        runtime = runtimes.get()
        ask = read_ask(request)
        answer = preview(runtime, ask, await judged_only(runtime, ask))
        return HttpResponse(msgspec.json.encode(answer), content_type="application/json")


async def judged_only(runtime: Runtime, ask: Ask) -> Judged:
    """What would be decided now. Raises ApiError where nothing can be."""
    release = release_in_force(runtime)
    base = effective_class(release, ask.consumer, ask.labels.data_class)
    try:
        judged, _ = await judge(runtime, release, ask, base)
    except DetectionFailed as failure:
        raise ApiError("detection_unavailable", str(failure)) from failure
    return judged


def preview(runtime: Runtime, ask: Ask, judged: Judged) -> RouteAnswer:
    decision = judged.decision
    planned = isinstance(decision, Plan)
    return RouteAnswer(
        request_id=str(ask.request_id),
        release=ReleaseName(judged.release.number, judged.release.digest),
        outcome="plan" if planned else "refusal",
        policy=decision.policy,
        rule=decision.rule,
        data_class=judged.facts.data_class,
        would_answer=_would_answer(runtime, judged),
        facts=facts_value(judged.facts),
        plan=decision_value(decision)["root"] if planned else None,
        candidates=[_candidate(candidate) for candidate in decision.candidates],
        worst_case_usd=usd_text(decision.worst_case_nano) if isinstance(decision, Plan) else None,
        budgets=_budgets(runtime, ask, judged.release, decision) if isinstance(decision, Plan) else [],
        queue=decision.queue if isinstance(decision, Plan) else None,
        workers=runtime.surroundings.workers(decision.queue) if isinstance(decision, Plan) else 0,
        latency_budget_ms=decision.latency_budget_ms if isinstance(decision, Plan) else None,
        remarks=_remarks(decision) if isinstance(decision, Plan) else [],
    )


def _remarks(plan: Plan) -> list[RemarkView]:
    return [RemarkView(**remark_value(remark)) for remark in plan.remarks]


def _would_answer(runtime: Runtime, judged: Judged) -> WouldAnswer:
    """Of the decision and the lanes; budgets and limits are only known when they are asked for the money."""
    decision = judged.decision
    if isinstance(decision, Refusal):
        error = error_of(decision, judged.facts)
        return WouldAnswer(error.status, error.code, error.message)
    if not runtime.surroundings.workers(decision.queue):
        return WouldAnswer(503, "service_unavailable", f"No worker serves the queue {decision.queue}.")
    return WouldAnswer(200, None, None)


def _candidate(candidate: Candidate) -> CandidateView:
    reason = candidate.reason.value if candidate.reason is not None else None
    return CandidateView(candidate.deployment, reason, shown_detail(candidate))


def _budgets(runtime: Runtime, ask: Ask, release: Release, plan: Plan) -> list[BudgetView]:
    book = runtime.money.book
    names = book.names()
    lines = book.lines(
        ask.consumer,
        ask.end_user,
        plan.worst_case_nano,
        accounts_of(release, plan),
        ask.accepted_us,
    )
    return [
        BudgetView(
            line.budget_id,
            names.get(line.budget_id, ""),
            usd_text(line.amount_nano),
            None if line.limit_nano is None else usd_text(line.limit_nano),
        )
        for line in lines
    ]
