"""Delegations in admin: each person makes their own, and ends it; everybody may see them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.modeladmin import ModelAdmin
from registry.admin.actor import actor_of
from registry.errors import RegistryError
from registry.models import Delegation, User
from registry.services import approving, delegations


class DelegationForm(forms.ModelForm):  # type: ignore[type-arg]
    """The service is asked by `clean`, so that a refusal is told beside the form."""

    class Meta:
        model = Delegation
        fields = ("delegate", "starts_at", "ends_at", "reason")

    principal: User

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            self.instance.principal = self.principal
            try:
                delegations.check(self.principal, given["delegate"], given["starts_at"], given["ends_at"])
            except RegistryError as error:
                raise forms.ValidationError(str(error)) from error
        return given


@admin.register(Delegation)
class DelegationAdmin(ModelAdmin):
    empty_text = "Who approves can let a colleague decide in their place for a time."
    form = DelegationForm
    list_display = ("principal", "delegate", "starts_at", "ends_at", "state", "reason")
    list_filter = ("ends_at",)
    search_fields = ("principal__username", "delegate__username", "reason")
    list_select_related = ("principal", "delegate")
    actions = None
    fields = ("delegate", "starts_at", "ends_at", "reason")
    known = ("principal", "delegate", "starts_at", "ends_at", "reason", "state", "ending")

    class Media:
        css = {"all": ["registry/console.css"]}

    def get_urls(self) -> list[URLPattern]:
        revoke = self.admin_site.admin_view(self.revoke_view)
        urls: list[URLPattern] = super().get_urls()
        return [path("<uuid:object_id>/revoke/", revoke, name="registry_delegation_revoke"), *urls]

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return isinstance(request.user, User) and bool(approving.areas_of(request.user))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or self.has_add_permission(request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.known if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.known if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.principal = actor_of(request)
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"starts_at": timezone.now(), **super().get_changeform_initial_data(request)}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "delegate":
            kwargs["queryset"] = others_of(actor_of(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Delegation, form: Any, change: bool) -> None:
        made = delegations.delegate(
            principal=actor_of(request),
            to=obj.delegate,
            starts_at=obj.starts_at,
            ends_at=obj.ends_at,
            reason=obj.reason,
        )
        obj.pk = made.pk

    def revoke_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        delegation = get_object_or_404(
            Delegation.objects.select_related("principal", "delegate"), pk=object_id
        )
        if delegation.principal_id != actor_of(request).pk:
            raise PermissionDenied
        if request.method == "POST":
            delegations.revoke(delegation=delegation, actor=actor_of(request))
            messages.success(request, f"{delegation.delegate} acts for you no more.")
            return HttpResponseRedirect(reverse("admin:registry_delegation_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": "Revoke this delegation?",
            "opts": self.opts,
            "delegation": delegation,
        }
        return TemplateResponse(request, "admin/registry/delegation/revoke.html", context)

    @admin.display(description="state")
    def state(self, delegation: Delegation) -> str:
        now = timezone.now()
        if delegation.revoked_at is not None:
            return f"revoked {delegation.revoked_at:%Y-%m-%d %H:%M}"
        if delegation.ends_at <= now:
            return "over"
        return "in force" if delegation.starts_at <= now else "to come"

    @admin.display(description="revoke")
    def ending(self, delegation: Delegation) -> SafeString | str:
        if delegation.revoked_at is not None or delegation.ends_at <= timezone.now():
            return "It has ended."
        url = reverse("admin:registry_delegation_revoke", args=[delegation.pk])
        return format_html('<a class="sb-danger" href="{}">Revoke it (its principal alone may)</a>', url)


def others_of(user: User) -> QuerySet[User]:
    return User.objects.filter(is_active=True, is_staff=True).exclude(pk=user.pk).order_by("username")
