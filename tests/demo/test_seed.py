"""The demo's configuration: publishable, the same on every start, and with something to refuse."""

import pytest
from pytest_django.fixtures import Settings
from signalbox.demo import catalogue, real, seed
from signalbox.demo.state import State

from billing.models import Budget
from registry.models import ApiKey, Deployment, MatrixCell, Release, User
from registry.releases.compiler import errors_in
from registry.selectors import live_release, load_directory
from registry.services import releases
from routing.models import DetectionRule

pytestmark = pytest.mark.django_db


@pytest.fixture
def seeded(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> State:
    for provider in real.PROVIDERS:
        monkeypatch.delenv(provider.variable, raising=False)
    settings.INSECURE_ENDPOINT_HOSTS = ["127.0.0.1:8900", "127.0.0.1:8901"]
    state = State(provider_port=8900)
    seed.seed(state)
    return state


def test_the_first_release_is_live_and_has_no_errors(seeded: State) -> None:
    live = live_release()
    assert live is not None
    assert live.number == 1
    assert errors_in(releases.preview().findings) == ()


def test_a_second_seed_changes_nothing(seeded: State) -> None:
    before = (seeded.api_key, seeded.small_budget_key, Release.objects.count(), ApiKey.objects.count())
    seed.seed(seeded)
    assert before == (
        seeded.api_key,
        seeded.small_budget_key,
        Release.objects.count(),
        ApiKey.objects.count(),
    )


def test_the_printed_keys_open(seeded: State) -> None:
    directory = load_directory(1)
    for token in (seeded.api_key, seeded.small_budget_key):
        assert directory.authenticate(token, 0) is not None


def test_a_lost_key_is_replaced(seeded: State) -> None:
    lost = seeded.api_key
    seeded.api_key = ""
    seed.seed(seeded)
    assert seeded.api_key not in ("", lost)


def test_another_port_of_the_provider_makes_another_release(seeded: State) -> None:
    seeded.provider_port = 8901
    seed.seed(seeded)
    live = live_release()
    assert live is not None
    assert {row["base_url"] for row in live.document["deployments"]} == {"http://127.0.0.1:8901/v1"}


def test_restricted_data_is_approved_nowhere(seeded: State) -> None:
    assert not MatrixCell.objects.filter(data_class__name="restricted").exclude(decision="denied").exists()


def test_each_login_has_the_password_that_is_printed_and_its_own_role(seeded: State) -> None:
    people = {user.username: user for user in User.objects.all()}
    assert {name for name, user in people.items() if user.check_password(seeded.passwords[name])} == set(
        seeded.passwords
    )
    approvers = {name for name, user in people.items() if user.has_perm("registry.approve_platform")}
    authors = {name for name, user in people.items() if user.has_perm("registry.propose")}
    assert (approvers, authors) == ({"approver"}, {"admin", "author"})
    assert not any(user.is_superuser for user in people.values())


def test_a_change_made_in_the_admin_outlives_a_restart(seeded: State) -> None:
    budget = Budget.objects.get(name="notebook a day")
    budget.limit_usd = 7
    budget.save()
    seed.seed(seeded)
    budget.refresh_from_db()
    assert budget.limit_usd == 7


@pytest.mark.parametrize("provider", real.PROVIDERS, ids=lambda provider: provider.name)
def test_a_real_provider_comes_and_goes_with_its_key(
    seeded: State, monkeypatch: pytest.MonkeyPatch, provider: real.RealProvider
) -> None:
    monkeypatch.setenv(provider.variable, "s3cret-of-theirs")
    seed.seed(seeded)
    rows = Deployment.objects.filter(provider__name=provider.name)
    assert {row.enabled for row in rows} == {True}
    cells = MatrixCell.objects.filter(deployment__in=rows, decision="approved")
    assert {cell.data_class.name for cell in cells} == {"public", "internal"}
    live = live_release()
    assert live is not None
    assert "s3cret-of-theirs" not in str(live.document)
    monkeypatch.delenv(provider.variable)
    seed.seed(seeded)
    assert {row.enabled for row in Deployment.objects.filter(provider__name=provider.name)} == {False}


def test_a_detection_rule_that_was_taken_out_stays_out(seeded: State) -> None:
    DetectionRule.objects.get(finds="health").delete()
    seed.seed(seeded)
    assert not DetectionRule.objects.filter(finds="health").exists()


def test_every_demo_model_is_in_every_region(seeded: State) -> None:
    wanted = {f"{model.name}-{region}" for model in catalogue.MODELS for region in catalogue.REGIONS}
    assert set(Deployment.objects.values_list("name", flat=True)) == wanted
