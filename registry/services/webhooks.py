"""Webhooks: their secret is made here, shown once, and kept encrypted."""

import os
from dataclasses import dataclass, field

from django.db import transaction

from audit.contents import decrypt, encrypt
from audit.errors import FieldKeysMissing as NoFieldKeys
from audit.services import entries
from registry.core.signing import SECRET_BYTES, as_text
from registry.errors import FieldKeysMissing, WebhookUnreadable
from registry.models import User, Webhook


@dataclass(frozen=True, slots=True)
class CreatedWebhook:
    """`secret` exists here and with whoever it is shown to."""

    webhook: Webhook
    secret: str = field(repr=False)


@transaction.atomic
def create(*, actor: User | None, webhook: Webhook) -> CreatedWebhook:
    """Check and store an unsaved webhook with a new secret. Raises FieldKeysMissing, ValidationError."""
    secret = _give_secret(webhook)
    webhook.full_clean()
    webhook._history_user = actor
    webhook.save(force_insert=True)
    _record("webhook.created", actor, webhook)
    return CreatedWebhook(webhook, secret)


@transaction.atomic
def change(*, actor: User | None, webhook: Webhook) -> Webhook:
    webhook.full_clean()
    webhook._history_user = actor
    webhook.save()
    _record("webhook.changed", actor, webhook)
    return webhook


@transaction.atomic
def replace_secret(*, actor: User | None, webhook: Webhook) -> CreatedWebhook:
    """Sign with a new secret from now on; the old one is gone."""
    secret = _give_secret(webhook)
    webhook._history_user = actor
    webhook._change_reason = "The secret was replaced."
    webhook.save(update_fields=["ciphertext"])
    _record("webhook.secret_replaced", actor, webhook)
    return CreatedWebhook(webhook, secret)


def secret_of(webhook: Webhook) -> str:
    """Raises WebhookUnreadable, FieldKeysMissing."""
    try:
        content = decrypt(webhook.ciphertext.encode()) if webhook.ciphertext else None
    except NoFieldKeys as error:
        raise FieldKeysMissing from error
    if content is None:
        raise WebhookUnreadable
    return content.decode()


def _give_secret(webhook: Webhook) -> str:
    secret = as_text(os.urandom(SECRET_BYTES))
    try:
        webhook.ciphertext = encrypt(secret.encode()).decode()
    except NoFieldKeys as error:
        raise FieldKeysMissing from error
    return secret


def _record(event_type: str, actor: User | None, webhook: Webhook) -> None:
    told = {
        "name": webhook.name,
        "url": webhook.url,
        "kinds": sorted(webhook.kinds),
        "enabled": webhook.enabled,
    }
    entries.record(event_type, {"actor": entries.actor_of(actor), "webhook": told})
