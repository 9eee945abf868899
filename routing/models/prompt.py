"""Prompt templates: a version is written once, and what it says is what the record of a request names."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from registry.history import tracked
from registry.models.base import NAME_MAX_LENGTH, Governed, name_field
from routing.core.prompts import KINDS, MAX_TEMPLATE_CHARS, ROLES
from routing.models.task import Task

VARIABLE_MAX_LENGTH = 64

validate_variable = RegexValidator(
    r"\A[a-z][a-z0-9_]{0,63}\Z", "Lower-case letters, digits and _ only, beginning with a letter."
)
ROLE_CHOICES = [(role, role) for role in ROLES]


class VariableKind(models.TextChoices):
    TEXT = "text", "Text"
    NUMBER = "number", "Number"
    ENUM = "enum", "One of some texts"
    BOOLEAN = "boolean", "True or false"
    LIST = "list", "List of texts"


class PromptTemplate(Governed):
    """One version of a prompt. What was released is not edited: copy it as the next version."""

    name = name_field("What requests ask for.", unique=False)
    version = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="prompts")
    description = models.TextField(blank=True, help_text="What is new in this version.")
    enabled = models.BooleanField(default=True, help_text="Off: left out of the next release.")
    preview = models.BooleanField(
        default=False,
        help_text="Given only to who asks for this version. By its name, the newest other one is given.",
    )

    history = tracked()

    class Meta:
        ordering = ["name", "-version"]
        verbose_name = "prompt template"
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="prompt_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="prompt_version_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


class PromptVariable(Governed):
    """What a request must, or may, bring."""

    template = models.ForeignKey(PromptTemplate, on_delete=models.CASCADE, related_name="variables")
    name = models.CharField(
        max_length=VARIABLE_MAX_LENGTH, validators=[validate_variable], help_text="{{name}} in the messages."
    )
    kind = models.CharField(max_length=8, choices=VariableKind.choices, default=VariableKind.TEXT)
    required = models.BooleanField(default=True)
    max_length = models.PositiveIntegerField(
        "at most",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Characters of a text, items of a list.",
    )
    choices = models.JSONField(
        default=list, blank=True, help_text="Of “one of some texts”, with commas between them."
    )

    history = tracked()

    class Meta:
        ordering = ["template", "name"]
        verbose_name = "prompt variable"
        constraints = [
            models.UniqueConstraint(fields=["template", "name"], name="prompt_variable_once"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="prompt_variable_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        texts = self.choices if isinstance(self.choices, list) else [None]
        if not all(isinstance(text, str) and text for text in texts):
            raise ValidationError({"choices": "Choices are texts."})
        if (self.kind == VariableKind.ENUM) != bool(texts):
            raise ValidationError({"choices": "“One of some texts” has choices, and nothing else has."})


class PromptMessage(Governed):
    """One message of one variant: that for a family of models, or for all that have none of their own."""

    template = models.ForeignKey(PromptTemplate, on_delete=models.CASCADE, related_name="messages")
    family = models.CharField(
        max_length=NAME_MAX_LENGTH,
        blank=True,
        help_text="Of the models that get it. Empty: every family that has no variant of its own.",
    )
    position = models.PositiveIntegerField(default=0)
    role = models.CharField(max_length=16, choices=ROLE_CHOICES, default="system")
    content = models.TextField(
        max_length=MAX_TEMPLATE_CHARS,
        help_text="{{name}} is where a variable's value goes, as it is; {{{{ writes two brackets.",
    )

    history = tracked()

    class Meta:
        ordering = ["template", "family", "position"]
        verbose_name = "prompt message"
        constraints = [
            models.UniqueConstraint(fields=["template", "family", "position"], name="prompt_message_once"),
            models.CheckConstraint(condition=Q(role__in=ROLES), name="prompt_message_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.family or 'default'} {self.position}"
