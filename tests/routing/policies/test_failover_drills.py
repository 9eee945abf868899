"""Failover drills: what is reported of the requests that were sent, who may hold one, and what is kept."""

import json
from dataclasses import replace
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from audit.core.ids import uuid7
from audit.models import Entry, Request
from registry.models import User
from registry.services import releases
from routing import failing_over
from routing.core.failover import Trial
from routing.errors import DrillImpossible
from routing.failing_over import Tried, Untried
from routing.health import fallbacks
from routing.models import FailoverDrill, Policy
from routing.playground import Sent
from routing.services import failovers
from tests.routing.core.builders import deployment, release

pytestmark = pytest.mark.django_db
PAGE = "/admin/routing/failover/"
USUAL = {"deployment": "alpha-eu", "provider": "alpha-ltd", "latency_ms": 100, "cost_nano": 50}
INSTEAD = {"deployment": "beta-eu", "provider": "beta-ltd", "latency_ms": 340, "cost_nano": 80}


@pytest.fixture
def published(standard: Policy, author: User) -> None:
    releases.publish(actor=author, reason="first")


def sent(row: dict[str, Any] | None, **more: Any) -> Sent:
    ident = uuid7()
    now = timezone.now()
    ended = {
        "state": "finished",
        "finished_at": now,
        "operation": "chat",
        "policy": "standard",
        "rule": "rest",
    }
    outcome = "succeeded" if row else "failed"
    Request.objects.create(id=ident, accepted_at=now, outcome=outcome, **ended, **(row or {}), **more)
    return Sent(ident, "standard", error="" if row else "upstream_error: The provider failed.")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch, published: None) -> list[Any]:
    """What the requests of the next drill come to."""
    made: list[Any] = []

    async def run_alone(*told: Any) -> list[Any]:
        return made

    monkeypatch.setattr(failovers, "run_alone", run_alone)
    return made


def held(provider: str = "alpha-ltd", **given: Any) -> FailoverDrill:
    return failovers.hold(provider=provider, keys=["abc"], **given)


TRIAL = Trial("standard", "public")


def test_who_served_instead_is_told_with_what_it_took_and_kept(answers: list[Any], author: User) -> None:
    answers.append(Tried(TRIAL, "abc", sent(USUAL), sent(INSTEAD, fallback_used=True)))
    drill = held(actor=author)
    (line,) = drill.report["policies"]
    assert (line["outcome"], line["usual"]["deployment"], line["instead"]["deployment"]) == (
        "served",
        "alpha-eu",
        "beta-eu",
    )
    assert (line["added_latency_ms"], line["added_cost_nano"]) == (240, 30)
    assert (line["class_kept"], line["region_kept"]) == (True, True)
    told = Entry.objects.get(event_type="failover.drill").data["drill"]
    assert (told["provider"], told["tried"]["served"]) == ("alpha-ltd", 1)


def test_whom_nobody_serves_instead_fails_the_drill(answers: list[Any]) -> None:
    answers.append(Tried(TRIAL, "abc", sent(USUAL), sent(None)))
    drill = held()
    assert not drill.passed
    assert "standard, public: nobody served instead (upstream_error" in drill.report["problems"][0]


def test_a_request_that_never_met_the_provider_says_nothing_of_it(answers: list[Any]) -> None:
    answers += [Tried(TRIAL, "abc", sent(INSTEAD), sent(INSTEAD)), Untried(TRIAL, "no key")]
    assert [line["outcome"] for line in held().report["policies"]] == ["not touched", "not tried"]


def test_an_answer_outside_the_matrix_is_a_problem(answers: list[Any]) -> None:
    answers.append(
        Tried(Trial("standard", "restricted"), "abc", sent(USUAL), sent(INSTEAD, fallback_used=True))
    )
    assert "standard, restricted: beta-eu is not allowed for it." in held().report["problems"]


def test_rules_that_nobody_else_serves_are_problems(answers: list[Any]) -> None:
    assert held("beta-ltd").report["problems"] == ["standard#extract would have nobody for public."]


def test_drilled_requests_raise_no_alarm_of_fallbacks(answers: list[Any]) -> None:
    answers += [Tried(TRIAL, "abc", sent(USUAL), sent(INSTEAD, fallback_used=True)) for _ in range(20)]
    before = fallbacks.shares(timezone.now())
    held()
    assert before["standard", "rest"].fallbacks == 20
    assert fallbacks.shares(timezone.now()) == {}


@pytest.mark.parametrize(
    ("provider", "message"), [("gone", "No deployment in force is of"), ("alpha-ltd", "Nothing")]
)
def test_what_can_t_be_drilled_is_said(standard: Policy, author: User, provider: str, message: str) -> None:
    if provider == "gone":
        releases.publish(actor=author, reason="first")
    with pytest.raises(DrillImpossible, match=message):
        held(provider)


def test_the_command_prints_the_report_and_fails_where_the_drill_does(answers: list[Any]) -> None:
    answers.append(Tried(TRIAL, "abc", sent(USUAL), sent(INSTEAD, fallback_used=True)))
    out = StringIO()
    call_command("failover_drill", "alpha-ltd", "--key", "abc", stdout=out)
    assert json.loads(out.getvalue().rsplit("}", 1)[0] + "}")["policies"][0]["outcome"] == "served"
    with pytest.raises(CommandError, match="would have nobody"):
        call_command("failover_drill", "beta-ltd", "--key", "abc", stdout=StringIO())


def person(*permissions: str) -> Client:
    user = User.objects.create_user("person", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_the_page_shows_a_drill_and_gives_it_out_on_record(client: Client, answers: list[Any]) -> None:
    answers.append(Tried(TRIAL, "abc", sent(USUAL), sent(INSTEAD, fallback_used=True)))
    drill = held()
    page = client.get(PAGE, {"drill": str(drill.pk)}).content.decode()
    assert "+240 ms" in page
    assert "beta-eu" in page
    exported = client.get(f"{PAGE}{drill.pk}/")
    assert json.loads(exported.content)["provider"] == "alpha-ltd"
    assert Entry.objects.filter(event_type="export.generated").count() == 1


@pytest.mark.parametrize(
    ("permissions", "sees", "holds", "exports"),
    [
        ((), 403, 403, 403),
        (("view_policy",), 200, 403, 403),
        (("view_policy", "export_register"), 200, 403, 200),
    ],
)
def test_seeing_holding_and_exporting_are_rights(
    answers: list[Any], permissions: tuple[str, ...], sees: int, holds: int, exports: int
) -> None:
    client, drill = person(*permissions), held()
    assert client.get(PAGE).status_code == sees
    assert client.post(PAGE, {"provider": "alpha-ltd", "key": "x"}).status_code == holds
    assert client.get(f"{PAGE}{drill.pk}/").status_code == exports


def consumer(name: str, clearance: str) -> Any:
    return SimpleNamespace(application=name, clearance=clearance, key_prefix=name)


@pytest.mark.parametrize(
    ("applications", "data_class", "key"),
    [
        ((), "public", "low"),
        ((), "internal", "high"),
        (("high",), "public", "high"),
        (("other",), "public", None),
        ((), "unknown-to-none", None),
    ],
)
def test_a_trial_is_sent_by_the_first_key_that_may(
    applications: tuple[str, ...], data_class: str, key: str | None
) -> None:
    held = release(deployment("a"))
    (policy,) = held.policies.values()
    held = replace(held, policies={policy.name: replace(policy, applications=applications)})
    keys = [consumer("low", "public"), consumer("high", "internal")]
    if data_class not in held.data_classes:
        data_class, keys = "internal", [consumer("low", "public")]
    found = failing_over._who_may(keys, held, Trial(policy.name, data_class))
    assert (found and found.key_prefix) == key


async def test_requests_are_drawn_until_the_provider_would_be_called(monkeypatch: pytest.MonkeyPatch) -> None:
    made = iter(range(100))

    async def meets(runtime: Any, ask: Any, provider: str) -> bool:
        return bool(ask == 3 or provider == "never")

    monkeypatch.setattr(failing_over, "_meets", meets)
    make: Any = lambda: next(made)  # noqa: E731
    runtime: Any = None
    drawn: Any = failing_over._drawn
    assert await drawn(runtime, "acme", make) == 3
    assert await drawn(runtime, "never", make) == 4
    assert await drawn(runtime, "acme", make) == 5 + failing_over.MAX_DRAWS
