"""API keys in admin: made with one sight of the key, revoked through a confirmation, never deleted."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.cache import never_cache

from audit import scopes
from registry.admin.actor import actor_of
from registry.admin.bases import LiveAdmin
from registry.admin.fields import ChoiceListField
from registry.admin.loosening import LooseningForm
from registry.admin.suspensions import SuspendableAdmin
from registry.errors import KeyRevoked
from registry.models import ApiKey, Scope, default_scopes
from registry.services import consumers, keys

STATES = (("active", "Active"), ("expired", "Expired"), ("revoked", "Revoked"))


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return STATES

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
        expired = Q(expires_at__lte=timezone.now())
        if self.value() == "revoked":
            return queryset.filter(revoked_at__isnull=False)
        if self.value() == "expired":
            return queryset.filter(expired, revoked_at__isnull=True)
        return queryset.exclude(expired).filter(revoked_at__isnull=True) if self.value() else queryset


class ApiKeyForm(LooseningForm):
    scopes = ChoiceListField(choices=Scope.choices, initial=default_scopes)

    class Meta:
        model = ApiKey
        fields = (
            "application",
            "name",
            "scopes",
            "clearance",
            "default_data_class",
            "requests_per_min",
            "tokens_per_min",
            "expires_at",
        )


@admin.register(ApiKey)
class ApiKeyAdmin(SuspendableAdmin, LiveAdmin):
    form = ApiKeyForm
    list_display = (
        "__str__",
        "name",
        "application",
        "clearance",
        "default_data_class",
        "state",
        "expires_at",
    )
    list_filter = (StateFilter, "clearance", "application__team", "application")
    search_fields = ("prefix", "name", "application__name")
    list_select_related = ("application__team", "clearance", "default_data_class")
    autocomplete_fields = ("application",)
    actions = ("revoke_selected",)
    fieldsets = (
        (None, {"fields": ("application", "name", "scopes")}),
        ("Data", {"fields": ("clearance", "default_data_class")}),
        ("Limits", {"fields": ("requests_per_min", "tokens_per_min", "expires_at")}),
    )

    class Media:
        css = {"all": ["registry/console.css"]}

    known = ("Key", {"fields": ("key", "state", "created_at", "revoked_at", "revocation")})

    def get_fieldsets(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        given = super().get_fieldsets(request, obj)
        return (*given, self.known) if obj else given

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        known = ("key", "state", "created_at", "revoked_at", "revocation")
        return ("application", *known) if obj else ()

    def get_urls(self) -> list[URLPattern]:
        revoke = self.admin_site.admin_view(never_cache(self.revoke_view))
        urls: list[URLPattern] = super().get_urls()  # type: ignore[no-untyped-call]
        return [path("<path:object_id>/revoke/", revoke, name="registry_apikey_revoke"), *urls]

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            request.new_key = consumers.new_key(actor=actor_of(request), key=obj)  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The key's only sight: in the answer to the form itself, kept by no session, cache or message."""
        created, proposal = request.new_key  # type: ignore[attr-defined]
        context = {
            **self.admin_site.each_context(request),
            "title": "API key made",
            "opts": self.opts,
            "token": created.token,
            "key": created.key,
            "proposal": proposal,
            "has_view_permission": True,
        }
        response = TemplateResponse(request, "admin/registry/apikey/created.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def revoke_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        key = get_object_or_404(scopes.visible(request.user, ApiKey.objects.all()), pk=object_id)
        if not self.has_change_permission(request, key):  # type: ignore[no-untyped-call]
            raise PermissionDenied
        if request.method == "POST":
            self._revoke(request, [key])
            return HttpResponseRedirect(reverse("admin:registry_apikey_change", args=[key.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": "Revoke this key?",
            "key": key,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/registry/apikey/revoke.html", context)

    @admin.action(description="Revoke selected keys", permissions=["change"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        self._revoke(request, list(scopes.administered(request.user, queryset)))

    def _revoke(self, request: HttpRequest, chosen: list[ApiKey]) -> None:
        for key in chosen:
            try:
                keys.revoke(actor=actor_of(request), key=key)
                self.message_user(request, f"{key} was revoked.", messages.SUCCESS)
            except KeyRevoked as error:
                self.message_user(request, f"{key}: {error}", messages.WARNING)

    @admin.display(description="begins with")
    def key(self, key: ApiKey) -> str:
        return str(key)

    @admin.display(description="state")
    def state(self, key: ApiKey) -> str:
        return key.state

    @admin.display(description="revoke")
    def revocation(self, key: ApiKey) -> str:
        if key.revoked_at is not None:
            return "revoked"
        url = reverse("admin:registry_apikey_revoke", args=[key.pk])
        return format_html('<a class="sb-danger" href="{}">Revoke this key</a>', url)
