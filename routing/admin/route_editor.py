"""What the editor of routes asks while one is built: what may stand in it, and what is wrong with it."""

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from registry.admin.drafting import draft_of
from registry.errors import RegistryError
from registry.selectors import live_release
from registry.services.rehearsal import rehearsing
from routing.admin.route_names import facts, names, patterns, unknown_in
from routing.core.editing import read_route, schema
from routing.core.lint.routes import route_problems
from routing.core.notation import NotationProblem, parse_route, render_route
from routing.core.pictures import picture
from routing.core.release import Release
from routing.core.route_document import route_from
from routing.core.words import route_in_words
from routing.selectors import compile_release

MAX_BYTES = 512 * 1024
MAX_NOTES = 20
VIEW = "routing.view_policy"


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
        "picture": picture(read.route, ident="sb-editor-picture", title="The route"),
        "notes": _notes(read.route) if read.route is not None else [],
    }


def _notes(route: dict[str, Any]) -> list[str]:
    """What a release would refuse or warn of, by what is in force."""
    release = _release()
    if release is None:
        return []
    found = dict.fromkeys(problem.message for problem in route_problems(route_from(route), release, ""))
    return list(found)[:MAX_NOTES]


def _release() -> Release | None:
    published = live_release()
    if published is None:
        return None
    return compile_release(published.number, published.digest, published.document)


def _in_draft(request: HttpRequest, view: Callable[[], Any]) -> Any:
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
