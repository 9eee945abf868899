"""Answers that are given again: what was thrown away and by whom, and throwing more away."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.modeladmin import ModelAdmin, ReadOnlyAdmin
from billing.core.money import usd_text
from registry.admin.actor import actor_of
from registry.models import Application, ModelVersion
from routing.errors import CacheError
from routing.models import CacheComparison, CacheHit, CachePurge, Policy, PurgeScope
from routing.models.cache import MAX_REASON_CHARS
from routing.services import caches

if TYPE_CHECKING or settings.PLAIN_ADMIN:
    from django.contrib.admin.widgets import AdminTextareaWidget as Textarea
    from django.forms import Select
else:
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea

MAX_CHOICES = 1_000


class PurgeForm(forms.ModelForm):  # type: ignore[type-arg]
    what = forms.ChoiceField(
        widget=Select(),
        help_text="None of it is given again, from this moment on; what was recorded of it stays.",
    )
    reason = forms.CharField(max_length=MAX_REASON_CHARS, widget=Textarea(attrs={"rows": 2}))

    class Meta:
        model = CachePurge
        fields = ("reason",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        what = self.fields["what"]
        assert isinstance(what, forms.ChoiceField)
        what.choices = _choices()

    def clean(self) -> dict[str, Any] | None:
        scope, _, target = self.cleaned_data.get("what", "").partition(":")
        self.instance.scope, self.instance.target = scope, target
        return super().clean()


def _choices() -> list[Any]:
    """Everything, or what there is of each kind."""
    versions = ModelVersion.objects.values_list("model__name", "name")[:MAX_CHOICES]
    kinds = {
        PurgeScope.APPLICATION: Application.objects.values_list("name", flat=True)[:MAX_CHOICES],
        PurgeScope.POLICY: Policy.objects.values_list("name", flat=True)[:MAX_CHOICES],
        PurgeScope.VERSION: [f"{model}@{version}" for model, version in versions],
    }
    everything = [(f"{PurgeScope.EVERYTHING}:", PurgeScope.EVERYTHING.label)]
    groups = [(kind.label, [(f"{kind}:{name}", name) for name in names]) for kind, names in kinds.items()]
    return [*everything, *groups]


@admin.register(CachePurge)
class CachePurgeAdmin(ModelAdmin):
    """Adding one is purging."""

    empty_text = "Kept answers go when their time is over. A purge takes them away before."
    form = PurgeForm
    fields = ("what", "reason")
    list_display = ("scope", "target", "removed", "purged_at", "purged_by_name", "reason")
    list_filter = ("scope",)
    search_fields = ("target", "reason", "purged_by_name")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj is None else self.list_display

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return request.user.has_perm(caches.PERMISSION)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        try:
            return super().add_view(request, form_url, extra_context)
        except CacheError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(request.path)

    def save_model(self, request: HttpRequest, obj: CachePurge, form: Any, change: bool) -> None:
        done = caches.purge(scope=obj.scope, target=obj.target, reason=obj.reason, actor=actor_of(request))
        obj.pk, obj.removed = done.pk, done.removed

    def response_add(self, request: HttpRequest, obj: CachePurge, *args: Any) -> HttpResponse:
        answers = "1 answer" if obj.removed == 1 else f"{obj.removed} answers"
        self.message_user(request, f"Thrown away: {answers}.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:routing_cachepurge_changelist"))


class _Recorded(ReadOnlyAdmin):
    search_fields = ("request_id", "of_request", "application")

    @admin.display(description="request")
    def dossier(self, row: CacheHit | CacheComparison) -> SafeString:
        return _dossier(row.request_id)

    @admin.display(description="answer of")
    def source(self, row: CacheHit | CacheComparison) -> SafeString:
        return _dossier(row.of_request)


def _dossier(request_id: UUID) -> SafeString:
    url = reverse("admin:audit_request_change", args=[request_id])
    return format_html('<a class="sb-link" href="{}">{}</a>', url, request_id)


@admin.register(CacheHit)
class CacheHitAdmin(_Recorded):
    empty_text = "Each answer that a policy gave again is listed here, with what that saved."
    list_display = ("at", "kind", "application", "policy", "version", "saved", "dossier", "source")
    list_filter = ("kind", "policy")
    fields = (*list_display, "team", "similarity_milli")
    readonly_fields = ("version", "saved", "dossier", "source")

    @admin.display(description="version", ordering="model_version")
    def version(self, hit: CacheHit) -> str:
        return f"{hit.model} {hit.model_version}"

    @admin.display(description="saved", ordering="saved_nano")
    def saved(self, hit: CacheHit) -> str:
        return f"${usd_text(hit.saved_nano)}"


@admin.register(CacheComparison)
class CacheComparisonAdmin(_Recorded):
    empty_text = "Where a policy samples near answers, each is compared here with what the model said anew."
    list_display = ("at", "is_same", "application", "policy", "similarity_milli", "dossier", "source")
    list_filter = ("is_same", "policy")
    fields = (*list_display, "team", "basis")
    readonly_fields = ("dossier", "source")
