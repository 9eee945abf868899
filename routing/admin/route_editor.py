"""What the editor of routes asks while one is built: what may stand in it, and what is wrong with it."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from audit.selectors import words
from registry.admin.drafting import draft_of
from registry.errors import RegistryError
from registry.selectors import live_release
from registry.services.rehearsal import rehearsing
from routing import runtime
from routing.admin.route_names import facts, names, patterns, unknown_in
from routing.core.editing import read_route, schema
from routing.core.estimates import TYPICAL_INPUT_TOKENS, TYPICAL_OUTPUT_TOKENS, Estimate, estimates
from routing.core.facts import Health
from routing.core.lint.routes import route_problems
from routing.core.notation import NotationProblem, parse_route, render_route
from routing.core.parts import ROOT
from routing.core.pictures import Note, picture
from routing.core.release import Policy, Release
from routing.core.route_document import route_from
from routing.core.words import route_in_words
from routing.selectors import compile_release

MAX_BYTES = 512 * 1024
MAX_NOTES = 20
NANO_PER_USD = 1_000_000_000
VIEW = "routing.view_policy"
T = TypeVar("T")


@require_GET
def offer(request: HttpRequest) -> HttpResponse:
    """What may stand in a route: the table of nodes, what is registered, and the usual patterns."""
    _must_see(request)
    return _in_draft(
        request,
        lambda: JsonResponse(
            {"schema": schema(), "names": names(), "facts": facts(), "patterns": patterns()}
        ),
    )


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """What is wrong with a route, at which step; and how it looks where nothing is. Nothing is kept."""
    _must_see(request)
    if len(request.body) > MAX_BYTES:
        return HttpResponseBadRequest("Too long.")
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError):
        return HttpResponseBadRequest("This is no JSON.")
    return JsonResponse(_in_draft(request, lambda: checked(value)))


def checked(value: Any) -> dict[str, Any]:
    """Of a route's document, or of its outline where it is text."""
    try:
        read = read_route(parse_route(value) if isinstance(value, str) else value)
    except NotationProblem as problem:
        return {"troubles": [{"at": "", "message": str(problem)}]}
    troubles = [*read.troubles, *([] if read.troubles else unknown_in(read.route))]
    said: dict[str, Any] = {
        "troubles": [{"at": trouble.at, "message": trouble.message} for trouble in troubles]
    }
    if read.troubles:
        return said
    words = "refuse" if read.route is None else route_in_words(read.route)
    return {
        **said,
        "route": read.route,
        "text": render_route(read.route),
        "words": words,
        **_weighed(read.route),
    }


def _weighed(value: dict[str, Any] | None) -> dict[str, Any]:
    """The picture with what each step costs, and what a release would refuse or warn of."""
    drawn: dict[str, Any] = {"ident": "sb-editor-picture", "title": "The route"}
    release = _release()
    if value is None or release is None:
        return {"picture": picture(value, **drawn), "notes": []}
    route, now_us = route_from(value), time.time_ns() // 1_000
    found = estimates(route, Policy("", ()), release, _health(), now_us)
    problems = dict.fromkeys(problem.message for problem in route_problems(route, release, ""))
    costs = {path: Note(edge=_edge(estimate)) for path, estimate in found.items()}
    return {
        "picture": picture(value, notes=costs, **drawn),
        "cost": _in_all(found[ROOT]),
        "notes": list(problems)[:MAX_NOTES],
    }


def _edge(estimate: Estimate) -> str:
    took = f" · {words.milliseconds(estimate.expected_ms)}" if estimate.expected_ms is not None else ""
    expected = "?" if estimate.expected_nano is None else _usd(estimate.expected_nano)
    return f"{expected} ≤ {_usd(estimate.worst_nano)}{took}"


def _in_all(estimate: Estimate) -> str:
    expected = "an unknown amount" if estimate.expected_nano is None else _usd(estimate.expected_nano)
    took = "" if estimate.expected_ms is None else f" in {words.milliseconds(estimate.expected_ms)}"
    return (
        f"Expected: {expected}{took}, for {TYPICAL_INPUT_TOKENS:,} tokens in and "
        f"{TYPICAL_OUTPUT_TOKENS:,} out, where every first answer will do. "
        f"At worst, the largest request with every retry: {_usd(estimate.worst_nano)}."
    )


def _usd(nano: int) -> str:
    """Two figures that count: a picture is no bill."""
    return f"${nano / NANO_PER_USD:.2g}" if nano < NANO_PER_USD else f"${nano / NANO_PER_USD:,.2f}"


def _health() -> Mapping[str, Health]:
    """What this process knows of the deployments; nothing where it serves no requests."""
    try:
        return runtime.get().surroundings.health
    except RuntimeError:
        return {}


def _release() -> Release | None:
    published = live_release()
    if published is None:
        return None
    return compile_release(published.number, published.digest, published.document)


def _in_draft(request: HttpRequest, view: Callable[[], T]) -> T:
    """As if the person's draft were in force; as things are where it does not fit them any more."""
    draft = draft_of(request)
    if draft is None:
        return view()
    try:
        with rehearsing(draft.change_set):
            answer = view()
    except RegistryError:
        return view()
    return answer


def _must_see(request: HttpRequest) -> None:
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
