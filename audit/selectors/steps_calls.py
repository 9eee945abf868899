"""The middle of a dossier: what was called, what it cost, how it ended."""

from typing import Any

from audit.models import Attempt, Request
from audit.selectors import words
from audit.selectors.charges import basis_in_words, kinds_in_words
from audit.selectors.sources import Sources
from audit.selectors.story import Cell, Step, Table, instant

UNKNOWN_USAGE = "worst case, the provider told no usage"
ATTEMPT_HEADERS = (
    "#",
    "Deployment",
    "Requested",
    "Decided",
    "Sent",
    "Reported",
    "Outcome",
    "Took",
    "Tokens in / out",
    "Provider's id",
)


def attempts(found: Sources) -> Step:
    if not found.attempts:
        return Step("attempts", "What was called", "No provider was called, or no call has ended yet.")
    rows = tuple(_attempt_row(found.request, attempt) for attempt in found.attempts)
    drift = [str(attempt.number) for attempt in found.attempts if attempt.drift]
    says = f"{len(rows)} call{'s' if len(rows) > 1 else ''}, in this order."
    if drift:
        says += f" Drift: in attempt {', '.join(drift)} the provider reported another model than was sent."
    sent_by = _provider_batches(found)
    if sent_by:
        says += f" It went out by the provider's batch {', '.join(sent_by)}."
    answered = found.told("request.finished").get("detection", {}).get("answer", {})
    if answered:
        listed = ", ".join(f"{name.replace('_', ' ')} ({count})" for name, count in answered.items())
        says += f" Detection found in the answer: {listed}."
    table = Table("Attempts", ATTEMPT_HEADERS, rows)
    return Step("attempts", "What was called", says, table=table, tone="bad" if drift else "")


def _provider_batches(found: Sources) -> list[str]:
    """The batches at providers by which calls went out, as these name them."""
    told = (
        entry.data.get("attempt", {}) for entry in found.entries if entry.event_type == "attempt.finished"
    )
    return [str(attempt["provider_batch"]) for attempt in told if "provider_batch" in attempt]


def _attempt_row(request: Request, attempt: Attempt) -> tuple[Cell, ...]:
    ok = attempt.outcome == Attempt.Outcome.OK
    ending = attempt.finish_reason if ok else attempt.error_kind
    outcome = f"{attempt.get_outcome_display()}{f': {ending}' if ending else ''}"
    reported = attempt.reported_model or "nothing"
    took = words.milliseconds(attempt.latency_ms)
    if attempt.first_token_ms is not None:
        took += f" (first token {words.milliseconds(attempt.first_token_ms)})"
    return (
        Cell(str(attempt.number)),
        Cell(f"{attempt.deployment} ({attempt.provider}, {attempt.region or 'no region'})"),
        Cell(request.requested or "nothing by name"),
        Cell(f"{attempt.model} {attempt.model_version}"),
        Cell(attempt.sent_model, code=True),
        Cell(f"{reported}{' (drift)' if attempt.drift else ''}", "bad" if attempt.drift else "", code=True),
        Cell(outcome, "good" if ok else "bad"),
        Cell(took),
        Cell(f"{words.number(attempt.input_tokens)} / {words.number(attempt.output_tokens)}"),
        Cell(attempt.upstream_request_id or "none", code=True),
    )


def cost(found: Sources) -> Step:
    request = found.request
    money = found.told("request.finished").get("money", {})
    details: list[tuple[str, str]] = []
    if "released_nano" in money:
        details.append(("Settled", words.usd(money.get("settled_nano"))))
        details.append(("Released", words.usd(money["released_nano"])))
    charges = _charges(found)
    rows = tuple(
        (
            Cell(str(attempt.number)),
            Cell(words.usd(attempt.cost_nano)),
            Cell(basis_in_words(charges.get(attempt.number, {})) or _usage_in_words(attempt)),
            Cell(kinds_in_words(charges.get(attempt.number, {})) or "none"),
            Cell(attempt.price_id or "none", code=True),
            Cell(attempt.price_sha256 or "none", code=True),
        )
        for attempt in found.attempts
    )
    headers = ("#", "Cost", "Usage", "Made of", "Price row", "SHA-256 of the price row")
    table = Table("What each call cost, and at which price", headers, rows) if rows else None
    if request.cost_nano is None:
        return Step("cost", "What it cost", "Nothing is settled.", tuple(details), table)
    return Step("cost", "What it cost", f"It cost {words.usd(request.cost_nano)}.", tuple(details), table)


def _charges(found: Sources) -> dict[int, dict[str, Any]]:
    """Attempt → what its entry says of its charge."""
    told = [entry.data for entry in found.entries if entry.event_type == "attempt.finished"]
    return {
        data["attempt"]["number"]: data["money"].get("charge", {})
        for data in told
        if "attempt" in data and "money" in data
    }


def _usage_in_words(attempt: Attempt) -> str:
    if attempt.usage_unknown:
        return "worst case, the provider told no usage"
    return "none, the call failed" if attempt.input_tokens is None else "as the provider reported"


def ended(found: Sources) -> Step:
    request = found.request
    says = words.OUTCOMES.get(request.outcome, request.outcome)
    if request.fallback_used:
        says += " A fallback answered."
    details: list[tuple[str, str]] = []
    if request.finished_at is not None:
        details = [
            ("Finished", instant(request.finished_at)),
            ("Took", words.milliseconds(request.latency_ms)),
            ("Served by", request.deployment or "nobody"),
            (
                "Tokens in / out",
                f"{words.number(request.input_tokens)} / {words.number(request.output_tokens)}",
            ),
        ]
    if request.error_code:
        details.append(("Error code", request.error_code))
    good = request.outcome == Request.Outcome.SUCCEEDED
    return Step(
        "ended",
        "How it ended",
        says,
        tuple(details),
        tone="good" if good else "bad" if request.outcome else "",
    )
