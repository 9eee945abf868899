"""The demo provider's models: registered, priced and ruled on, one deployment per region."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from registry.models import (
    Certification,
    DataClass,
    Deployment,
    MatrixCell,
    Model,
    ModelVersion,
    Price,
    Provider,
    User,
)
from registry.services import matrix, prices
from routing.core.batching import PROVIDER_BATCHES
from signalbox.demo import catalogue
from signalbox.demo.rows import save_as

PRICES_FROM = datetime(2026, 1, 1, tzinfo=UTC)


def data_classes(author: User) -> dict[str, DataClass]:
    for name, rank, kinds, description in catalogue.DATA_CLASSES:
        if not DataClass.objects.filter(name=name).exists():
            required = catalogue.REQUIREMENTS.get(name, {})
            row = DataClass(name=name, rank=rank, kinds=kinds, description=description, **required)
            save_as(author, row)
    return {row.name: row for row in DataClass.objects.all()}


def ensure(author: User, classes: dict[str, DataClass], base_url: str) -> None:
    for region in catalogue.REGIONS:
        provider = _provider(author, region)
        for spec in catalogue.MODELS:
            name = f"{spec.name}-{region}"
            deployment = Deployment.objects.filter(name=name).first()
            if deployment is None:
                deployment = _deployment(author, spec, provider, region, base_url)
                _price(author, deployment, spec)
                _cells(author, deployment, classes, catalogue.cells(spec.name, region))
            elif deployment.base_url != base_url:
                deployment.base_url = base_url
                save_as(author, deployment)


def _provider(author: User, region: str) -> Provider:
    name = f"demo-{region}"
    found = Provider.objects.filter(name=name).first()
    if found:
        return found
    row = Provider(
        name=name,
        legal_entity=f"Demo {region.upper()} (a program on this machine)",
        jurisdictions=[catalogue.COUNTRIES[region]],
        trains_on_data=False,
        retention_days=0,
        notes="Says back what it is told; nothing leaves this machine.",
    )
    saved = save_as(author, row)
    _agreement(author, saved)
    return saved


def _agreement(author: User, provider: Provider) -> None:
    row = Certification(
        name=f"{provider.name}-dpa",
        kind="dpa",
        provider=provider,
        reference=catalogue.AGREEMENT,
        issued_on=PRICES_FROM.date(),
    )
    save_as(author, row)


def _version(author: User, spec: catalogue.DemoModel) -> ModelVersion:
    found = ModelVersion.objects.filter(model__name=spec.name, name=catalogue.VERSION).first()
    if found:
        return found
    model = Model(
        name=spec.name,
        family=spec.family,
        tier=spec.tier,
        capabilities=list(spec.capabilities),
        context_window_tokens=spec.context_window_tokens,
        max_output_tokens=spec.max_output_tokens,
        description=spec.description,
    )
    version = ModelVersion(
        model=model,
        name=catalogue.VERSION,
        upstream_id=catalogue.upstream_id(spec.name),
        lifecycle="approved",
    )
    save_as(author, model)
    return save_as(author, version)


def _deployment(
    author: User, spec: catalogue.DemoModel, provider: Provider, region: str, base_url: str
) -> Deployment:
    row = Deployment(
        name=f"{spec.name}-{region}",
        version=_version(author, spec),
        provider=provider,
        region=region,
        country=catalogue.COUNTRIES[region],
        base_url=base_url,
        dialect="openai",
        queue=catalogue.QUEUE,
        timeout_s=30,
        quirks=[PROVIDER_BATCHES] if spec.batch_factor else [],
    )
    return save_as(author, row)


def _price(author: User, deployment: Deployment, spec: catalogue.DemoModel) -> None:
    prices.add(
        actor=author,
        price=Price(
            deployment=deployment,
            valid_from=PRICES_FROM,
            input_usd_per_mtok=Decimal(spec.input_usd),
            output_usd_per_mtok=Decimal(spec.output_usd),
            bands=[{"batch": True, "factor": spec.batch_factor}] if spec.batch_factor else [],
            source="Invented for the demo.",
        ),
    )


def _cells(
    author: User,
    deployment: Deployment,
    classes: dict[str, DataClass],
    cells: Iterable[tuple[str, str, list[str], str]],
) -> None:
    for name, decision, conditions, evidence in cells:
        if MatrixCell.objects.filter(deployment=deployment, data_class=classes[name]).exists():
            continue
        matrix.decide(
            actor=author,
            deployment=deployment,
            data_class=classes[name],
            decision=decision,
            conditions=conditions,
            evidence=evidence,
        )
