"""The page of health, what the pages of deployments and models show of it, and its metrics."""

import pytest
from django.test import Client
from django.urls import reverse
from prometheus_client import REGISTRY

from registry.models import Deployment, Model, Release, User
from registry.services import releases, suspensions
from routing.api import metrics
from routing.core.facts import Health
from routing.models import Policy

pytestmark = pytest.mark.django_db
PAGE = "/admin/routing/health/"


@pytest.fixture
def published(standard: Policy, author: User) -> Release:
    return releases.publish(actor=author, reason="first")


def test_only_who_sees_deployments_sees_their_health() -> None:
    client = Client()
    client.force_login(User.objects.create_user("outsider", is_staff=True))
    assert client.get(PAGE).status_code == 403


def test_without_a_release_there_is_no_health(client: Client) -> None:
    assert "No release is live yet" in client.get(PAGE).content.decode()


@pytest.mark.parametrize("window", ["5m", "24h", "nonsense"])
def test_each_deployment_is_listed_with_its_state(
    client: Client, published: Release, window: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.admin.health.known_now", lambda: {"alpha-eu": Health("open", 3)})
    page = client.get(PAGE, {"window": window}).content.decode()
    assert "failing" in page
    assert "beta-eu" in page
    assert "not called lately" in page


def test_what_is_suspended_is_not_well(
    client: Client, author: User, published: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.admin.health.known_now", lambda: {"alpha-eu": Health("closed", 0)})
    assert ">well<" in client.get(PAGE).content.decode()
    suspensions.suspend(actor=author, kind="deployment", target="alpha-eu", reason="It errs.")
    page = client.get(PAGE).content.decode()
    assert ">suspended<" in page
    assert ">well<" not in page


@pytest.mark.parametrize(("model", "name"), [(Deployment, "alpha-eu"), (Model, "alpha")])
def test_the_page_of_a_row_shows_how_it_did(
    client: Client, world: None, model: type[Deployment] | type[Model], name: str
) -> None:
    row = model.objects.get(name=name)
    page = client.get(reverse(f"admin:registry_{model._meta.model_name}_change", args=[row.pk]))
    assert "Tokens a second" in page.content.decode()


def test_metrics_name_what_is_known_and_forget_what_is_gone() -> None:
    metrics.deployments(["a", "b"], {"a": Health("half_open", 2, 250, 900), "gone": Health()})
    read = REGISTRY.get_sample_value
    assert read("signalbox_deployment_breaker", {"deployment": "a"}) == 1
    assert read("signalbox_deployment_seconds", {"deployment": "a", "quantile": "0.95"}) == 0.9
    assert read("signalbox_deployment_in_flight", {"deployment": "b"}) is None
    metrics.deployments([], {})
    assert read("signalbox_deployment_breaker", {"deployment": "a"}) is None
