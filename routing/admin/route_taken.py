"""The route of a request as its dossier shows it: which calls were made, failed, won, and what each cost."""

import json
from dataclasses import replace
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from audit.models import Attempt, Request
from audit.panels import register_dossier_panel
from audit.selectors import words
from audit.selectors.sources import Sources
from registry.models import Release
from routing.core.editing import read_route
from routing.core.parts import every_part, parts_of
from routing.core.pictures import Note, picture
from routing.core.route_document import RouteUnreadable, route_from
from routing.core.routes import Model, Places

WON, RAN, FAILED, SKIPPED = "won", "ran", "failed", "skipped"


def register() -> None:
    register_dossier_panel("route", route_panel)


def route_panel(found: Sources) -> SafeString | str:
    """Nothing of a request that no rule routed, or of a release that this version can't read."""
    route = route_of(found.request)
    if route is None or read_route(route).troubles:
        return ""
    try:
        notes = notes_of(route, found.attempts, _answered_at(found))
    except RouteUnreadable:
        return ""
    svg = picture(route, ident="route-taken", title="The route, and what happened", notes=notes)
    context = {"picture": mark_safe(svg)}  # noqa: S308  (every text in it is escaped where it is drawn)
    return render_to_string("admin/routing/route_taken.html", context)


def notes_of(route: dict[str, Any], attempts: list[Attempt], answered_at: str) -> dict[str, Note]:
    """Of each call that the route could make: the last attempt there, or that there was none. Which of its
    places a model was called in is said with it."""
    made: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        made.setdefault(attempt.path, []).append(attempt)
    notes = {}
    parts = list(every_part(route_from(route)))
    several = [part for part in parts if isinstance(part.route, Places)]
    placed = {place.path for part in several for place in parts_of(part.route, part.path)}
    for part in parts:
        if isinstance(part.route, Model):
            there = made.get(part.path)
            if there:
                note = _told(there, part.path == answered_at)
                where = f"{there[-1].deployment}: " if part.path in placed else ""
                notes[part.path] = replace(note, small=f"{where}{note.small}")
            elif "~" not in part.path and not part.path.endswith(".j"):
                notes[part.path] = Note(small="not asked", css=SKIPPED)
    return notes


def _told(there: list[Attempt], answered: bool) -> Note:
    last = there[-1]
    costs = [attempt.cost_nano for attempt in there if attempt.cost_nano is not None]
    edge = words.usd(sum(costs)) if costs else ""
    if last.outcome != Attempt.Outcome.OK:
        return Note(edge, f"{last.error_kind or last.outcome}".replace("_", " "), FAILED)
    return Note(
        edge, f"{'answered' if answered else 'ran'}, {last.latency_ms or 0} ms", WON if answered else RAN
    )


def _answered_at(found: Sources) -> str:
    """The path of the call whose answer it is; of the last that did not fail, where the record names none."""
    answer = found.told("request.finished").get("route", {}).get("answer", {})
    if answer.get("path"):
        return str(answer["path"])
    good = [attempt.path for attempt in found.attempts if attempt.outcome == Attempt.Outcome.OK]
    return good[-1] if good and found.request.outcome == "succeeded" else ""


def route_of(request: Request) -> dict[str, Any] | None:
    """As the release had it that decided."""
    if request.release_number is None:
        return None
    text = Release.objects.filter(number=request.release_number).values_list("document", flat=True).first()
    policies = json.loads(text).get("policies", []) if text else []
    rules = (policy["rules"] for policy in policies if policy["name"] == request.policy)
    named = (rule["route"] for each in rules for rule in each if rule["name"] == request.rule)
    route: dict[str, Any] | None = next(named, None)
    return route
