"""Real providers in the demo: enabled while their key is in the environment, for public and internal data.

Models and prices are those that the providers published when this was written. They change, so each price
row says in its source that it is to be checked; nothing here is used outside the demo.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from registry.core.endpoints import host_of
from registry.models import (
    Credential,
    DataClass,
    Deployment,
    MatrixCell,
    Model,
    ModelVersion,
    Price,
    Provider,
    User,
)
from registry.services import credentials, matrix, prices
from signalbox.demo.rows import save_as

PRICES_FROM = datetime(2025, 11, 1, tzinfo=UTC)
CLASSES = ("public", "internal")
TEXT = ("streaming", "tools", "json_object", "json_schema", "vision")


@dataclass(frozen=True, slots=True)
class RealModel:
    """USD per million tokens; None where a kind has no price of its own and is billed as input."""

    name: str
    version: str
    upstream_id: str
    context_window_tokens: int
    max_output_tokens: int
    capabilities: tuple[str, ...]
    input_usd: str
    output_usd: str
    cache_read_usd: str | None
    cache_write_usd: str | None = None


@dataclass(frozen=True, slots=True)
class RealProvider:
    name: str
    variable: str
    legal_entity: str
    base_url: str
    dialect: str
    pricing: str
    models: tuple[RealModel, ...]


PROVIDERS = (
    RealProvider(
        "openai",
        "OPENAI_API_KEY",
        "OpenAI, L.L.C.",
        "https://api.openai.com/v1",
        "openai",
        "openai.com/api/pricing",
        (
            RealModel(
                *("gpt-4.1-mini", "2025-04-14", "gpt-4.1-mini-2025-04-14", 1_047_576, 32_768),
                (*TEXT, "parallel_tools", "seed", "logprobs"),
                *("0.40", "1.60", "0.10"),
            ),
            RealModel(
                *("gpt-5-mini", "2025-08-07", "gpt-5-mini-2025-08-07", 400_000, 128_000),
                (*TEXT, "parallel_tools", "reasoning"),
                *("0.25", "2", "0.025"),
            ),
        ),
    ),
    RealProvider(
        "anthropic",
        "ANTHROPIC_API_KEY",
        "Anthropic, PBC",
        "https://api.anthropic.com/v1",
        "anthropic",
        "anthropic.com/pricing",
        (
            RealModel(
                *("claude-haiku-4-5", "20251001", "claude-haiku-4-5-20251001", 200_000, 64_000),
                ("streaming", "tools", "parallel_tools", "vision", "reasoning"),
                *("1", "5", "0.10", "1.25"),
            ),
        ),
    ),
    RealProvider(
        "google",
        "GEMINI_API_KEY",
        "Google LLC",
        "https://generativelanguage.googleapis.com/v1beta",
        "gemini",
        "ai.google.dev/pricing",
        (
            RealModel(
                *("gemini-2.5-flash", "2.5-flash", "gemini-2.5-flash", 1_048_576, 65_536),
                (*TEXT, "parallel_tools", "reasoning", "seed"),
                *("0.30", "2.50", None),
            ),
        ),
    ),
)


def ensure(author: User, classes: dict[str, DataClass]) -> list[str]:
    """Make those whose key is there, switch off those whose key is gone; what can be asked for by name."""
    offered: list[str] = []
    for spec in PROVIDERS:
        has_key = bool(os.environ.get(spec.variable, "").strip())
        rows = Deployment.objects.filter(provider__name=spec.name, name__endswith=f"-{spec.name}")
        if has_key and not rows.exists():
            _make(author, classes, spec)
        for deployment in rows:
            if deployment.enabled != has_key:
                deployment.enabled = has_key
                save_as(author, deployment)
        if rows.exists():
            offered += [model.name for model in spec.models]
    return offered


def keep_credentials(author: User) -> None:
    """Where the keys that are there are read. Credentials are no part of a release: they name a place."""
    for spec in PROVIDERS:
        known = Credential.objects.filter(name=spec.name).exists()
        if os.environ.get(spec.variable, "").strip() and not known:
            credential = Credential(
                name=spec.name, kind="env", reference=spec.variable, hosts=[host_of(spec.base_url)]
            )
            credentials.store(actor=author, credential=credential)


def _make(author: User, classes: dict[str, DataClass], spec: RealProvider) -> None:
    provider = Provider.objects.filter(name=spec.name).first() or _provider(author, spec)
    credential = Credential.objects.get(name=spec.name)
    for model in spec.models:
        deployment = Deployment(
            name=f"{model.name}-{spec.name}",
            version=_version(author, spec, model),
            provider=provider,
            region="us",
            base_url=spec.base_url,
            dialect=spec.dialect,
            credential=credential,
        )
        save_as(author, deployment)
        _price(author, spec, model, deployment)
        _approve(author, deployment, classes)


def _provider(author: User, spec: RealProvider) -> Provider:
    row = Provider(
        name=spec.name,
        legal_entity=spec.legal_entity,
        jurisdictions=["US"],
        notes="Made by the demo from the environment; terms and data policy are yours to check.",
    )
    return save_as(author, row)


def _version(author: User, spec: RealProvider, model: RealModel) -> ModelVersion:
    row = Model.objects.filter(name=model.name).first() or Model(
        name=model.name,
        family=spec.name,
        capabilities=list(model.capabilities),
        context_window_tokens=model.context_window_tokens,
        max_output_tokens=model.max_output_tokens,
    )
    version = ModelVersion(model=row, name=model.version, upstream_id=model.upstream_id, lifecycle="approved")
    save_as(author, row)
    return save_as(author, version)


def _price(author: User, spec: RealProvider, model: RealModel, deployment: Deployment) -> None:
    prices.add(
        actor=author,
        price=Price(
            deployment=deployment,
            valid_from=PRICES_FROM,
            input_usd_per_mtok=Decimal(model.input_usd),
            output_usd_per_mtok=Decimal(model.output_usd),
            cache_read_usd_per_mtok=_decimal(model.cache_read_usd),
            cache_write_usd_per_mtok=_decimal(model.cache_write_usd),
            source=f"{spec.pricing}, as of late 2025: to be checked before it is relied on.",
        ),
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _approve(author: User, deployment: Deployment, classes: dict[str, DataClass]) -> None:
    for name in CLASSES:
        if not MatrixCell.objects.filter(deployment=deployment, data_class=classes[name]).exists():
            matrix.decide(
                actor=author,
                deployment=deployment,
                data_class=classes[name],
                decision="approved",
                evidence="Demo: the key was in the environment. Not an assessment.",
            )
