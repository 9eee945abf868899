"""A policy is an ordered list of rules; each rule has conditions, and a route for what meets them all."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from registry.history import tracked
from registry.models.base import Governed, name_field
from routing.core.bands import DEFAULT_FALLBACK_PERCENT
from routing.core.caching.settings import (
    MAX_SIMILARITY_MILLI,
    MAX_TTL_S,
    MIN_SIMILARITY_MILLI,
    MIN_TTL_S,
    SIMILARITY_MILLI,
    TTL_S,
)
from routing.core.lint.release import MAX_ATTEMPTS_PER_CALL, MAX_DEADLINE_S, RESERVED_NAME
from routing.core.words import route_outline, rule_in_words
from routing.models.validators import (
    validate_applications,
    validate_conditions,
    validate_policy_name,
    validate_route,
    validate_tier_bands,
)


class Unsupported(models.TextChoices):
    REFUSE = "refuse", "Refuse the request"
    WARN = "warn", "Send the rest, and say so in the response"


class Truncation(models.TextChoices):
    REFUSE = "refuse", "Refuse the request"
    OLDEST = "oldest", "Leave out the oldest turns, never instructions or the last turn, and say so"


class CacheMode(models.TextChoices):
    OFF = "off", "Off"
    EXACT = "exact", "The same request"
    SHADOW = "semantic_shadow", "The same request; near ones are compared, never given"
    SEMANTIC = "semantic", "The same request, and near ones while comparisons allow it"


class Policy(Governed):
    """What applications may ask for by name, and what “auto” means where it is the default."""

    name = name_field("What applications ask for.")
    description = models.TextField(blank=True)
    is_default = models.BooleanField(
        "default", default=False, editable=False, help_text="What “auto” and a model's name are routed by."
    )
    enabled = models.BooleanField(default=True, help_text="Off: left out of the next release.")
    deadline_s = models.PositiveIntegerField(
        "deadline in seconds",
        default=120,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_DEADLINE_S)],
        help_text="For the whole request, with every retry and fallback.",
    )
    latency_budget_ms = models.PositiveIntegerField(
        "latency budget in milliseconds",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_DEADLINE_S * 1000)],
        help_text="Divided among the steps of a route; what does not fit is skipped. Empty: the deadline.",
    )
    max_attempts_per_call = models.PositiveSmallIntegerField(
        "attempts per call",
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_ATTEMPTS_PER_CALL)],
        help_text="How often one deployment is tried. Every attempt is reserved for in the budget.",
    )
    unsupported = models.CharField(
        "what a model can't take",
        max_length=16,
        choices=Unsupported.choices,
        default=Unsupported.REFUSE,
    )
    truncation = models.CharField(
        "what no model has room for",
        max_length=16,
        choices=Truncation.choices,
        default=Truncation.REFUSE,
    )
    cache = models.CharField(
        "answers given again",
        max_length=16,
        choices=CacheMode.choices,
        default=CacheMode.OFF,
        help_text="Within one application, class of data, release and task. Every hit is recorded.",
    )
    cache_ttl_s = models.PositiveIntegerField(
        "kept for, in seconds",
        default=TTL_S,
        validators=[MinValueValidator(MIN_TTL_S), MaxValueValidator(MAX_TTL_S)],
    )
    cache_sampled = models.BooleanField(
        "also what is sampled",
        default=False,
        help_text="Requests that do not ask for temperature 0: each would get another answer by itself.",
    )
    cache_per_end_user = models.BooleanField(
        "each end user's own", default=False, help_text="Nobody gets an answer that was made for another."
    )
    cache_similarity_milli = models.PositiveSmallIntegerField(
        "near, in thousandths",
        default=SIMILARITY_MILLI,
        validators=[MinValueValidator(MIN_SIMILARITY_MILLI), MaxValueValidator(MAX_SIMILARITY_MILLI)],
        help_text="How alike two questions must be.",
    )
    cache_joins = models.BooleanField(
        "join requests in flight",
        default=False,
        help_text="The same request at the same moment is one call; the others get its answer.",
    )
    applications = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_applications],
        help_text="Who may ask for it by name. None chosen: every application.",
    )

    fallback_band_percent = models.PositiveSmallIntegerField(
        "answers by fallbacks, at most (%)",
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text=f"Of each rule. More is told of. Empty: {DEFAULT_FALLBACK_PERCENT} %.",
    )
    tier_bands = models.JSONField(
        "share of each tier",
        null=True,
        blank=True,
        validators=[validate_tier_bands],
        help_text="Of its answers, by the tier of the model. Shown beside what it is.",
    )

    history = tracked()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "policies"
        permissions = [("use_playground", "Can send requests from the playground")]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="policy_default_once"
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(enabled=True), name="policy_default_enabled"
            ),
            models.CheckConstraint(condition=~Q(name=RESERVED_NAME), name="policy_name_not_reserved"),
            models.CheckConstraint(
                condition=Q(deadline_s__gte=1, deadline_s__lte=MAX_DEADLINE_S), name="policy_deadline_bounded"
            ),
            models.CheckConstraint(
                condition=Q(latency_budget_ms__isnull=True)
                | Q(latency_budget_ms__gte=1, latency_budget_ms__lte=MAX_DEADLINE_S * 1000),
                name="policy_latency_budget_bounded",
            ),
            models.CheckConstraint(
                condition=Q(max_attempts_per_call__gte=1, max_attempts_per_call__lte=MAX_ATTEMPTS_PER_CALL),
                name="policy_attempts_bounded",
            ),
            models.CheckConstraint(
                condition=Q(unsupported__in=Unsupported.values), name="policy_unsupported_known"
            ),
            models.CheckConstraint(
                condition=Q(fallback_band_percent__isnull=True) | Q(fallback_band_percent__lte=100),
                name="policy_fallback_band_percent",
            ),
            models.CheckConstraint(
                condition=Q(truncation__in=Truncation.values), name="policy_truncation_known"
            ),
            models.CheckConstraint(condition=Q(cache__in=CacheMode.values), name="policy_cache_known"),
            models.CheckConstraint(
                condition=Q(
                    cache_ttl_s__gte=MIN_TTL_S,
                    cache_ttl_s__lte=MAX_TTL_S,
                    cache_similarity_milli__gte=MIN_SIMILARITY_MILLI,
                    cache_similarity_milli__lte=MAX_SIMILARITY_MILLI,
                ),
                name="policy_cache_bounded",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        validate_policy_name(self.name)


class Rule(Governed):
    """`conditions` and `route` are as a release document holds them; a route of null refuses."""

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="rules")
    position = models.PositiveIntegerField(default=0, help_text="Rules are asked in this order.")
    name = name_field("What the record of a request names.", unique=False)
    conditions = models.JSONField(default=list, blank=True, validators=[validate_conditions])
    route = models.JSONField(null=True, blank=True, validators=[validate_route])

    history = tracked()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "name"], name="rule_name_once_in_policy"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def in_words(self) -> str:
        return rule_in_words(self.conditions, self.route)

    @property
    def outline(self) -> list[Any]:
        return route_outline(self.route)
