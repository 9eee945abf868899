"""The field of a route: a text area with its outline or JSON, around which the page builds the editor.

Without script people write the outline. With it they build steps, and the text is for experts.
"""

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.forms import Script
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from routing.admin.route_names import unknown_in
from routing.core.editing import Trouble, read_route
from routing.core.notation import NotationProblem, parse_route, render_route
from routing.core.pictures import picture

if TYPE_CHECKING or settings.PLAIN_ADMIN:
    from django.contrib.admin.widgets import AdminTextareaWidget as Textarea
else:
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea

MAX_NAMED = 10
MAX_CHARS = 400_000
EMPTY = "Line 1: the route is empty. Name a model, or write “refuse”."
MONOSPACE = "font-family: ui-monospace, monospace; width: 100%"


def is_json(text: str) -> bool:
    return text.lstrip().startswith("{") or text.strip() == "null"


def in_words(trouble: Trouble) -> str:
    """With its place, counted from 1, as the page shows it."""
    steps = [str(step + 1) if isinstance(step, int) else step.replace("_", " ") for step in trouble.path]
    return f"At {', '.join(steps)}: {trouble.message}" if steps else trouble.message


class RouteWidget(Textarea):
    """The text area, in what the editor is built around; `data-route` is null where no route can be read."""

    class Media:
        css = {"all": ["registry/console.css", "registry/proposal.css", "routing/editor.css"]}
        js = [Script("routing/editor/main.js", type="module")]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        route = _json_of(value)
        return format_html(
            '<div class="sb sb-editor" data-route="{}" data-offer="{}" data-check="{}"{}>{}'
            '<div class="sb-editor-seen">{}</div></div>',
            route,
            reverse("admin:routing_route_offer"),
            reverse("admin:routing_route_check"),
            mark_safe(" data-sent") if is_json(value or "") else "",
            super().render(name, value, attrs, renderer),
            _picture_of(route, f"{name}-picture"),
        )


class RouteField(forms.CharField):
    """Its value is the route as a release would hold it; None refuses."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"rows": 6, "spellcheck": "false", "style": MONOSPACE}
        super().__init__(
            widget=RouteWidget(attrs=attrs),
            strip=False,
            max_length=MAX_CHARS,
            error_messages={"required": EMPTY},
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else render_route(value)

    def clean(self, value: Any) -> Any:
        text = (super().clean(value) or "").replace("\r\n", "\n")
        if not is_json(text):
            try:
                route = parse_route(text)
            except NotationProblem as problem:
                raise forms.ValidationError(str(problem)) from problem
            return self._known(route)
        try:
            read = read_route(json.loads(text))
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(f"This is no JSON: {error}") from error
        _refuse(read.troubles)
        return self._known(read.route)

    def has_changed(self, initial: Any, data: Any) -> bool:
        written = (data or "").replace("\r\n", "\n").strip()
        if is_json(written):
            try:
                return bool(read_route(json.loads(written)).route != self._value(initial))
            except (ValueError, RecursionError):
                return True
        return bool(written != self.prepare_value(initial).strip())

    def _known(self, route: Any) -> Any:
        _refuse(unknown_in(route))
        return route

    def _value(self, initial: Any) -> Any:
        return initial if not isinstance(initial, str) else object()


def _refuse(troubles: Any) -> None:
    if troubles:
        raise forms.ValidationError([in_words(trouble) for trouble in troubles[:MAX_NAMED]])


def _picture_of(route: str, ident: str) -> SafeString | str:
    """Of a route that stands as it was kept; while one is built, the page asks for its picture."""
    if route in ("", "unread") or read_route(json.loads(route)).troubles:
        return ""
    svg = picture(read_route(json.loads(route)).route, ident=ident, title="The route")
    return mark_safe(svg)  # noqa: S308  (every text in it is escaped where it is drawn)


def _json_of(value: Any) -> str:
    """Of the area's text: the route as JSON; “unread” where it holds none, “” where it is empty."""
    text = (value or "").replace("\r\n", "\n")
    if not text.strip():
        return ""
    try:
        return json.dumps(json.loads(text) if is_json(text) else parse_route(text))
    except (NotationProblem, ValueError, RecursionError):
        return "unread"
