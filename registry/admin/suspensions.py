"""Suspensions and drift in admin: shown for ever, placed through a confirmation, lifted only by proposal."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.modeladmin import ModelAdmin, ReadOnlyAdmin
from registry import suspendable
from registry.admin.actor import actor_of
from registry.core.subjects import in_words, subject
from registry.errors import AlreadySuspended, RegistryError
from registry.models import Drift, Proposal, Suspension
from registry.services import lifting, proposals, suspensions

MAX_TARGETS = 50


class InForceFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return (("lifted", "Lifted"), ("all", "All"))

    def choices(self, changelist: Any) -> Any:
        in_force, *others = super().choices(changelist)
        yield {**in_force, "display": "In force"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Suspension]) -> QuerySet[Suspension]:
        if self.value() == "all":
            return queryset
        return queryset.filter(in_force=self.value() != "lifted")


@admin.register(Suspension)
class SuspensionAdmin(ReadOnlyAdmin):
    empty_text = (
        "Nothing was ever suspended. The page of a provider, model, version, deployment, policy, "
        "team, application or key has the link to suspend it at once."
    )
    list_display = ("what", "reason", "placed_at", "who", "cancel_in_flight", "state", "lifting")
    list_filter = (InForceFilter, "kind")
    search_fields = ("target", "reason", "placed_by_name")
    fields = (
        "what",
        "state",
        "reason",
        "placed_at",
        "who",
        "cancel_in_flight",
        "lifting",
        "lifted_at",
        "lifted_by_name",
        "lift_reason",
        "lift_proposal",
    )
    readonly_fields = ("what", "state", "who", "lifting")

    class Media:
        css = {"all": ["registry/console.css"]}

    @admin.display(description="what", ordering="target")
    def what(self, suspension: Suspension) -> str:
        return str(suspension)

    @admin.display(description="placed by", ordering="placed_by_name")
    def who(self, suspension: Suspension) -> str:
        return suspension.placed_by_name or "the system"

    @admin.display(description="state")
    def state(self, suspension: Suspension) -> str:
        return "in force" if suspension.in_force else "lifted"

    @admin.display(description="lift")
    def lifting(self, suspension: Suspension) -> str | SafeString:
        if not suspension.in_force:
            return "lifted"
        url = reverse("admin:registry_suspension_lift", args=[suspension.pk])
        return format_html('<a class="sb-link" href="{}">Ask for lifting</a>', url)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.lift_view)
        urls: list[URLPattern] = super().get_urls()
        return [path("<uuid:object_id>/lift/", page, name="registry_suspension_lift"), *urls]

    def lift_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Makes a proposal: whoever asks can't be the one who agrees."""
        if not request.user.has_perm(proposals.PROPOSE):
            raise PermissionDenied
        suspension = get_object_or_404(Suspension, pk=object_id)
        form = LiftForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            proposal = _ask_for_lifting(request, suspension, form.cleaned_data["reason"])
            if proposal is not None:
                return HttpResponseRedirect(reverse("admin:registry_proposal_change", args=[proposal.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": "Lift a suspension?",
            "suspension": suspension,
            "form": form,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/registry/lift.html", context)


@admin.register(Drift)
class DriftAdmin(ReadOnlyAdmin):
    empty_text = "Where a provider answers as another model than the one that was asked for, it is told here."
    list_display = ("deployment", "sent", "reported", "fingerprint", "seen_at", "blocked")
    list_filter = ("blocked", "seen_at")
    search_fields = ("deployment", "model", "sent", "reported")
    fields = (*list_display, "model", "model_version", "request_id")


class SuspendForm(forms.Form):
    reason = forms.CharField(max_length=suspensions.MAX_REASON_CHARS, strip=True)
    cancel_in_flight = forms.BooleanField(required=False)


class LiftForm(forms.Form):
    reason = forms.CharField(max_length=suspensions.MAX_REASON_CHARS, strip=True)


def _ask_for_lifting(request: HttpRequest, suspension: Suspension, reason: str) -> Proposal | None:
    try:
        proposal = lifting.ask(actor=actor_of(request), suspension=suspension, reason=reason)
    except RegistryError as error:
        messages.error(request, str(error))
        return None
    messages.success(request, f"{proposal} asks for it. It stays suspended until somebody else agrees.")
    return proposal


def page_urls(site: AdminSite) -> list[URLPattern]:
    """To be placed before the site's own URLs."""

    def page(request: HttpRequest) -> HttpResponse:
        return suspend_page(site, request)

    return [path("registry/suspend/", site.admin_view(page), name="registry_suspend")]


def suspend_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Asks for the reason, and stops what `kind` and each `target` name when that is sent."""
    if not request.user.has_perm(suspensions.PERMISSION):
        raise PermissionDenied
    asked = request.POST if request.method == "POST" else request.GET
    kind, targets = asked.get("kind", ""), asked.getlist("target")[:MAX_TARGETS]
    form = SuspendForm(request.POST if request.method == "POST" else None)
    if targets and form.is_bound and form.is_valid():
        for target in targets:
            _suspend(request, kind, target, form)
        return HttpResponseRedirect(reverse("admin:registry_suspension_changelist"))
    request.current_app = site.name
    context = {
        **site.each_context(request),
        "title": "Suspend",
        "kind": kind,
        "targets": [(target, in_words(subject(kind, target))) for target in targets],
        "form": form,
    }
    return TemplateResponse(request, "admin/registry/suspend.html", context)


def _suspend(request: HttpRequest, kind: str, target: str, form: SuspendForm) -> None:
    try:
        placed = suspensions.suspend(
            actor=actor_of(request),
            kind=kind,
            target=target,
            reason=form.cleaned_data["reason"],
            cancel_in_flight=form.cleaned_data["cancel_in_flight"],
        )
    except AlreadySuspended as error:
        messages.warning(request, f"{target}: {error}")
    except RegistryError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Suspended: {placed}.")


def suspend_url(kind: str, targets: list[str]) -> str:
    """The page on which suspending these is confirmed."""
    query = QueryDict(mutable=True)
    query["kind"] = kind
    query.setlist("target", targets[:MAX_TARGETS])
    return f"{reverse('admin:registry_suspend')}?{query.urlencode()}"


class SuspendableAdmin(ModelAdmin):
    """For rows that can be suspended: a banner while they are, a way to do it, and an action for several."""

    change_form_template: Any = "admin/registry/suspendable.html"

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        if request.user.has_perm(suspensions.PERMISSION):
            action = (suspend_selected, "suspend_selected", "Suspend selected")
            actions = {**actions, "suspend_selected": action}
        return actions

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        context = {**(suspension_context(request, row) if row is not None else {}), **(extra_context or {})}
        answer: HttpResponse = super().change_view(request, object_id, form_url, context)
        return answer


def suspension_context(request: HttpRequest, row: Any) -> dict[str, Any]:
    """What the template of a row's page says of suspensions."""
    found = suspendable.subject_of(row)
    may = found is not None and request.user.has_perm(suspensions.PERMISSION)
    return {
        "suspensions": suspendable.in_force_of(row),
        "suspend_url": suspend_url(found[0], [found[1]]) if may and found is not None else "",
    }


def suspend_selected(
    model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponseRedirect | None:
    """To the page that asks for the reason: nothing is stopped before that."""
    found = [suspendable.subject_of(row) for row in queryset[: MAX_TARGETS + 1]]
    targets = [each[1] for each in found if each is not None]
    if not targets or len(targets) > MAX_TARGETS:
        messages.error(request, f"Choose at most {MAX_TARGETS}.")
        return None
    kind = next(each[0] for each in found if each is not None)
    return HttpResponseRedirect(suspend_url(kind, targets))
