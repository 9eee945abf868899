"""What requests are for: a task has an owner, and may say what an answer to it must be."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from registry.history import tracked
from registry.models.base import Governed, name_field
from routing.core.tasks import (
    MAX_NAMES_PER_FIELD,
    MAX_SCHEMA_CHARS,
    name_of,
    path_of,
    synonyms_of,
)
from routing.schemas import schema_problem

KEY_MAX_LENGTH = 400
OWNER_MAX_LENGTH = 200
TEXT_MAX_LENGTH = 20_000


class UnknownKeys(models.TextChoices):
    REFUSE = "refuse", "Refuse the answer"
    DROP = "drop", "Leave them out"
    KEEP = "keep", "Keep them"


def _says(read: Callable[[str], Any], text: str) -> None:
    try:
        read(text)
    except ValueError as problem:
        raise ValidationError(str(problem)) from problem


def validate_schema(text: str) -> None:
    problem = schema_problem(text)
    if problem:
        raise ValidationError(problem)


def validate_key(text: str) -> None:
    _says(path_of, text)


def validate_synonyms(text: str) -> None:
    _says(synonyms_of, text)


def validate_names(value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        raise ValidationError("Other names are a list of names.")
    if len(set(value)) != len(value) or len(value) > MAX_NAMES_PER_FIELD:
        raise ValidationError(f"At most {MAX_NAMES_PER_FIELD} different names.")
    for name in value:
        _says(name_of, name)


class Task(Governed):
    """Requests name it by header or in `metadata`; so do rules, prompts and evaluation sets."""

    name = name_field("What requests and rules call it.")
    description = models.TextField(blank=True, help_text="What it is for, and what a good answer is.")
    owner = models.CharField(max_length=OWNER_MAX_LENGTH, blank=True, help_text="Who answers for it.")
    output_schema = models.TextField(
        "schema of the answer",
        blank=True,
        max_length=MAX_SCHEMA_CHARS,
        validators=[validate_schema],
        help_text="A JSON Schema that every answer must meet. Empty: answers are given as they come.",
    )
    asked = models.BooleanField(
        "models are told",
        default=False,
        help_text="The schema goes with each request that brings none; in words, where a model takes none.",
    )
    envelopes = models.JSONField(
        "wrapped in",
        default=list,
        blank=True,
        validators=[validate_names],
        help_text="Keys in which some models wrap the whole answer, such as result, answer.",
    )
    unknown_keys = models.CharField(
        "keys that the schema does not name",
        max_length=8,
        choices=UnknownKeys.choices,
        default=UnknownKeys.REFUSE,
    )
    coerces = models.BooleanField(
        "read numbers from text",
        default=True,
        help_text="“12.5” becomes 12.5 and “true” becomes true, where the schema asks for that.",
    )

    history = tracked()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unknown_keys__in=UnknownKeys.values), name="task_unknown_keys_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.asked and not self.output_schema:
            raise ValidationError({"asked": "There is no schema that models could be told."})


class OutputField(Governed):
    """One key of a task's answer: what models call it instead, and what they write in place of its values."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="fields")
    key = models.CharField(
        max_length=KEY_MAX_LENGTH,
        validators=[validate_key],
        help_text="As the schema names it: amount, customer.name, lines[].price.",
    )
    names = models.JSONField(
        "other names",
        default=list,
        blank=True,
        validators=[validate_names],
        help_text="What models call it instead, beside it or further down: total, invoice.total.",
    )
    synonyms = models.TextField(
        blank=True,
        max_length=TEXT_MAX_LENGTH,
        validators=[validate_synonyms],
        help_text="One value on each line: open = offen, opened. Case makes no difference.",
    )
    default = models.TextField(
        blank=True, max_length=TEXT_MAX_LENGTH, help_text="Where it is absent. Empty: it stays absent."
    )

    history = tracked()

    class Meta:
        ordering = ["task", "key"]
        verbose_name = "output field"
        constraints = [models.UniqueConstraint(fields=["task", "key"], name="output_field_once_in_task")]

    def __str__(self) -> str:
        return self.key
