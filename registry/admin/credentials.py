from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from audit.modeladmin import HistoryAdmin
from registry.admin.actor import actor_of
from registry.admin.fields import LinesField, SecretField
from registry.errors import CredentialError
from registry.models import Credential, CredentialKind
from registry.services import credentials


class CredentialForm(forms.ModelForm):  # type: ignore[type-arg]
    hosts = LinesField(
        help_text="The only hosts that it may be sent to, one on each line, as host or host:port."
    )
    secret = SecretField(
        label="New secret",
        help_text="For “stored here”: replaces what is kept. It is encrypted, and never shown again.",
    )

    class Meta:
        model = Credential
        fields = ("name", "kind", "reference", "hosts")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        stored = cleaned.get("kind") == CredentialKind.STORED
        secret = cleaned.get("secret")
        if stored and not secret and not self.instance.ciphertext:
            self.add_error("secret", "Give the secret.")
        if secret and not stored:
            self.add_error("secret", "Only for a credential that is stored here.")
        if stored and cleaned.get("reference"):
            self.add_error("reference", "Leave this empty for a credential that is stored here.")
        if stored and secret:
            self._try_keys()
        return cleaned

    def _try_keys(self) -> None:
        try:
            credentials.check_keys()
        except CredentialError as error:
            raise ValidationError(str(error)) from error


@admin.register(Credential)
class CredentialAdmin(HistoryAdmin):
    empty_text = (
        "A credential is what a provider is called with: a key that is kept encrypted, or the name "
        "of a secret."
    )
    form = CredentialForm
    list_display = ("name", "kind", "where", "host_names")
    list_filter = ("kind",)
    search_fields = ("name", "reference")
    fields = ("name", "kind", "reference", "secret", "hosts")

    def save_model(self, request: HttpRequest, obj: Credential, form: Any, change: bool) -> None:
        credentials.store(
            actor=actor_of(request), credential=obj, secret=form.cleaned_data.get("secret") or None
        )

    @admin.display(description="where the secret is")
    def where(self, credential: Credential) -> str:
        return credential.reference or "encrypted in the database"

    @admin.display(description="bound to")
    def host_names(self, credential: Credential) -> str:
        return ", ".join(credential.hosts)
