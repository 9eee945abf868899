"""Pages on governed rows: each is served as if the person's draft were in force, and what it saves goes
there.

The view runs in a rehearsal (registry.services.rehearsal): it reads and writes ordinary rows, is rolled back,
and what it changed becomes the draft. Nothing is in force before other people approve it.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from registry.admin.actor import actor_of
from registry.core.changes import ChangeSet, conflicts
from registry.errors import ProposalConflict, RegistryError
from registry.governed import read_rows
from registry.models import Proposal, User
from registry.services import drafts, proposals
from registry.services.rehearsal import NOTHING, changed_since, rehearsing

SESSION_KEY = "signalbox_draft"
MAX_NAMES_IN_TITLE = 3

View = Callable[[], HttpResponseBase]


def draft_of(request: HttpRequest) -> Proposal | None:
    """The draft that the person works on, if any."""
    return drafts.current(actor_of(request), request.session.get(SESSION_KEY))


def work_on(request: HttpRequest, draft: Proposal | None) -> None:
    """Gather what is saved from now on in `draft`, or in a new one."""
    if draft is None:
        request.session.pop(SESSION_KEY, None)
    else:
        request.session[SESSION_KEY] = str(draft.pk)


def banner_of(request: HttpRequest) -> dict[str, Any] | None:
    """What every page says of the draft that the person works on, if any."""
    if SESSION_KEY not in getattr(request, "session", {}) or not isinstance(request.user, User):
        return None
    draft = draft_of(request)
    if draft is None:
        return None
    return {
        "number": draft.number,
        "title": draft.title,
        "count": len(draft.change_set),
        "digest": draft.digest,
        "url": reverse("admin:registry_proposal_change", args=[draft.pk]),
    }


def served_as_draft(request: HttpRequest, view: View, title: str) -> HttpResponseBase:
    """What `view` answers where the draft holds; what it changed is kept in the draft."""
    draft = draft_of(request)
    if request.method != "POST" and draft is None:
        return view()
    if request.method == "POST" and not request.user.has_perm(proposals.PROPOSE):
        raise PermissionDenied
    on = draft.change_set if draft else NOTHING
    if draft is not None and conflicts(read_rows(on), on):
        return _can_not_hold(request, draft, ProposalConflict(()))
    try:
        with rehearsing(on) as before:
            response = view()
            if isinstance(response, SimpleTemplateResponse):
                response.render()
            changes = changed_since(before, on)
    except (RegistryError, ValidationError, IntegrityError) as error:
        if draft is None:
            raise
        return _can_not_hold(request, draft, error)
    if request.method != "POST" or changes.digest == on.digest:
        return response
    return _kept(request, draft, changes, title, response)


def is_drafting(request: HttpRequest) -> bool:
    """Whether success of this request means no more than that a draft was changed."""
    return request.method == "POST"


def _kept(
    request: HttpRequest, draft: Proposal | None, changes: ChangeSet, title: str, response: HttpResponseBase
) -> HttpResponseBase:
    try:
        kept = drafts.keep(user=actor_of(request), draft=draft, changes=changes, title=title)
    except RegistryError as error:
        messages.error(request, str(error))
        return response
    work_on(request, kept)
    if kept is None:
        messages.info(request, "The draft changes nothing any more, so it was withdrawn.")
        return response
    page = reverse("admin:registry_proposal_change", args=[kept.pk])
    messages.success(
        request,
        format_html(
            'Kept in draft <a href="{}">P{}</a> ({} changed). Nothing is in force before it is approved.',
            page,
            kept.number,
            f"{len(changes)} row" + ("s" if len(changes) != 1 else ""),
        ),
    )
    plain_save = "_save" in request.POST or "post" in request.POST
    return HttpResponseRedirect(page) if draft is None and plain_save and _moves_on(response) else response


def _moves_on(response: HttpResponseBase) -> bool:
    return isinstance(response, HttpResponse) and response.status_code == 302


def _can_not_hold(request: HttpRequest, draft: Proposal, error: Exception) -> HttpResponse:
    """The draft no longer fits what is in force: its page shows where."""
    messages.error(request, f"Draft P{draft.number} no longer fits what is in force: {error}")
    work_on(request, None)
    return HttpResponseRedirect(reverse("admin:registry_proposal_change", args=[draft.pk]))
