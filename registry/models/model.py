"""Models and their pinned versions: what is asked for, and what exactly is served."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from registry.history import tracked
from registry.models.base import Governed, Named, name_field

RESERVED_NAMES = {"auto"}


class Capability(models.TextChoices):
    TOOLS = "tools", "Tools"
    PARALLEL_TOOLS = "parallel_tools", "Parallel tool calls"
    VISION = "vision", "Vision"
    AUDIO = "audio", "Audio"
    JSON_OBJECT = "json_object", "JSON object"
    JSON_SCHEMA = "json_schema", "JSON schema"
    REASONING = "reasoning", "Reasoning"
    STREAMING = "streaming", "Streaming"
    LOGPROBS = "logprobs", "Log probabilities"
    SEED = "seed", "Seed"
    # Operations. A model that has none of these chats.
    CHAT = "chat", "Chat"
    EMBEDDINGS = "embeddings", "Embeddings"
    MODERATIONS = "moderations", "Moderations"
    IMAGES = "images", "Images"
    TRANSCRIPTIONS = "transcriptions", "Transcriptions"
    SPEECH = "speech", "Speech"


class Tier(models.TextChoices):
    SMALL = "small", "Small"
    STANDARD = "standard", "Standard"
    FRONTIER = "frontier", "Frontier"


class RiskRating(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    CRITICAL = "critical", "Critical"


class Lifecycle(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    EVALUATING = "evaluating", "Evaluating"
    APPROVED = "approved", "Approved"
    DEPRECATED = "deprecated", "Deprecated"
    RETIRED = "retired", "Retired"


class OnDrift(models.TextChoices):
    FLAG = "flag", "Tell"
    BLOCK = "block", "Tell, and suspend the deployment"


def validate_capabilities(value: object) -> None:
    """A list of distinct known capabilities."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValidationError("Capabilities are a list of names.")
    unknown = sorted(set(value) - set(Capability.values))
    if unknown:
        raise ValidationError("Unknown capabilities: %(names)s.", params={"names": ", ".join(unknown)})
    if len(set(value)) != len(value):
        raise ValidationError("A capability is listed twice.")


def validate_model_name(value: str) -> None:
    if value in RESERVED_NAMES:
        raise ValidationError("“%(name)s” means something else to the API.", params={"name": value})


class Model(Named):
    """A language model under one name, whoever serves it."""

    name = name_field("What applications ask for; it can't be changed later.")
    family = models.CharField(max_length=64, help_text="Models of one family share prompt variants.")
    tier = models.CharField(max_length=16, choices=Tier.choices, default=Tier.STANDARD)
    capabilities = models.JSONField(default=list, blank=True, validators=[validate_capabilities])
    context_window_tokens = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    max_output_tokens = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    image_tokens_bound = models.PositiveIntegerField(
        default=8192, help_text="No image is ever counted as more tokens than this; it is what is reserved."
    )
    description = models.TextField(blank=True)
    owner = models.CharField(max_length=150, blank=True, help_text="Who answers for its use here.")
    intended_uses = models.TextField(blank=True)
    prohibited_uses = models.TextField(blank=True)
    limitations = models.TextField("known limits", blank=True)
    risk_rating = models.CharField(max_length=16, choices=RiskRating.choices, blank=True)
    risk_reason = models.TextField("reason of the rating", blank=True)

    history = tracked()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(context_window_tokens__gte=1) & models.Q(max_output_tokens__gte=1),
                name="model_token_bounds_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(risk_rating__in=["", *RiskRating.values]), name="model_risk_rating_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        validate_model_name(self.name)
        if self.risk_rating and not self.risk_reason.strip():
            raise ValidationError({"risk_reason": "Say why it is rated so."})


class ModelVersion(Governed):
    """One exact upstream id. It is pinned: another id is another version, with its own approval."""

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="versions")
    name = name_field("Such as “2025-04-14”.", unique=False)
    upstream_id = models.CharField(
        max_length=200,
        help_text="The exact id that is sent to the provider; pin a dated one where there is one.",
    )
    fingerprint = models.CharField(
        "pinned fingerprint",
        max_length=256,
        blank=True,
        help_text="What the provider reports as system fingerprint; another one is drift. Empty: any.",
    )
    on_drift = models.CharField(
        "when it drifts",
        max_length=8,
        choices=OnDrift.choices,
        default=OnDrift.FLAG,
        help_text="The provider reports another id or fingerprint than the pinned one.",
    )
    lifecycle = models.CharField(max_length=16, choices=Lifecycle.choices, default=Lifecycle.PROPOSED)
    released_on = models.DateField(null=True, blank=True)
    retires_on = models.DateField(null=True, blank=True, help_text="When the provider turns it off.")
    model_card_url = models.URLField("model card", blank=True)
    notes = models.TextField(blank=True)

    history = tracked()

    class Meta:
        ordering = ["model__name", "name"]
        constraints = [
            models.UniqueConstraint(fields=["model", "name"], name="model_version_name_unique"),
            models.CheckConstraint(
                condition=models.Q(lifecycle__in=Lifecycle.values), name="model_version_lifecycle_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.name}"
