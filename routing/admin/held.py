"""The queue of answers that wait for a person, and the page on which one is released or refused."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from audit import scopes
from audit.admin.filters import ValueFilter
from audit.modeladmin import ReadOnlyAdmin, admin
from audit.models import Request
from registry.admin.actor import actor_of
from routing.admin.route_taken import route_of
from routing.core.compose import Specs
from routing.core.route_document import RouteUnreadable, route_from
from routing.errors import ReviewError
from routing.models import HeldAnswer, HeldState
from routing.services import reviews


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        decided = [(state.value, str(state.label)) for state in HeldState if state is not HeldState.HELD]
        return [*decided, ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        waiting, *others = super().choices(changelist)
        yield {**waiting, "display": "Wait for a person"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[HeldAnswer]) -> QuerySet[HeldAnswer]:
        if self.value() == "all":
            return queryset
        return queryset.filter(state=self.value() or HeldState.HELD)


class HeldApplicationFilter(ValueFilter):
    """Applications within reach: a plain filter would name those of others too."""

    title, parameter_name, model = "application", "application", HeldAnswer


class HeldClassFilter(ValueFilter):
    title, parameter_name, model = "data class", "data_class", HeldAnswer


class DecisionForm(forms.Form):
    """`words` is what the answer is to say; left as it was, the answer is released as it was held."""

    seen = forms.CharField(max_length=64, required=False)
    words = forms.CharField(max_length=reviews.MAX_ANSWER_CHARS, required=False, strip=False)
    reason = forms.CharField(max_length=reviews.MAX_REASON_CHARS, required=False)


@admin.register(HeldAnswer)
class HeldAnswerAdmin(ReadOnlyAdmin):
    empty_text = "An answer waits here for a person where the rule that routes it has a review."
    list_display = ("when", "application", "policy", "rule", "data_class", "reason", "until", "became")
    list_display_links = ("when",)
    list_filter = (StateFilter, HeldApplicationFilter, HeldClassFilter)
    ordering = ("expires_at", "request_id")

    @admin.display(description="held since (UTC)", ordering="held_at")
    def when(self, row: HeldAnswer) -> str:
        return f"{row.held_at:%Y-%m-%d %H:%M}"

    @admin.display(description="refused at (UTC)", ordering="expires_at")
    def until(self, row: HeldAnswer) -> str:
        return f"{row.expires_at:%Y-%m-%d %H:%M}"

    @admin.display(description="state")
    def became(self, row: HeldAnswer) -> str:
        return str(row.state_at(timezone.now()).label)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """GET: why it waits. POST: show it, which is recorded, or decide on it."""
        row = self._row(request, object_id)
        opened, form = None, DecisionForm(request.POST if request.method == "POST" else None)
        if request.method == "POST":
            if not reviews.within_reach(actor_of(request)).filter(pk=row.pk).exists():
                raise PermissionDenied
            if request.POST.get("do") not in _DONE:
                return HttpResponseBadRequest("Nothing here does that.")
            if request.POST["do"] != "read" and form.is_valid() and _decided(request, row, form):
                return HttpResponseRedirect(reverse("admin:routing_heldanswer_changelist"))
            opened = _opened(request, row)
        context = {
            **self.admin_site.each_context(request),
            "title": "Review an answer",
            "subtitle": str(row.pk),
            "opts": self.opts,
            "row": row,
            "state": row.state_at(timezone.now()),
            "rubric": _rubric(row),
            "may": reviews.within_reach(actor_of(request)).filter(pk=row.pk).exists(),
            "own": row.asked_by == actor_of(request).get_username(),
            "opened": opened,
            "form": form,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/routing/held_answer.html", context)

    def _row(self, request: HttpRequest, object_id: str) -> HeldAnswer:
        try:
            wanted = UUID(object_id)
        except ValueError as error:
            raise Http404 from error
        row = scopes.visible(request.user, HeldAnswer.objects.filter(pk=wanted)).first()
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row


def _opened(request: HttpRequest, row: HeldAnswer) -> reviews.Opened | None:
    if row.state_at(timezone.now()) is not HeldState.HELD:
        return None
    try:
        return reviews.read(request_id=row.pk, reviewer=actor_of(request))
    except ReviewError as error:
        messages.error(request, str(error))
        return None


def _decided(request: HttpRequest, row: HeldAnswer, form: DecisionForm) -> bool:
    given = form.cleaned_data
    try:
        _DONE[request.POST["do"]](request, row, given)
    except ReviewError as error:
        messages.error(request, str(error))
        return False
    return True


def _release(request: HttpRequest, row: HeldAnswer, given: dict[str, Any]) -> None:
    words = given["words"].replace("\r\n", "\n") if "words" in request.POST else None
    done = reviews.release(
        request_id=row.pk,
        reviewer=actor_of(request),
        reason=given["reason"],
        seen=given["seen"],
        words=words,
    )
    messages.success(request, "Released as you changed it." if done.edited else "Released as it was.")


def _refuse(request: HttpRequest, row: HeldAnswer, given: dict[str, Any]) -> None:
    reviews.refuse(request_id=row.pk, reviewer=actor_of(request), reason=given["reason"])
    messages.success(request, "Refused: the application never has it.")


def _rubric(row: HeldAnswer) -> str:
    """What the verifier was to score by, in the release that decided the request."""
    request = Request.objects.filter(pk=row.pk).first()
    route = route_of(request) if request is not None else None
    if route is None:
        return ""
    try:
        checks = Specs(route_from(route)).checks.get(row.path)
    except RouteUnreadable:
        return ""
    return checks.judge.rubric if checks is not None and checks.judge is not None else ""


def _read(request: HttpRequest, row: HeldAnswer, given: dict[str, Any]) -> None:
    """Shown below, in any case."""


_DONE = {"read": _read, "release": _release, "refuse": _refuse}
