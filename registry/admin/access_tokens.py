"""Everybody's own access tokens: made with one sight of the text, revoked through a confirmation.

Whoever may change users also sees the tokens of others and may revoke them; nobody makes one for another.
"""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.cache import never_cache

from audit.modeladmin import ModelAdmin
from registry.admin.actor import actor_of
from registry.admin.fields import ChoiceListField, Select
from registry.errors import TokenRevoked
from registry.models import AccessToken, TokenScope
from registry.services import access_tokens

SEES_ALL = "registry.change_user"
LIFETIMES = ((7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "a year"))
DEFAULT_DAYS = 30


class AccessTokenForm(forms.ModelForm):  # type: ignore[type-arg]
    scopes = ChoiceListField(
        choices=TokenScope.choices,
        initial=[TokenScope.READ.value],
        help_text="What it may be used for, within what you may do yourself.",
    )
    days = forms.TypedChoiceField(
        choices=LIFETIMES, coerce=int, initial=DEFAULT_DAYS, label="Ends after", widget=Select()
    )

    class Meta:
        model = AccessToken
        fields = ("name", "scopes")


@admin.register(AccessToken)
class AccessTokenAdmin(ModelAdmin):
    empty_text = "A token lets a script of yours use the management API with some of your rights."
    form = AccessTokenForm
    list_display = ("__str__", "name", "user", "told_scopes", "state", "expires_at", "last_used_at")
    search_fields = ("prefix", "name", "user__username")
    list_select_related = ("user",)
    actions = None
    kept = (
        *("__str__", "user", "name", "told_scopes", "state"),
        *("created_at", "expires_at", "last_used_at", "revoked_at", "revocation"),
    )

    class Media:
        css = {"all": ["registry/console.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessToken]:
        found = AccessToken.objects.select_related("user")
        if request.user.has_perm(SEES_ALL):
            return found
        return found.filter(user=actor_of(request))

    def get_fields(self, request: HttpRequest, obj: AccessToken | None = None) -> Any:
        return self.kept if obj else ("name", "scopes", "days")

    def get_readonly_fields(self, request: HttpRequest, obj: AccessToken | None = None) -> Any:
        return self.kept if obj else ()

    def get_urls(self) -> list[URLPattern]:
        revoke = self.admin_site.admin_view(never_cache(self.revoke_view))
        urls: list[URLPattern] = super().get_urls()
        return [path("<uuid:token_id>/revoke/", revoke, name="registry_accesstoken_revoke"), *urls]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: AccessToken | None = None) -> bool:
        return obj is None or obj.user_id == request.user.pk or request.user.has_perm(SEES_ALL)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: AccessToken | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AccessToken | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: AccessToken, form: Any, change: bool) -> None:
        obj.expires_at = timezone.now() + timedelta(days=form.cleaned_data["days"])
        request.new_token = access_tokens.issue(user=actor_of(request), token=obj)  # type: ignore[attr-defined]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A token has nothing related, and belongs to no team."""

    def response_add(
        self, request: HttpRequest, obj: AccessToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The token's only sight: in the answer to the form itself, kept by no session, cache or message."""
        created: access_tokens.CreatedToken = request.new_token  # type: ignore[attr-defined]
        response = self._page(request, "created", "Access token made", obj, text=created.text)
        response["Cache-Control"] = "no-store"
        return response

    def revoke_view(self, request: HttpRequest, token_id: str) -> HttpResponse:
        token = get_object_or_404(self.get_queryset(request), pk=token_id)
        if request.method != "POST":
            return self._page(request, "revoke", "Revoke this token?", token)
        try:
            access_tokens.revoke(actor=actor_of(request), token=token)
            self.message_user(request, f"{token} was revoked.", messages.SUCCESS)
        except TokenRevoked as error:
            self.message_user(request, f"{token}: {error}", messages.WARNING)
        return HttpResponseRedirect(reverse("admin:registry_accesstoken_changelist"))

    def _page(
        self, request: HttpRequest, name: str, title: str, token: AccessToken, **more: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "token": token,
            "has_view_permission": True,
            **more,
        }
        return TemplateResponse(request, f"admin/registry/accesstoken/{name}.html", context)

    @admin.display(description="scopes")
    def told_scopes(self, token: AccessToken) -> str:
        return ", ".join(token.scopes)

    @admin.display(description="state")
    def state(self, token: AccessToken) -> str:
        return token.state

    @admin.display(description="revoke")
    def revocation(self, token: AccessToken) -> str:
        if token.revoked_at is not None:
            return "revoked"
        url = reverse("admin:registry_accesstoken_revoke", args=[token.pk])
        return format_html('<a class="sb-danger" href="{}">Revoke this token</a>', url)
