"""An answer that waited for a person, in the dossier of its request."""

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from audit.panels import register_dossier_panel
from audit.selectors.sources import Sources
from routing.models import HeldAnswer


def register() -> None:
    register_dossier_panel("a review", review_panel)


def review_panel(found: Sources) -> SafeString | str:
    """Nothing of a request whose answer never waited."""
    row = HeldAnswer.objects.filter(pk=found.request.pk).first()
    if row is None:
        return ""
    context = {"row": row, "state": row.state_at(timezone.now())}
    return render_to_string("admin/routing/review_panel.html", context)
