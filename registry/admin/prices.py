from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from registry.admin.actor import actor_of
from registry.admin.bases import GovernedAdmin
from registry.admin.fields import Textarea
from registry.core.tariff import (
    band_from,
    band_line,
    bands_checked,
    picture_from,
    picture_line,
    pictures_checked,
)
from registry.errors import PriceInForce
from registry.models import Price
from registry.services import prices

TOKENS = (
    "input_usd_per_mtok",
    "output_usd_per_mtok",
    "cache_read_usd_per_mtok",
    "cache_write_usd_per_mtok",
    "cache_write_1h_usd_per_mtok",
    "reasoning_usd_per_mtok",
)
MEDIA = (
    "audio_input_usd_per_mtok",
    "audio_output_usd_per_mtok",
    "image_input_usd_per_mtok",
    "image_output_usd_per_mtok",
    "audio_usd_per_hour",
    "audio_least_s",
    "audio_step_s",
    "characters_usd_per_mchar",
    "pictures",
)
CONDITIONS = ("request_usd", "bands")


class RowsField(forms.CharField):
    """A list of rows as lines of text, one row in each, as registry.core.tariff writes them."""

    def __init__(
        self,
        *,
        write: Callable[[Any], str],
        read: Callable[[str], dict[str, Any]],
        check: Callable[[Any], list[dict[str, Any]]],
        **kwargs: Any,
    ) -> None:
        self._write, self._read, self._check = write, read, check
        super().__init__(required=False, widget=Textarea(attrs={"rows": 4}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(self._write(row) for row in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        try:
            rows = [self._read(line) for line in str(value or "").splitlines() if line.strip()]
            return self._check(rows)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed(self.prepare_value(initial), data))


class PriceForm(forms.ModelForm):  # type: ignore[type-arg]
    bands = RowsField(
        label="Prices under conditions",
        write=band_line,
        read=band_from,
        check=bands_checked,
        help_text=(
            "One in each line, each kind in the unit it has above; the last that holds counts. "
            "“above 200000 input tokens: input 10, output 37.5”, "
            "“from 16:30 to 00:30 UTC: input 0.135”, “service tier priority: input 3.5”, “batch: factor 0.5”."
        ),
    )
    pictures = RowsField(
        label="Pictures, USD each",
        write=picture_line,
        read=picture_from,
        check=pictures_checked,
        help_text="One in each line: “1024x1024 high: 0.167”, “any any: 0.04”. Empty: not sold.",
    )

    class Meta:
        model = Price
        fields = ("deployment", "valid_from", "valid_to", *TOKENS, *MEDIA, *CONDITIONS, "source")

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
        "input_price",
        "output_price",
    )
    list_filter = ("deployment__provider", "deployment__version__model", "valid_from")
    search_fields = ("deployment__name",)
    list_select_related = ("deployment",)
    autocomplete_fields = ("deployment",)
    fieldsets = (
        (None, {"fields": ("deployment", "valid_from", "valid_to")}),
        ("Text, USD per million tokens", {"fields": TOKENS}),
        ("Audio, images, speech", {"fields": MEDIA}),
        ("Per request, and under conditions", {"fields": CONDITIONS}),
        (None, {"fields": ("source",)}),
    )
    actions = None
    readonly_fields = ("picture_lines", "band_lines")

    def get_fieldsets(self, request: HttpRequest, obj: Price | None = None) -> Any:
        """A row that is there is read, in the lines in which it was written."""
        if obj is None:
            return self.fieldsets
        media = (*MEDIA[:-1], "picture_lines")
        return (
            *self.fieldsets[:2],
            ("Audio, images, speech", {"fields": media}),
            ("Per request, and under conditions", {"fields": ("request_usd", "band_lines")}),
            self.fieldsets[-1],
        )

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

    @admin.display(description="pictures, USD each")
    def picture_lines(self, price: Price) -> SafeString:
        return _as_lines(picture_line(row) for row in price.pictures)

    @admin.display(description="prices under conditions")
    def band_lines(self, price: Price) -> SafeString:
        return _as_lines(band_line(band) for band in price.bands)

    @admin.display(description="input, USD per million tokens", ordering="input_usd_per_mtok")
    def input_price(self, price: Price) -> str:
        return _plain(price.input_usd_per_mtok)

    @admin.display(description="output, USD per million tokens", ordering="output_usd_per_mtok")
    def output_price(self, price: Price) -> str:
        return _plain(price.output_usd_per_mtok)

    @admin.display(description="state")
    def state(self, price: Price) -> str:
        now = timezone.now()
        if price.valid_from > now:
            return "to come"
        return "in force" if price.valid_to is None or price.valid_to > now else "past"


def _plain(usd: Decimal | None) -> str:
    """As people write it: without the zeros up to the last place that the column has."""
    return "-" if usd is None else f"{usd.normalize():f}"


def _as_lines(lines: Iterable[str]) -> SafeString:
    return format_html_join(SafeString("<br>"), "{}", ((line,) for line in lines)) or SafeString("none")
