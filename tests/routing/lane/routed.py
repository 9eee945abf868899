"""Routes through the lane: a release with one rule, decided, called, and what the record says of it.

Each letter is a model with one deployment of that name at the demo provider, which answers as the text says:
`[[say:demo-a=42]]`. Families and providers differ, so that one may verify another.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from lane_cast import call, deployment, release

from audit.models import Attempt, Entry, Request
from billing.models import LedgerEntry
from routing.core.decide import decide
from routing.core.decision import Plan
from routing.core.document import release_from
from routing.core.facts import Health
from routing.core.notation import parse_route
from tests.routing.core.builders import facts, live

MODELS = "abcdj"
UNMEASURED: Mapping[str, int] = {}


def deployments(url: str, **changes: Any) -> list[dict[str, Any]]:
    return [
        deployment(name, url, model=name, family=f"f-{name}", provider=f"p-{name}", **changes)
        for name in MODELS
    ]


def policies(route: str, **changes: Any) -> list[dict[str, Any]]:
    rule = {"name": "all", "conditions": [], "route": parse_route(route)}
    policy = {
        "name": "standard",
        "rules": [rule],
        "deadline_s": 20,
        "max_attempts_per_call": 1,
        "unsupported": "refuse",
        "applications": [],
        **changes,
    }
    return [policy]


def planned(
    made: list[dict[str, Any]],
    rules: list[dict[str, Any]],
    *,
    data_classes: list[dict[str, Any]] | None = None,
    medians_ms: Mapping[str, int] = UNMEASURED,
    **given: Any,
) -> Plan:
    classes = {"data_classes": data_classes} if data_classes else {}
    published = release(*made, policies=rules, default_policy="standard", **classes)
    known = facts(data_class="internal", max_output_tokens=200, **{"input_tokens_bound": 600, **given})
    health = {name: Health(latency_p50_ms=median_ms) for name, median_ms in medians_ms.items()}
    decision = decide(release_from(7, "00" * 32, published.document), known, live(**health))
    assert isinstance(decision, Plan), decision
    return decision


@dataclass(frozen=True)
class Told:
    """What the record says of one request."""

    row: Request
    attempts: list[Attempt]
    entries: list[dict[str, Any]]
    ledger: list[LedgerEntry]

    @property
    def tried(self) -> list[tuple[str, str]]:
        return [(attempt.deployment, attempt.outcome) for attempt in self.attempts]

    @property
    def notes(self) -> dict[str, str]:
        return {note["what"]: note["detail"] for note in self.entries[-1].get("route", {}).get("notes", ())}

    def of(self, event: str, number: int) -> dict[str, Any]:
        return next(
            body for body in self.entries if body["event"] == event and body["attempt"]["number"] == number
        )


@sync_to_async
def told(request_id: str) -> Told:
    entries = Entry.objects.filter(request_id=request_id).order_by("emitter_seq")
    return Told(
        Request.objects.get(pk=request_id),
        list(Attempt.objects.filter(request_id=request_id).order_by("number")),
        [{"event": entry.event_type, **entry.data} for entry in entries],
        list(LedgerEntry.objects.filter(request_id=request_id).order_by("kind", "attempt")),
    )


async def asked(
    start_lane: Any,
    web: Any,
    url: str,
    route: str,
    text: str,
    *,
    stream: bool = False,
    task: str = "",
    medians_ms: Mapping[str, int] = UNMEASURED,
    **given: Any,
) -> tuple[Any, Told]:
    """What the web process heard, and what the record says."""
    made, rules = deployments(url), policies(route, **given)
    await start_lane(*made, policies=rules, default_policy="standard")
    plan = planned(made, rules, task=task, medians_ms=medians_ms)
    heard = await web.ask(call(plan, text, stream=stream, task=task))
    return heard, await told(heard.last.request_id)


async def finished(request_id: str, timeout_s: float = 15.0) -> Told:
    """The record of a request that goes on after its answer, when it has ended."""
    async with asyncio.timeout(timeout_s):
        while not (found := await told(request_id)).row.finished_at:  # noqa: ASYNC110 - a row has no event
            await asyncio.sleep(0.02)
    return found
