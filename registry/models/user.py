from django.contrib.auth.models import AbstractUser
from django.db import models

from audit.core.ids import uuid7
from registry.history import tracked


class User(AbstractUser):
    """A person who signs in to the admin. People are deactivated, not deleted: what they did names them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    history = tracked(excluded=["password", "last_login"])

    class Meta(AbstractUser.Meta):
        ordering = ["username"]
