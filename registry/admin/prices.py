from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from registry.admin.actor import actor_of
from registry.admin.bases import GovernedAdmin
from registry.errors import PriceInForce
from registry.models import Price
from registry.services import prices

AMOUNTS = (
    "input_usd_per_mtok",
    "output_usd_per_mtok",
    "cache_read_usd_per_mtok",
    "cache_write_usd_per_mtok",
    "request_usd",
)


class PriceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Price
        fields = ("deployment", "valid_from", "valid_to", *AMOUNTS, "source")

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            try:
                prices.check(self.instance)
            except PriceInForce as error:
                self.add_error("valid_from", str(error))


@admin.register(Price)
class PriceAdmin(GovernedAdmin):
    """Rows are added, and withdrawn before they begin; none is changed."""

    form = PriceForm
    list_display = (
        "deployment",
        "state",
        "valid_from",
        "valid_to",
        "input_usd_per_mtok",
        "output_usd_per_mtok",
    )
    list_filter = ("deployment__provider", "deployment__version__model", "valid_from")
    search_fields = ("deployment__name",)
    list_select_related = ("deployment",)
    autocomplete_fields = ("deployment",)
    fieldsets = (
        (None, {"fields": ("deployment", "valid_from", "valid_to")}),
        ("Price in USD", {"fields": AMOUNTS}),
        (None, {"fields": ("source",)}),
    )
    actions = None

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"valid_from": timezone.now(), **super().get_changeform_initial_data(request)}

    def has_change_permission(self, request: HttpRequest, obj: Price | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Price | None = None) -> bool:
        begun = obj is not None and obj.valid_from <= timezone.now()
        return not begun and bool(super().has_delete_permission(request, obj))

    def save_model(self, request: HttpRequest, obj: Price, form: Any, change: bool) -> None:
        prices.add(actor=actor_of(request), price=obj)

    def delete_model(self, request: HttpRequest, obj: Price) -> None:
        prices.withdraw(actor=actor_of(request), price=obj)

    @admin.display(description="state")
    def state(self, price: Price) -> str:
        now = timezone.now()
        if price.valid_from > now:
            return "to come"
        return "in force" if price.valid_to is None or price.valid_to > now else "past"
