"""A small world for policies: two models of two providers, two classes, one application."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.conf import LazySettings
from django.test import Client

from registry.models import (
    Application,
    DataClass,
    Deployment,
    Model,
    ModelVersion,
    Price,
    Provider,
    Team,
    User,
)
from registry.services import matrix, prices
from routing.models import Policy
from routing.services import policies
from routing.services.policies import RuleText

PRICED_FROM = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_server(settings: LazySettings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"


@pytest.fixture
def author(db: None) -> User:
    return User.objects.create_superuser("author", "author@example.com", "a-password-of-tests")


@pytest.fixture
def client(author: User) -> Client:
    client = Client()
    client.force_login(author)
    return client


@pytest.fixture
def world(db: None) -> None:
    public = DataClass.objects.create(name="public", rank=0)
    DataClass.objects.create(name="restricted", rank=30)
    team = Team.objects.create(name="payments")
    Application.objects.create(team=team, name="invoices")
    for name in ("alpha", "beta"):
        provider = Provider.objects.create(name=f"{name}-ltd", legal_entity=name, jurisdictions=["IE"])
        model = Model.objects.create(
            name=name,
            family=name,
            context_window_tokens=8_000,
            max_output_tokens=1_000,
            capabilities=["tools", "streaming"],
        )
        version = ModelVersion.objects.create(
            model=model, name="v1", upstream_id=f"{name}-1", lifecycle="approved"
        )
        deployment = Deployment.objects.create(
            name=f"{name}-eu",
            version=version,
            provider=provider,
            region="eu",
            base_url="https://models.example.com",
        )
        price = Price(
            deployment=deployment,
            valid_from=PRICED_FROM,
            input_usd_per_mtok=Decimal(1),
            output_usd_per_mtok=Decimal(2),
            source="test",
        )
        prices.add(actor=None, price=price)
        matrix.decide(
            actor=None, deployment=deployment, data_class=public, decision="approved", evidence="ticket 1"
        )


@pytest.fixture
def standard(world: None, author: User) -> Policy:
    policy = policies.save(policy=Policy(name="standard"), actor=author)
    rules = [
        RuleText("extract", "task in extract", "model beta"),
        RuleText("rest", "", "model alpha\nmodel beta"),
    ]
    policies.replace_rules(policy=policy, rules=rules, actor=author)
    return policy
