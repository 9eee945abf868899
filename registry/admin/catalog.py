"""The catalogue in the console: what it and sources of facts say that the registry does not; what is chosen
becomes a draft."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MinValueValidator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from registry.admin import catalog_facts
from registry.admin.actor import actor_of
from registry.admin.fields import LinesField
from registry.catalog.changes import Asked, Found, NewPrice, find
from registry.catalog.facts import FactSource
from registry.catalog.source import Seller, edition, sellers
from registry.core.changes import ChangeSet
from registry.errors import CatalogMissing, FactsUnreadable, RegistryError
from registry.models import Deployment, Price, Source
from registry.models.base import name_validator
from registry.services import catalog
from registry.services.applying import words_of
from registry.services.catalog_facts import whose_word
from registry.services.proposals import PROPOSE
from registry.wording import in_words

VIEW = "registry.view_price"
MAX_MODELS = 50


class CatalogForm(forms.Form):
    deployments = forms.MultipleChoiceField(required=False)
    models = LinesField(
        required=False,
        label="New models",
        help_text="One in each line, by provider and id to the letter: openai/gpt-5-mini-2025-08-07.",
    )
    max_output_tokens = forms.IntegerField(
        required=False,
        validators=[MinValueValidator(1)],
        label="They answer at most, in tokens",
        help_text="Where no source of facts says it.",
    )
    context_window_tokens = forms.IntegerField(
        required=False,
        validators=[MinValueValidator(1)],
        label="Their context window, in tokens",
        help_text="Where nobody says it.",
    )
    region = forms.CharField(
        required=False,
        max_length=64,
        validators=[name_validator],
        help_text="Given one, each gets a disabled deployment there with its price.",
    )
    reason = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_models(self) -> list[str]:
        asked: list[str] = self.cleaned_data["models"] or []
        if len(asked) > MAX_MODELS:
            raise ValidationError(f"At most {MAX_MODELS} at once.")
        return asked

    @property
    def unsaid(self) -> catalog.Unsaid:
        said = self.cleaned_data
        return catalog.Unsaid(said["max_output_tokens"], said["context_window_tokens"], said["region"])


@dataclass(frozen=True, slots=True)
class Row:
    """A deployment whose price is another in the catalogue, and what its new rows would say."""

    deployment: Deployment
    reference: str
    lines: tuple[str, ...]


def page_urls(site: AdminSite) -> list[URLPattern]:
    """To be placed before the site's own URLs."""

    def page(request: HttpRequest) -> HttpResponse:
        return catalog_page(site, request)

    return [path("registry/catalog/", site.admin_view(page), name="registry_catalog")]


def catalog_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """The catalogue against what is in force; a POST files the draft of what is chosen."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    if request.method == "POST" and not request.user.has_perm(PROPOSE):
        raise PermissionDenied
    known, missing = _known()
    form = CatalogForm(request.POST if request.method == "POST" else None)
    sources = _sources(request)
    found = find(known, Asked(timezone.now(), models=_models(request), facts=sources))
    form.fields["deployments"].choices = [  # type: ignore[attr-defined]
        (new.deployment.name, new.deployment.name) for new in found.prices
    ]
    if request.method == "POST" and not catalog_facts.is_reading(request):
        found = replace(found, facts=catalog_facts.chosen_of(request, found.facts))
        filed = _filed(request, form, found) if form.is_valid() else None
        if filed is not None:
            return filed
    facts = catalog_facts.context(sources, found.facts, _models(request))
    return _answer(site, request, {**_context(known, found, form), "missing": missing, "facts": facts})


def _known() -> tuple[tuple[Seller, ...], str]:
    """The catalogue; without the package none, and why. Facts can do without it."""
    try:
        return sellers(), ""
    except CatalogMissing as error:
        return (), str(error)


def _sources(request: HttpRequest) -> tuple[FactSource, ...]:
    """The sources of facts; none, with a message, where they can't be read."""
    try:
        return catalog_facts.sources_of(request)
    except FactsUnreadable as error:
        messages.error(request, str(error))
        return ()


def _models(request: HttpRequest) -> tuple[str, ...]:
    asked = (line.strip() for line in request.POST.get("models", "").splitlines())
    return tuple(line for line in asked if line)[:MAX_MODELS]


def _filed(request: HttpRequest, form: CatalogForm, found: Found) -> HttpResponse | None:
    """The page of the draft; None where there is none, with a message that says why."""
    chosen = form.cleaned_data["deployments"]
    found = replace(found, prices=tuple(new for new in found.prices if new.deployment.name in chosen))
    try:
        proposal = catalog.propose(
            author=actor_of(request),
            title=catalog.title_of(found),
            reason=form.cleaned_data["reason"],
            changes=catalog.changes_of(found, form.unsaid),
            source=Source.ADMIN,
            told=whose_word(found),
        )
    except (RegistryError, ValidationError) as error:
        messages.error(request, words_of(error))
        return None
    messages.success(request, "A draft: look at it and submit it. Nothing is in force before it is approved.")
    return HttpResponseRedirect(reverse("admin:registry_proposal_change", args=[proposal.pk]))


def _context(known: tuple[Seller, ...], found: Found, form: CatalogForm) -> dict[str, Any]:
    changes = catalog.changes_of(replace(found, models=(), facts=()), catalog.Unsaid())
    lines = _lines_by_deployment(changes)
    by_deployment: dict[str, NewPrice] = {new.deployment.name: new for new in found.prices}
    return {
        "edition": edition() if known else "",
        "models_known": sum(len(seller.offers) for seller in known),
        "rows": [
            Row(new.deployment, new.offer.reference, lines.get(str(new.deployment.pk), ()))
            for new in by_deployment.values()
        ],
        "notes": found.notes,
        "unchanged": found.unchanged,
        "form": form,
    }


def _lines_by_deployment(changes: ChangeSet) -> Mapping[str, tuple[str, ...]]:
    """Deployment → what its new price rows say."""
    owner = {change.id: str((change.after or {}).get("deployment")) for change in changes}
    told: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for worded in in_words(changes) if changes else ():
        if worded.kind == Price._meta.label_lower and worded.op == "added":
            told[owner[worded.id]] += worded.lines
    return told


def _answer(site: AdminSite, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    request.current_app = site.name
    may = request.user.has_perm(PROPOSE)
    whole = {**site.each_context(request), "title": "Catalogue", "may_propose": may, **context}
    return TemplateResponse(request, "admin/registry/catalog.html", whole)
