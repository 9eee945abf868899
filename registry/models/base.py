"""What governed models share: a UUIDv7 key, by which a change set can be replayed, and the form of a name."""

from typing import Any

from django.core.validators import RegexValidator
from django.db import models

from audit.core.ids import uuid7

NAME_MAX_LENGTH = 128

name_validator = RegexValidator(
    r"\A[a-z0-9][a-z0-9._:/-]{0,127}\Z",
    "Lower-case letters, digits and . _ : / - only, beginning with a letter or a digit.",
)


class Governed(models.Model):
    """A row that steers decisions, or is named by one that does."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    _history_user: Any  # whom the next row of history names; services set it

    class Meta:
        abstract = True


def name_field(help_text: str = "", *, unique: bool = True) -> "models.CharField[str, str]":
    return models.CharField(
        max_length=NAME_MAX_LENGTH, unique=unique, validators=[name_validator], help_text=help_text
    )
