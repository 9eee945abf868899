"""What governed models share: a UUIDv7 key, by which a change set can be replayed, and the form of a name."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from audit.core.ids import uuid7
from registry.errors import NameIsKept

NAME_MAX_LENGTH = 128

name_validator = RegexValidator(
    r"\A[a-z0-9][a-z0-9._:/-]{0,127}\Z",
    "Lower-case letters, digits and . _ : / - only, beginning with a letter or a digit.",
)


class Governed(models.Model):
    """A row that steers decisions, or is named by one that does."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    _history_user: Any  # whom the next row of history names; services set it
    _change_reason: str  # and why

    class Meta:
        abstract = True


class Named(Governed):
    """A row that the ledger, budgets and live keys know by its name, which is therefore given once.

    Money spent under another name would no longer count against a budget that is rebuilt, and a class of data
    that took over another's name would lend its rank to keys before any release said so. What is only named
    in releases may be renamed: records name the release that they were decided by.
    """

    name: "models.CharField[str, str]"

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._is_renamed():
            raise NameIsKept
        super().save(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        if self._is_renamed():
            raise ValidationError({"name": str(NameIsKept())})

    def _is_renamed(self) -> bool:
        if self._state.adding:
            return False
        stored = type(self)._default_manager.filter(pk=self.pk).first()
        return stored is not None and stored.name != self.name


def name_field(help_text: str = "", *, unique: bool = True) -> "models.CharField[str, str]":
    return models.CharField(
        max_length=NAME_MAX_LENGTH, unique=unique, validators=[name_validator], help_text=help_text
    )
