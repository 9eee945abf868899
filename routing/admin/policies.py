from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from audit.modeladmin import StackedInline
from registry.admin.bases import GovernedAdmin
from registry.admin.suspensions import SuspendableAdmin
from routing.admin.cache_standing import standing_in_words
from routing.admin.forms import PolicyForm, RuleForm
from routing.models import Policy, Rule
from routing.services import policies

MAX_RULES_SHOWN = 1_000


class RuleInline(StackedInline):
    model = Rule
    form = RuleForm
    fields = (("position", "name"), "conditions", "route", "in_words")
    readonly_fields = ("in_words",)
    ordering = ("position", "id")
    max_num = MAX_RULES_SHOWN

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whoever may only look reads the rule in words; the notation is for those who edit it."""
        if self.has_change_permission(request, obj):
            return self.fields
        return (("position", "name"), "in_words")

    @admin.display(description="in words")
    def in_words(self, rule: Rule) -> str | SafeString:
        if rule._state.adding:
            return "Shown once the rule is saved."
        return render_to_string("admin/routing/rule_in_words.html", {"rule": rule})


@admin.register(Policy)
class PolicyAdmin(SuspendableAdmin, GovernedAdmin):
    form = PolicyForm
    inlines = (RuleInline,)
    list_display = ("name", "is_default", "enabled", "rule_count", "deadline_s", "asked_by", "description")
    list_filter = ("enabled", "unsupported", "truncation")
    search_fields = ("name", "description", "rules__name")
    actions = ("make_default",)
    fieldsets = (
        (None, {"fields": (("name", "enabled"), "description", "default_or_not")}),
        (
            "Bounds",
            {
                "fields": (
                    ("deadline_s", "latency_budget_ms"),
                    "max_attempts_per_call",
                    "unsupported",
                    "truncation",
                )
            },
        ),
        (
            "Answers given again",
            {
                "fields": (
                    "cache",
                    ("cache_ttl_s", "cache_similarity_milli"),
                    ("cache_sampled", "cache_per_end_user"),
                    "cache_joins",
                    "cache_standing",
                )
            },
        ),
        ("What is told of", {"fields": ("fallback_band_percent", "tier_bands")}),
        ("Who may ask for it by name", {"fields": ("applications",)}),
    )
    readonly_fields = ("default_or_not", "cache_standing")

    class Media:
        css = {"all": ["registry/console.css", "routing/console.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        return super().get_queryset(request).prefetch_related("rules")

    def save_model(self, request: HttpRequest, obj: Policy, form: Any, change: bool) -> None:
        policies.save(policy=obj, actor=request.user)  # type: ignore[arg-type]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        written = formset.save(commit=False)
        policies.write_rules(
            policy=form.instance,
            written=written,
            deleted=formset.deleted_objects,
            actor=request.user,  # type: ignore[arg-type]
        )

    def has_delete_permission(self, request: HttpRequest, obj: Policy | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_default)

    def delete_model(self, request: HttpRequest, obj: Policy) -> None:
        policies.delete(policy=obj, actor=request.user)  # type: ignore[arg-type]

    def get_actions(self, request: HttpRequest) -> Any:
        """Policies are deleted one at a time: the default one never is."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.action(description="Make this the default policy", permissions=["change"])
    def make_default(self, request: HttpRequest, queryset: QuerySet[Policy]) -> None:
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            self.message_user(request, "Choose one policy.", messages.ERROR)
            return
        policy = policies.make_default(policy=chosen[0], actor=request.user)  # type: ignore[arg-type]
        self.message_user(request, f"From the next release on, “auto” means {policy}.", messages.SUCCESS)

    @admin.display(description="default")
    def default_or_not(self, policy: Policy) -> str:
        if policy.is_default:
            return "Yes: “auto” and the names of models are routed by it."
        return "No. Choose it in the list of policies to make it the default."

    @admin.display(description="what came of it")
    def cache_standing(self, policy: Policy) -> str:
        return standing_in_words(policy)

    @admin.display(description="rules")
    def rule_count(self, policy: Policy) -> int:
        return len(policy.rules.all())

    @admin.display(description="asked for by")
    def asked_by(self, policy: Policy) -> str:
        return ", ".join(policy.applications) or "everyone"
