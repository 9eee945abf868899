"""The impact replay of a proposal, from the register to its page."""

import json
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse

from audit.core.ids import uuid7
from audit.services import entries
from registry.models import Pointer, Release
from registry.services import proposals, releases
from registry.services.rehearsal import rehearse
from routing import sources
from routing.core import codec
from routing.core.decide import decide
from routing.core.facts import Live
from routing.models.impact import ImpactRun, RunState
from routing.recordings import Recorded
from routing.selectors import compile_release
from routing.services import impacts, policies
from routing.sources import Source
from tests.routing.core.builders import facts

pytestmark = pytest.mark.django_db
NOW_US = 1_800_000_000_000_000


@pytest.fixture
def published(standard, author):
    return releases.publish(actor=author, reason="first")


@pytest.fixture
def proposal(published, standard, author):
    """Everything but `extract` is refused."""

    def work():
        rules = [policies.RuleText("extract", "task in extract", "model alpha")]
        policies.replace_rules(policy=standard, rules=rules, actor=author)

    author.is_superuser = True
    author.save()
    changes = rehearse(work).changes
    return proposals.draft(author=author, title="Only extraction", changes=changes, reason="To try.")


def record(published, **asked):
    release = compile_release(published.number, published.digest, json.loads(published.document))
    given, live = facts(clearance="restricted", **asked), Live(NOW_US)
    decision = decide(release, given, live)
    body = {
        "decision": codec.decision_value(decision),
        "facts": codec.facts_value(given),
        "live": codec.live_value(live, decision),
        "release": {"number": published.number, "sha256": published.digest},
    }
    entries.record("request.accepted", body, request_id=uuid7())


def test_recorded_requests_are_decided_under_what_is_proposed(published, proposal):
    for task in ("extract", "chat", "chat"):
        record(published, task=task)
    run = impacts.carry_out(str(impacts.ask(proposal=proposal).pk))
    assert (run.state, run.done, run.total) == (RunState.DONE, 3, 3)
    assert (run.report["requests"], run.report["newly_refused"]) == (3, 2)
    assert Pointer.objects.get().release == published


def test_a_window_an_application_and_a_tag_narrow_it(published, proposal):
    record(published, task="chat", application="invoices", tags=("pilot",))
    record(published, task="chat", application="claims")
    for selection, requests in (
        ({"application": "claims"}, 1),
        ({"tag": "pilot"}, 1),
        ({"decisions": 1}, 1),
        ({"until": published.published_at.replace(year=2001)}, 0),
        ({"since": published.published_at}, 2),
    ):
        run = impacts.carry_out(str(impacts.ask(proposal=proposal, **selection).pk))
        assert run.report["requests"] == requests, selection


def test_a_run_is_carried_out_once(published, proposal):
    run = impacts.ask(proposal=proposal)
    assert impacts.ask(proposal=proposal) == run
    assert impacts.carry_out(str(run.pk)) is not None
    assert impacts.carry_out(str(run.pk)) is None


def test_too_many_are_refused(proposal):
    with pytest.raises(ValidationError):
        impacts.ask(proposal=proposal, decisions=100_001)


def test_what_can_not_be_replayed_says_so(proposal):
    Pointer.objects.update(release=None)
    run = impacts.carry_out(str(impacts.ask(proposal=proposal).pk))
    assert run.state == RunState.FAILED
    assert "Nothing is in force" in run.error


def test_a_body_that_keeps_only_digests_is_counted(published, proposal):
    digests = {"facts": {"bytes": 1, "sha256": "a"}, "live": {"now_us": 1}, "release": {"number": 1}}
    entries.record("request.accepted", digests, request_id=uuid7())
    run = impacts.carry_out(str(impacts.ask(proposal=proposal).pk))
    assert (run.unreadable, run.report["requests"]) == (1, 0)


def test_the_command_prints_the_report(published, proposal):
    record(published, task="chat")
    out = StringIO()
    call_command("replay_impact", proposal.number, stdout=out)
    assert json.loads(out.getvalue())["newly_refused"] == 1
    with pytest.raises(CommandError):
        call_command("replay_impact", 99)


def test_the_panel_shows_the_report_and_refreshes_while_it_runs(published, proposal, client, author):
    client.force_login(author)
    record(published, task="chat")
    url = reverse("admin:routing_impact", args=[proposal.pk])
    run = impacts.ask(proposal=proposal)
    assert 'data-running="yes"' in client.get(url).content.decode()
    impacts.carry_out(str(run.pk))
    text = client.get(url).content.decode()
    assert 'data-running="no"' in text
    assert "1 newly refused" in " ".join(text.split())
    assert Release.objects.count() == 1


def test_the_form_asks_for_another_run_which_the_clock_carries_out(published, proposal, client, author):
    client.force_login(author)
    url = reverse("admin:routing_impact", args=[proposal.pk])
    assert client.post(url, {"decisions": "5"}).status_code == 302
    assert impacts.carry_out_waiting() == 1
    assert [(run.decisions, run.state) for run in ImpactRun.objects.all()] == [(5, RunState.DONE)]
    assert impacts.carry_out_waiting() == 0
    assert "alert" in client.post(url, {"decisions": "0"}).content.decode()


GIVEN = [facts(task=task, clearance="restricted") for task in ("extract", "chat", "chat")]


@pytest.fixture
def offered(monkeypatch):
    """A source of three requests, as an evaluation set is one."""
    rows = [Recorded(given, Live(NOW_US), None) for given in GIVEN]
    found = Source(
        "evaluation", "Evaluation set", lambda: ["golden"], lambda _: 3, lambda _, most: [rows[:most]]
    )
    monkeypatch.setattr(sources, "_sources", {"evaluation": found})


def test_a_set_is_replayed_instead_of_recorded_requests(proposal, offered):
    run = impacts.ask(proposal=proposal, source="evaluation", source_name="golden", decisions=2)
    report = impacts.carry_out(str(run.pk)).report
    assert (report["requests"], report["newly_refused"]) == (2, 1)


def test_a_source_that_is_not_there_is_refused(proposal, offered):
    with pytest.raises(ValidationError, match="Nothing offers"):
        impacts.ask(proposal=proposal, source="rumours", source_name="golden")


def test_a_set_is_chosen_on_the_page_and_by_the_command(client, proposal, author, offered):
    client.force_login(author)
    page = reverse("admin:routing_impact", args=[proposal.pk])
    assert "evaluation:golden" in client.get(page).content.decode()
    assert client.post(page, {"decisions": 10, "source": "evaluation:golden"}).status_code == 302
    assert ImpactRun.objects.values_list("source", "source_name").get() == ("evaluation", "golden")
    assert "golden2" in client.post(page, {"decisions": 10, "source": "evaluation:golden2"}).content.decode()
    answer = StringIO()
    call_command("replay_impact", proposal.number, "--evaluation-set", "golden", stdout=answer)
    assert json.loads(answer.getvalue())["requests"] == 3
