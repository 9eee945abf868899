"""Routes as pictures on the page of a proposal: before and after, for each rule whose route it changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from registry.admin.panels import register_panel
from registry.core.changes import Change, patched
from registry.models import Proposal
from registry.proposal_state import basis_of
from registry.wording import Names, words_of
from routing.core.pictures import picture
from routing.core.words import route_in_words
from routing.wording import RULE

MAX_PICTURES = 30


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: `svg` is empty where the rule is not there."""

    title: str
    svg: SafeString
    words: str


def register() -> None:
    register_panel("routes", routes_panel, place=5)


def routes_panel(request: HttpRequest, proposal: Proposal) -> SafeString | str:
    changes = proposal.change_set
    touched = [change for change in changes if change.kind == RULE and "route" in change.fields]
    if not touched:
        return ""
    basis = basis_of(proposal)
    names = Names(basis, patched(basis, changes))
    rules = [
        {
            "name": words_of(RULE).name(names.record(RULE, change.id), names),
            "sides": list(_sides(change, f"route-{place}")),
        }
        for place, change in enumerate(touched[:MAX_PICTURES])
    ]
    context = {"rules": rules, "more": len(touched) - len(rules)}
    return render_to_string("admin/routing/route_pictures.html", context)


def _sides(change: Change, ident: str) -> Iterator[Side]:
    was, becomes = change.before, change.after
    old, new = (was or {}).get("route"), (becomes or {}).get("route")
    both = was is not None and becomes is not None
    if was is not None:
        yield _side("Before", old, f"{ident}-before", new, "gone" if both else "")
    if becomes is not None:
        yield _side("After", new, f"{ident}-after", old, "new" if both else "")


def _side(title: str, route: Any, ident: str, other: Any, mark: str) -> Side:
    svg = picture(route, ident=ident, title=f"{title}: the route", other=other, mark=mark)
    words = "refuse" if route is None else route_in_words(route)
    return Side(title, mark_safe(svg), words)  # noqa: S308  (every text in it is escaped where it is drawn)
