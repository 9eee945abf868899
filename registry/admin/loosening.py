"""Forms and pages of live rows: what tightens is saved at once, what loosens is proposed; both are said."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from audit.modeladmin import HistoryAdmin
from registry.admin.actor import actor_of
from registry.admin.fields import Textarea
from registry.errors import RegistryError
from registry.governed import kind_of
from registry.models import Proposal, ProposalState, User
from registry.services import loosening
from registry.wording import title_of

REASON = "loosening_reason"


class LooseningForm(forms.ModelForm):  # type: ignore[type-arg]
    """Asks why, where what was filled in lets more pass than before."""

    loosening_reason = forms.CharField(
        label="Why",
        required=False,
        max_length=2000,
        widget=Textarea(attrs={"rows": 2}),
        help_text="Needed where this lets more pass than before. That part waits until others approve it; "
        "whatever tightens takes effect at once.",
    )

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors or self.instance._state.adding or self.cleaned_data[REASON].strip():
            return
        loosened = loosening.fields_of(self.instance)
        if loosened:
            text = f"This loosens {in_words(self.instance, loosened)}. Say why: others decide on it."
            self.add_error(REASON, text)


class LooseningAdmin(HistoryAdmin):
    """Saves through the service of its noun, and tells what waits. `save_live` answers the proposal of what
    loosens."""

    form = LooseningForm
    save_live: "ClassVar[staticmethod[[Any, User, str], Proposal | None]]"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        given = [
            (title, {**options, "fields": tuple(name for name in options["fields"] if name != REASON)})
            for title, options in super().get_fieldsets(request, obj)
        ]
        return [*given, ("Review", {"fields": (REASON,)})] if obj else given

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        reason = form.cleaned_data.get(REASON, "")
        try:
            proposal = type(self).save_live(obj, actor_of(request), reason)
        except RegistryError as error:
            raise PermissionDenied(str(error)) from error
        if proposal is not None:
            tell(request, obj, proposal)


def tell(request: HttpRequest, row: Model, proposal: Proposal) -> None:
    """What of the form is not in force yet, and where it waits."""
    (change,) = proposal.change_set
    page = reverse("admin:registry_proposal_change", args=[proposal.pk])
    link = format_html('<a href="{}">P{}</a>', page, proposal.number)
    fields = in_words(row, frozenset(change.fields))
    if proposal.state == ProposalState.APPLIED:
        said = format_html("{} loosens {}; nobody had to approve it, and it is in force.", link, fields)
    else:
        said = format_html("Not in force yet: {}. {} asks for it, and waits for approval.", fields, link)
    messages.warning(request, said)


def in_words(row: Model, fields: frozenset[str]) -> str:
    kind = kind_of(row._meta.label_lower)
    return ", ".join(title_of(kind, name) for name in sorted(fields))
