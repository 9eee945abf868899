from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from registry.core.endpoints import MAX_URL_LENGTH, endpoint_problem, host_of
from registry.core.lifecycle import sooner, stricter
from registry.dialects import dialect_problem, quirk_problem
from registry.history import tracked
from registry.models.base import Governed, name_field, name_validator
from registry.models.credential import Credential
from registry.models.model import Lifecycle, ModelVersion, validate_capabilities
from registry.models.places import validate_country
from registry.models.provider import Provider

MAX_TIMEOUT_S = 3600
MAX_WEIGHT = 1000


class Dialect(models.TextChoices):
    """The wire format that the endpoint speaks. Each is a module in routing.adapters."""

    OPENAI = "openai", "OpenAI compatible"
    RESPONSES = "responses", "OpenAI Responses"
    ANTHROPIC = "anthropic", "Anthropic Messages"
    GEMINI = "gemini", "Gemini generateContent"
    VERTEX = "vertex", "Vertex AI generateContent"
    BEDROCK = "bedrock", "Bedrock Converse"
    MISTRAL = "mistral", "Mistral's own"
    COHERE = "cohere", "Cohere v2"
    OLLAMA = "ollama", "Ollama's own"
    COMPLETIONS = "completions", "OpenAI's legacy completions"
    ANY_LLM = "any-llm", "any-llm (optional library)"


def dialect_choices() -> list[tuple[str, str]]:
    """Asked when needed, so that another dialect is code alone and no migration."""
    return Dialect.choices


def validate_optional_capabilities(value: object) -> None:
    if value is not None:
        validate_capabilities(value)


def _is_name_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def validate_quirks(value: object) -> None:
    """A list of names. Which names the dialect knows is for `Deployment.clean` to check."""
    if not _is_name_list(value):
        raise ValidationError("Quirks are a list of names.")


class Deployment(Governed):
    """One model version at one endpoint in one region: what is called, and what the matrix rules on."""

    name = name_field("Unique over all models, such as “gpt-4.1-eu”.")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="deployments")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="deployments")
    region = models.CharField(
        max_length=64, validators=[name_validator], help_text="A label of your own, such as “eu”."
    )
    country = models.CharField(
        max_length=2,
        blank=True,
        validators=[validate_country],
        help_text="The country it runs in, by its two letters: “DE”. Empty is unknown, and in no list.",
    )
    base_url = models.CharField(
        max_length=MAX_URL_LENGTH,
        help_text="Public https, unless the host is allowed by name in the settings.",
    )
    dialect = models.CharField(max_length=16, choices=dialect_choices, default=Dialect.OPENAI)
    credential = models.ForeignKey(
        Credential, on_delete=models.PROTECT, null=True, blank=True, related_name="deployments"
    )
    queue = models.CharField(
        max_length=64,
        default="default",
        validators=[name_validator],
        help_text="The lane whose workers make the call, so that it leaves from the right region.",
    )
    enabled = models.BooleanField(default=True, help_text="A disabled deployment is never a candidate.")
    weight = models.PositiveIntegerField(
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_WEIGHT)],
        help_text="Its share among deployments of the same version.",
    )
    timeout_s = models.PositiveIntegerField(
        "timeout in seconds", default=60, validators=[MinValueValidator(1), MaxValueValidator(MAX_TIMEOUT_S)]
    )
    concurrency_limit = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    requests_per_min_limit = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    tokens_per_min_limit = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    capabilities = models.JSONField(
        "capabilities here",
        null=True,
        blank=True,
        default=None,
        validators=[validate_optional_capabilities],
        help_text="Only where they differ from the model's.",
    )
    quirks = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_quirks],
        help_text="How this endpoint departs from its dialect. Most do not.",
    )
    lifecycle = models.CharField(
        "lifecycle here",
        max_length=16,
        choices=Lifecycle.choices,
        null=True,
        blank=True,
        default=None,
        help_text="Empty: as its version. Of the two, the stricter counts.",
    )
    retires_on = models.DateField(
        "turned off here on",
        null=True,
        blank=True,
        help_text="Where this provider turns it off in this region before it does elsewhere.",
    )

    history = tracked()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(timeout_s__gte=1, timeout_s__lte=MAX_TIMEOUT_S),
                name="deployment_timeout_bounded",
            ),
            models.CheckConstraint(
                condition=models.Q(weight__gte=1, weight__lte=MAX_WEIGHT), name="deployment_weight_bounded"
            ),
            models.CheckConstraint(
                condition=models.Q(lifecycle__isnull=True) | models.Q(lifecycle__in=Lifecycle.values),
                name="deployment_lifecycle_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def effective_lifecycle(self) -> Lifecycle:
        return Lifecycle(stricter(self.version.lifecycle, self.lifecycle))

    @property
    def ends_on(self) -> date | None:
        """When it is turned off: here, or everywhere."""
        return sooner(self.version.retires_on, self.retires_on)

    @property
    def effective_capabilities(self) -> list[str]:
        own = self.capabilities
        return sorted(self.version.model.capabilities if own is None else own)

    def clean(self) -> None:
        super().clean()
        self.base_url = self.base_url.rstrip("/")
        problem = endpoint_problem(self.base_url, settings.INSECURE_ENDPOINT_HOSTS)
        if problem:
            raise ValidationError({"base_url": problem})
        unspoken = dialect_problem(self.dialect)
        if unspoken:
            raise ValidationError({"dialect": unspoken})
        quirk = quirk_problem(self.dialect, self.quirks) if _is_name_list(self.quirks) else None
        if quirk:
            raise ValidationError({"quirks": quirk})
        host = host_of(self.base_url)
        if self.credential and host not in self.credential.hosts:
            raise ValidationError(
                {"credential": f"This credential is not bound to {host}, so it can't go there."}
            )
