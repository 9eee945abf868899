from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from registry.admin.bases import GovernedAdmin, ViewInline
from registry.admin.fields import WordsField
from registry.core.expiry import NOTICE_DAYS
from registry.models import Certification, CertificationKind, DataKind, Standing

STANDING_WORDS = {
    Standing.INCOMPLETE: "Incomplete: no day of issue, so it does not count",
    Standing.UPCOMING: "Not yet",
    Standing.VALID: "Valid",
    Standing.EXPIRING: "Expiring",
    Standing.EXPIRED: "Expired",
}


class CertificationForm(forms.ModelForm):  # type: ignore[type-arg]
    countries = WordsField(
        capitals=True,
        help_text="Only deployments that run in one of these: two letters each, with commas. Empty: all.",
    )
    data_kinds = WordsField(
        help_text=(
            "Only classes of which it covers every kind, with commas: "
            f"{', '.join(DataKind.values)}, or a name of your own. Empty: all."
        )
    )

    class Meta:
        model = Certification
        fields = (
            "name",
            "kind",
            "provider",
            "deployment",
            "scope",
            "countries",
            "data_kinds",
            "reference",
            "evidence_sha256",
            "issued_on",
            "expires_on",
        )
        help_texts = {"kind": f"{', '.join(CertificationKind.values)}, or a name of your own."}


class StandingFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(standing.value, STANDING_WORDS[standing].partition(":")[0]) for standing in Standing]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Certification]) -> QuerySet[Certification]:
        wanted = self.value()
        return queryset.filter(standing_is(Standing(wanted), timezone.now())) if wanted else queryset


def standing_is(standing: Standing, now: datetime) -> Q:
    """The condition under which `Certification.standing` says so."""
    today = now.date()
    known, begun = Q(issued_on__isnull=False), Q(issued_on__lte=today)
    over = Q(expires_on__lt=today)
    soon = Q(expires_on__lt=today + timedelta(days=max(NOTICE_DAYS)))
    match standing:
        case Standing.INCOMPLETE:
            return ~known
        case Standing.EXPIRED:
            return known & over
        case Standing.UPCOMING:
            return known & ~begun
        case Standing.EXPIRING:
            return begun & soon & ~over
    return begun & (Q(expires_on__isnull=True) | ~soon)


class CertificationInline(ViewInline):
    model = Certification
    fields = ("name", "kind", "issued_on", "expires_on", "reference")


@admin.register(Certification)
class CertificationAdmin(GovernedAdmin):
    form = CertificationForm
    list_display = ("name", "kind_label", "holder", "issued_on", "expires_on", "state")
    list_filter = (StandingFilter, "kind", "provider")
    search_fields = ("name", "kind", "reference", "provider__name", "deployment__name")
    list_select_related = ("provider", "deployment")
    autocomplete_fields = ("provider", "deployment")
    fieldsets = (
        (None, {"fields": ("name", "kind")}),
        ("Holder", {"fields": ("provider", "deployment"), "description": "One of the two."}),
        ("What it covers", {"fields": ("scope", "countries", "data_kinds")}),
        ("Evidence", {"fields": ("reference", "evidence_sha256", "issued_on", "expires_on")}),
    )

    @admin.display(description="kind", ordering="kind")
    def kind_label(self, certification: Certification) -> str:
        return certification.kind_label

    @admin.display(description="held by")
    def holder(self, certification: Certification) -> str:
        return certification.holder

    @admin.display(description="state", ordering="expires_on")
    def state(self, certification: Certification) -> str:
        return STANDING_WORDS[certification.standing(timezone.now())]
