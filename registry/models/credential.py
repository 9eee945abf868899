from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from registry.core.endpoints import normalise_host
from registry.history import tracked
from registry.models.base import Governed, name_field

MAX_HOSTS = 50


class CredentialKind(models.TextChoices):
    ENV = "env", "Environment variable"
    FILE = "file", "File"
    STORED = "stored", "Stored here, encrypted"


def validate_hosts(value: object) -> None:
    if not isinstance(value, list) or not all(isinstance(host, str) and host for host in value):
        raise ValidationError("Hosts are a list of names.")
    if len(value) > MAX_HOSTS:
        raise ValidationError("At most %(most)d hosts.", params={"most": MAX_HOSTS})
    for host in value:
        if normalise_host(host) != host:
            raise ValidationError("“%(host)s” is not a lower-case host[:port].", params={"host": host})


class Credential(Governed):
    """A provider's secret, by reference or encrypted at rest. What it holds is never rendered back.

    It is bound to hosts: no call carries it to any other, whatever a deployment's row says.
    """

    name = name_field("How deployments refer to it. The name is in releases; the secret never is.")
    kind = models.CharField(max_length=8, choices=CredentialKind.choices, default=CredentialKind.ENV)
    reference = models.CharField(
        max_length=300,
        blank=True,
        help_text="The variable's name, or the file's path; empty when stored here.",
    )
    ciphertext = models.TextField(blank=True, default="", editable=False)
    hosts = models.JSONField(
        default=list,
        validators=[validate_hosts],
        help_text="The only hosts it may be sent to, as host or host:port.",
    )

    history = tracked(excluded=["ciphertext"])

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="stored", reference="")
                | (~models.Q(kind="stored") & models.Q(ciphertext="")),
                name="credential_reference_or_ciphertext",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.kind != CredentialKind.STORED and not self.reference:
            raise ValidationError({"reference": "Say which variable or file holds the secret."})
        if self.kind == CredentialKind.FILE and not self.reference.startswith("/"):
            raise ValidationError({"reference": "Give an absolute path."})

    def __getstate__(self) -> dict[str, Any]:
        """A pickled credential (a task's argument, a cache) has no secret in it."""
        return {**super().__getstate__(), "ciphertext": ""}
