"""What routing puts into inboxes: rules that fallbacks serve more than they should."""

from collections.abc import Iterator

from django.urls import reverse

from registry import inbox
from registry.inbox import Item
from registry.models import User
from routing.models import FallbackAlert
from routing.services.fallbacks import in_words


def install() -> None:
    inbox.register("Quiet failures", open_alerts, order=20)


def open_alerts(user: User) -> Iterator[Item]:
    if not user.has_perm("routing.change_policy"):
        return
    for alert in FallbackAlert.objects.filter(closed_at__isnull=True)[: inbox.MAX_ITEMS + 1]:
        title = f"Fallbacks serve {alert.policy}#{alert.rule}"
        yield Item(title, in_words(alert), reverse("admin:routing_health"), alert.opened_at, "warning")
