"""Webhooks in admin: their secret is shown once, when they are made and when it is replaced."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache

from audit.modeladmin import HistoryAdmin
from registry.admin.actor import actor_of
from registry.admin.fields import ChoiceListField
from registry.errors import CredentialError
from registry.models import NoticeKind, Webhook
from registry.services import credentials, webhooks


class WebhookForm(forms.ModelForm):  # type: ignore[type-arg]
    kinds = ChoiceListField(
        choices=NoticeKind.choices, required=False, help_text="None chosen: notices of every kind."
    )

    class Meta:
        model = Webhook
        fields = ("name", "url", "kinds", "enabled")

    def clean(self) -> dict[str, Any]:
        try:
            credentials.check_keys()
        except CredentialError as error:
            raise ValidationError(str(error)) from error
        return super().clean() or {}


@admin.register(Webhook)
class WebhookAdmin(HistoryAdmin):
    empty_text = "A webhook tells a system of yours of events, with a signature."
    form = WebhookForm
    list_display = ("name", "url", "enabled", "hears_of")
    list_filter = ("enabled",)
    search_fields = ("name", "url")
    fields = ("name", "url", "kinds", "enabled")

    class Media:
        css = {"all": ["registry/console.css"]}

    def get_fields(self, request: HttpRequest, obj: Webhook | None = None) -> Any:
        return (*self.fields, "secret") if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Webhook | None = None) -> Any:
        return ("secret",) if obj else ()

    def get_urls(self) -> list[URLPattern]:
        replace = self.admin_site.admin_view(never_cache(self.replace_view))
        urls: list[URLPattern] = super().get_urls()  # type: ignore[no-untyped-call]
        return [path("<path:object_id>/secret/", replace, name="registry_webhook_secret"), *urls]

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        if change:
            webhooks.change(actor=actor_of(request), webhook=obj)
        else:
            request.new_secret = webhooks.create(  # type: ignore[attr-defined]
                actor=actor_of(request), webhook=obj
            )

    def response_add(
        self, request: HttpRequest, obj: Webhook, post_url_continue: str | None = None
    ) -> HttpResponse:
        created: webhooks.CreatedWebhook = request.new_secret  # type: ignore[attr-defined]
        return self._shown_once(request, created)

    def replace_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        webhook = get_object_or_404(Webhook, pk=object_id)
        if not self.has_change_permission(request, webhook):  # type: ignore[no-untyped-call]
            raise PermissionDenied
        if request.method == "POST":
            created = webhooks.replace_secret(actor=actor_of(request), webhook=webhook)
            return self._shown_once(request, created)
        context = {**self._context(request), "title": "Replace the secret?", "webhook": webhook}
        return TemplateResponse(request, "admin/registry/webhook/replace.html", context)

    def _shown_once(self, request: HttpRequest, created: webhooks.CreatedWebhook) -> HttpResponse:
        """The secret's only sight: in the answer to the form itself, kept by no session, cache or message."""
        context = {**self._context(request), "title": "The webhook's secret", "created": created}
        response = TemplateResponse(request, "admin/registry/webhook/secret.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, "has_view_permission": True}

    @admin.display(description="hears of")
    def hears_of(self, webhook: Webhook) -> str:
        return ", ".join(webhook.kinds) or "everything"

    @admin.display(description="secret")
    def secret(self, webhook: Webhook) -> str:
        url = reverse("admin:registry_webhook_secret", args=[webhook.pk])
        return format_html('It was shown once. <a class="sb-link" href="{}">Replace it</a>', url)
