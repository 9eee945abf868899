"""Proposing what the catalogue says: one proposal, through the services that a person's own work goes by."""

from dataclasses import dataclass
from functools import partial

from registry.catalog import changes as catalog
from registry.catalog.changes import Found, NewPrice
from registry.catalog.comparing import disagreement
from registry.catalog.facts import CAPABILITIES, CONTEXT_WINDOW, MAX_OUTPUT, Aspect
from registry.catalog.newcomers import NewModel, family, model_name, version_name
from registry.catalog.source import capabilities, edition
from registry.core.changes import ChangeSet
from registry.dialects import Preset, presets
from registry.errors import CatalogRefused, ReasonMissing
from registry.models import Capability, Deployment, Model, ModelVersion, Price, Proposal, Provider, User
from registry.models.price import BILLED_SECONDS
from registry.services import catalog_facts, prices, proposals
from registry.services.rehearsal import rehearse

MISSING = {CONTEXT_WINDOW: "its context window", MAX_OUTPUT: "how much it answers at most"}


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What a new model needs and the catalogue does not know, as a person says it; None or "" is not said.

    With a region the model gets a deployment there, disabled, with its price.
    """

    max_output_tokens: int | None = None
    context_window_tokens: int | None = None
    region: str = ""


def changes_of(found: Found, unsaid: Unsaid) -> ChangeSet:
    """What the proposal would change. Raises CatalogRefused where a new model needs what nobody said."""
    return rehearse(partial(_write, found, unsaid)).changes if found else ChangeSet()


def title_of(found: Found) -> str:
    """What a proposal of it is called: what there is in it, and by whose word."""
    priced = bool(found.prices) or any(new.offer.schedules for new in found.models)
    word = catalog_facts.sources_in(found)
    if not priced and not word:
        return "New models"
    named = {(True, False): "Prices and models", (True, True): "Prices, models and facts"}
    what = named.get((priced, bool(word)), "Facts of models")
    return f"{what} by {', '.join([*([edition()] if priced else []), *word])}"


def propose(
    *, author: User, reason: str, changes: ChangeSet, title: str, source: str, told: str = ""
) -> Proposal:
    """A draft of its author's; submitting it is for them. `told` (whose word facts are) is kept below the
    reason, which has to be given then. Raises NotPermitted, NothingProposed, ReasonMissing."""
    if told:
        if not reason.strip():
            raise ReasonMissing
        reason = f"{reason.strip()}\n\n{told}"
    return proposals.draft(author=author, title=title, reason=reason, changes=changes, source=source)


def _write(found: Found, unsaid: Unsaid) -> None:
    for new in found.prices:
        _price(new)
    catalog_facts.write(found.facts)
    for model in found.models:
        _model(model, unsaid)


def _price(new: NewPrice) -> None:
    row = Price(
        deployment=new.deployment,
        valid_from=new.valid_from,
        bands=[dict(band) for band in new.terms.bands],
        source=catalog.source_of(edition(), new.offer),
        **new.terms.amounts,
    )
    earlier = prices.replaced_by(row)
    row.pictures = list(earlier.pictures) if earlier is not None else []
    for column in BILLED_SECONDS:
        setattr(row, column, getattr(earlier, column, None))
    prices.add(actor=None, price=row)


def _model(new: NewModel, unsaid: Unsaid) -> None:
    provider = Provider.objects.filter(name=new.seller.id).first() or Provider(name=new.seller.id)
    if provider._state.adding:
        provider.full_clean()
        provider.save(force_insert=True)
    name = model_name(new.offer)
    model = Model.objects.filter(name=name).first() or _registered(name, new, unsaid)
    version = ModelVersion(model=model, name=version_name(new), upstream_id=new.upstream_id)
    version.retires_on = new.ends_on
    version.full_clean()
    version.save(force_insert=True)
    if unsaid.region:
        _deployment(new, provider, version, unsaid.region)


def _registered(name: str, new: NewModel, unsaid: Unsaid) -> Model:
    window = _count(new, CONTEXT_WINDOW, new.offer.context_window_tokens, unsaid.context_window_tokens)
    at_most = _count(new, MAX_OUTPUT, None, unsaid.max_output_tokens)
    model = Model(
        name=name,
        family=family(name),
        context_window_tokens=window,
        max_output_tokens=at_most,
        capabilities=_capabilities(new),
        description=new.offer.title,
    )
    model.full_clean()
    model.save(force_insert=True)
    return model


def _count(new: NewModel, field: str, own: int | None, unsaid: int | None) -> int:
    """What sources of facts agree on, or else the catalogue itself says, or else a person does."""
    aspect = Aspect(field)
    positions = new.said.get(aspect, ())
    value = new.count(field) or (None if positions else own) or unsaid
    if value is not None:
        return value
    if positions:
        raise CatalogRefused(
            f"Of {new.offer.reference} there is no agreement: {disagreement(aspect, positions)} Say it."
        )
    raise CatalogRefused(f"The catalogue does not say {MISSING[field]} of {new.offer.reference}: say it.")


def _capabilities(new: NewModel) -> list[str]:
    """Without sources of facts, those that its prices give away."""
    if not new.said:
        return capabilities(new.offer)
    said = new.known.items()
    has = {aspect.item for aspect, one in said if aspect.field == CAPABILITIES and one.value is True}
    return [name for name in Capability.values if name in has]


def _deployment(new: NewModel, provider: Provider, version: ModelVersion, region: str) -> None:
    preset = _preset(new)
    deployment = Deployment(
        name=f"{version.model.name}-{region}",
        version=version,
        provider=provider,
        region=region,
        base_url=preset.base_url,
        dialect=preset.dialect,
        quirks=list(preset.quirks),
        enabled=False,
    )
    deployment.full_clean()
    deployment.save(force_insert=True)
    if not new.offer.schedules:
        return
    for row in catalog.first_prices(deployment, new.offer, new.at):
        _price(row)


def _preset(new: NewModel) -> Preset:
    for preset in presets():
        if new.seller.is_at(preset.base_url):
            return preset
    raise CatalogRefused(f"No endpoint of {new.seller.id} is known: enter a deployment by hand.")
