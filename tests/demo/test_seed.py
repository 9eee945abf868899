"""The demo's configuration: publishable, the same on every start, and with something to refuse."""

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django.fixtures import Settings
from signalbox.demo import catalogue, patterns, real, seed, traffic, waiting
from signalbox.demo.state import State

from audit.models import Entry, Request
from billing.models import Budget, LedgerEntry
from registry.lifecycle import retirements
from registry.matrix_state import states_of_tables
from registry.models import ApiKey, Deployment, MatrixCell, ModelVersion, Proposal, Release, User
from registry.releases.compiler import errors_in
from registry.selectors import live_release, load_directory
from registry.services import releases
from routing.models import DetectionRule
from routing.services import drills, impacts
from tests.routing.replay import assert_decisions_replay

pytestmark = pytest.mark.django_db


@pytest.fixture
def seeded(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> State:
    for provider in real.PROVIDERS:
        monkeypatch.delenv(provider.variable, raising=False)
    settings.INSECURE_ENDPOINT_HOSTS = ["127.0.0.1:8900", "127.0.0.1:8901"]
    state = State(provider_port=8900)
    seed.seed(state)
    return state


def test_what_is_in_force_has_no_errors(seeded: State) -> None:
    live = live_release()
    assert live is not None
    assert live.number == 2  # the configuration, then what the keys may send
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


def test_confidential_data_is_open_where_it_was_approved_and_what_it_requires_is_met(seeded: State) -> None:
    states = {name: row["confidential"].state for name, row in states_of_tables(timezone.now()).items()}
    assert states["demo-economy-eu"] == "approved"
    assert states["demo-frontier-eu"] == "conditional"
    assert states["demo-economy-us"] == "absent"


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


@pytest.fixture
def lived(settings: Settings, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> State:
    for provider in real.PROVIDERS:
        monkeypatch.delenv(provider.variable, raising=False)
    monkeypatch.setattr(traffic, "PER_DAY", {"helpdesk": 6, "claims": 8, "contracts": 3, "notebook": 4})
    settings.INSECURE_ENDPOINT_HOSTS = ["127.0.0.1:8900"]
    state = State(provider_port=8900)
    seed.seed(state)
    seed.past(state)
    return state


def test_a_week_is_recorded_as_real_requests_are(lived: State) -> None:
    assert Request.objects.filter(outcome="succeeded").count() > 50
    assert not Request.objects.filter(state="running").exists()
    assert set(Request.objects.values_list("application", flat=True)) == set(traffic.PER_DAY)
    assert all(traffic.TAG in tags for tags in Request.objects.values_list("tags", flat=True))
    assert assert_decisions_replay() == Request.objects.count()
    call_command("verify_register")


def test_the_week_shows_several_models_at_work(lived: State) -> None:
    """Of each pattern with what its nodes came to; and one where a judge asked for the dear model."""
    done = Request.objects.filter(policy__in=[name for name, *_ in patterns.PATTERNS], outcome="succeeded")
    assert set(done.values_list("policy", flat=True)) == {name for name, *_ in patterns.PATTERNS}
    ends = Entry.objects.filter(request_id__in=done.values("pk"), event_type="request.finished")
    told = {note["what"] for end in ends for note in end.data.get("route", {}).get("notes", ())}
    assert {"judge passed", "judge failed", "level", "vote"} <= told
    assert LedgerEntry.objects.filter(request_id__in=done.values("pk"), kind="settled").count() > done.count()


def test_the_week_is_recorded_once(lived: State) -> None:
    before = Request.objects.count()
    seed.past(lived)
    assert Request.objects.count() == before
    assert Proposal.objects.filter(title=waiting.TITLE).count() == 1


def test_a_proposal_waits_whose_replay_has_something_to_say(lived: State) -> None:
    proposal = Proposal.objects.get(title=waiting.TITLE)
    assert (proposal.state, proposal.author_name) == ("submitted", "author")
    assert impacts.carry_out_waiting() >= 1
    report = impacts.latest(proposal).report
    assert report["rerouted"] > 0
    assert report["cost"]["change_nano"] < 0


def test_there_is_something_to_see_of_the_life_of_models(seeded: State) -> None:
    (end,) = retirements.ending()
    assert (str(end.deployment), retirements.within(end.on, timezone.now())) == ("demo-economy-us", 30)
    told = {finding.code for finding in releases.preview().findings}
    assert {"retires_soon", "checklist_expires", "rollback_untried"} <= told


def test_the_demos_rollback_plan_passes_its_drill(seeded: State) -> None:
    held = drills.hold(version=ModelVersion.objects.get(rollback_plans__isnull=False))
    assert held.report["problems"] == []
