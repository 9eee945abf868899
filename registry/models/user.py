from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models

from audit.core.ids import uuid7
from registry.history import tracked


class User(AbstractUser):
    """A person who signs in to the admin. People are deactivated, not deleted: what they did names them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email_notices = models.BooleanField(
        "notices by e-mail",
        default=True,
        db_default=True,
        help_text="Off: notices are found in the inbox alone.",
    )

    _history_user: Any  # whom the next row of history names
    history = tracked(excluded=["password", "last_login"])

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A sign-in that only moves `last_login` is no change of the person, and leaves no row of history."""
        if kwargs.get("update_fields") == ["last_login"]:
            self.skip_history_when_saving = True
            try:
                super().save(*args, **kwargs)
            finally:
                del self.skip_history_when_saving
        else:
            super().save(*args, **kwargs)

    class Meta(AbstractUser.Meta):
        ordering = ["username"]
        permissions = [("every_team", "Sees and changes the rows of every team, within the other rights")]
