"""Budgets and the ledger in admin: thin shells over services and selectors."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

import registry.models
from audit import scopes
from audit.admin.requests import RegisterAdmin
from billing.core.money import to_usd
from billing.models import Budget, BudgetAlert, LedgerEntry
from billing.selectors import Usage, usage_of
from billing.services import budgets
from registry.admin.bases import ViewInline
from registry.admin.loosening import LooseningAdmin
from registry.models import Application, Proposal, Team, User

MAX_NAMES = 500  # offered by a filter


class UsageMixin:
    """Gives every budget on the page its `usage`, with as many queries for fifty as for one."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)  # type: ignore[misc]
        page = list(self.result_list)
        usage = usage_of(page, timezone.now())
        for budget in page:
            budget.usage = usage[budget.pk]
        self.result_list = page


class AlertInline(ViewInline):
    model = BudgetAlert
    fields = readonly_fields = ("at", "threshold", "window_start", "end_user", "spent")
    ordering = ("-at",)
    show_change_link = False
    verbose_name_plural = "alerts"

    @admin.display(description="spent (USD)")
    def spent(self, alert: BudgetAlert) -> str:
        return f"{to_usd(alert.spent_nano):,.4f}"


def _save(budget: Budget, actor: User, reason: str) -> Proposal | None:
    return budgets.save(budget=budget, actor=actor, reason=reason).proposal


@admin.register(Budget)
class BudgetAdmin(LooseningAdmin):
    """Switched off, never deleted: alerts and history name it."""

    list_display = ("name", "scope", "window", "enforcement", "usage", "enabled")
    list_filter = ("enabled", "enforcement", "window", "team")
    list_select_related = ("team", "application")
    search_fields = ("name", "team__name", "application__name", "api_key", "end_user", "model")
    autocomplete_fields = ("team", "application")
    inlines = (AlertInline,)
    save_live = staticmethod(_save)
    fieldsets = (
        (None, {"fields": ("name", "enabled")}),
        (
            "For whom and what",
            {
                "fields": (
                    *("team", "application", "api_key", "each_end_user", "end_user", "model"),
                    "experiment",
                ),
                "description": "What is left empty is whichever; with nothing here it covers everything.",
            },
        ),
        ("How much", {"fields": ("limit_usd", "window", "enforcement", "thresholds")}),
    )

    class Media:
        css = {"all": ["registry/console.css"]}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        base = super().get_changelist(request, **kwargs)
        return type("BudgetChangeList", (UsageMixin, base), {})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "thresholds" and field is not None:
            field.widget.attrs["rows"] = 1
        return field

    @admin.display(description="covers")
    def scope(self, budget: Budget) -> str:
        return budget.scope_text

    @admin.display(description="spent and held, of the limit")
    def usage(self, budget: Budget) -> SafeString:
        usage: Usage = budget.usage  # type: ignore[attr-defined]  # by UsageMixin
        return render_to_string("admin/billing/usage.html", {"usage": usage})


class NameFilter(admin.SimpleListFilter):
    """By a name out of the registry: the ledger itself is too long to be searched for the names in it."""

    source: type[Model]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = scopes.visible(request.user, self.source._default_manager.order_by("name"))
        names = rows.values_list("name", flat=True)
        return [(name, name) for name in names[:MAX_NAMES]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{str(self.parameter_name): self.value()}) if self.value() else queryset


class TeamFilter(NameFilter):
    title, parameter_name, source = "team", "team", Team


class ApplicationFilter(NameFilter):
    title, parameter_name, source = "application", "application", Application


class ModelFilter(NameFilter):
    title, parameter_name, source = "model", "model", registry.models.Model


@admin.register(LedgerEntry)
class LedgerEntryAdmin(RegisterAdmin):
    """Every movement of money; found by request id, filtered by time, kind and payer."""

    list_display = (
        "at",
        "kind",
        "amount",
        "team",
        "application",
        "end_user",
        "model",
        "price",
        "usage",
        "its_dossier",
    )
    list_filter = ("kind", "usage_unknown", "at", TeamFilter, ApplicationFilter, ModelFilter)
    search_fields = ("request_id",)
    fields = (
        "kind",
        "amount",
        "for_request",
        "attempt",
        "team",
        "application",
        "api_key",
        "end_user",
        "model",
        "by_model",
        "shadow",
        "window_at",
        "at",
        "price",
        "price_sha256",
        "usage",
    )

    @admin.display(description="amount (USD)", ordering="amount_nano")
    def amount(self, row: LedgerEntry) -> str:
        return f"{to_usd(row.amount_nano):,.9f}"

    @admin.display(description="price row")
    def price(self, row: LedgerEntry) -> str:
        if not row.price_id:
            return "none"
        url = reverse("admin:registry_price_change", args=[row.price_id])
        return format_html('<a href="{}" title="sha256 {}">{}</a>', url, row.price_sha256, row.price_id[:8])

    @admin.display(description="usage", ordering="usage_unknown")
    def usage(self, row: LedgerEntry) -> str:
        if row.kind != LedgerEntry.Kind.SETTLED:
            return "none"
        return "not told: the worst case" if row.usage_unknown else "as told"

    @admin.display(description="request", ordering="request_id")
    def its_dossier(self, row: LedgerEntry) -> str:
        """By the end of its id, since a list has no room for all of it."""
        url = reverse("admin:audit_request_change", args=[row.request_id])
        return format_html('<a href="{}" title="{}">…{}</a>', url, row.request_id, str(row.request_id)[-12:])

    @admin.display(description="request", ordering="request_id")
    def for_request(self, row: LedgerEntry) -> str:
        url = reverse("admin:audit_request_change", args=[row.request_id])
        return format_html('<a href="{}">{}</a>', url, row.request_id)
