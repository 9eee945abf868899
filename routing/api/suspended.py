"""Suspensions at the API's doors that decide nothing themselves: lists, and answers that were kept.

Where a decision is made, `decide` refuses what is suspended, so that the refusal is on record.
"""

from collections.abc import Mapping

from registry.core import subjects
from registry.directory import Consumer, Directory
from routing.api.errors import ApiError
from routing.core.suspended import SUSPENDED, first_suspended


def refuse_caller(directory: Directory | None, consumer: Consumer) -> None:
    """Raises ApiError where the key, its application or its team is suspended."""
    stopped = directory.suspended_caller(consumer) if directory is not None else None
    if stopped is not None:
        raise ApiError(SUSPENDED, caller_message(stopped))


def refuse_kept(directory: Directory | None, headers: Mapping[str, str]) -> None:
    """Raises ApiError where what gave a kept answer is suspended by now; `headers` are the answer's own."""
    if directory is None or not directory.suspended:
        return
    told = {name.lower(): value for name, value in headers.items()}
    stopped = first_suspended(_served_by(told), directory.suspended)
    if stopped is not None:
        raise ApiError(SUSPENDED, "What gave this answer is suspended by now, so it is not given again.")


def caller_message(stopped: str) -> str:
    whose = subjects.in_words(stopped).removeprefix("the ")
    return f"The {whose} is suspended. Ask an administrator; nothing was run."


def _served_by(told: Mapping[str, str]) -> tuple[str, ...]:
    names = ("deployment", "model", "model-version", "provider")
    deployment, model, version, provider = (told.get(f"x-signalbox-{name}", "") for name in names)
    route = subjects.of_route(told.get("x-signalbox-policy", ""), told.get("x-signalbox-rule", ""))
    return (*subjects.of_deployment(deployment, model, version, provider), *route)
