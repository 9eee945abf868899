"""What the registry's tests are made of."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from registry.models import Application, DataClass, Deployment, Model, ModelVersion, Price, Provider

FIELD_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
NEWER_FIELD_KEY = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="


@dataclass
class World:
    public: DataClass
    restricted: DataClass
    deployment: Deployment
    price: Price
    application: Application


def make_deployment(name: str = "gpt-eu", **fields: object) -> Deployment:
    provider, _ = Provider.objects.get_or_create(name="openai")
    model, _ = Model.objects.get_or_create(
        name="gpt",
        defaults={
            "family": "gpt",
            "capabilities": ["tools", "streaming"],
            "context_window_tokens": 100_000,
            "max_output_tokens": 4_000,
        },
    )
    version, _ = ModelVersion.objects.get_or_create(
        model=model, name="1", defaults={"upstream_id": "gpt-1", "lifecycle": "approved"}
    )
    fields = {"region": "eu", "base_url": "https://api.openai.com/v1", **fields}
    deployment = Deployment(name=name, version=version, provider=provider, **fields)
    deployment.full_clean()
    deployment.save()
    return deployment


def make_price(deployment: Deployment, **fields: object) -> Price:
    amounts = {"input_usd_per_mtok": Decimal("0.4"), "output_usd_per_mtok": Decimal("1.6")}
    return Price(deployment=deployment, **{"valid_from": timezone.now(), **amounts, **fields})
