"""A rollback drill tells whether a version could go now, and touches nothing of what is in force."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.urls import reverse

from audit.core.ids import uuid7
from audit.models import Entry
from audit.services import entries
from registry.errors import RegistryError
from registry.models import (
    DataClass,
    Deployment,
    Drill,
    ModelVersion,
    Pointer,
    Price,
    RollbackPlan,
)
from registry.services import matrix, prices, releases
from routing.core import codec
from routing.core.decide import decide
from routing.core.facts import Live
from routing.models import Policy
from routing.selectors import compile_release
from routing.services import drills
from tests.routing.core.builders import facts

NOW_US = 1_800_000_000_000_000
ONLY = {"node": "model", "model": "alpha"}


@pytest.fixture
def plan(standard: Policy, author) -> RollbackPlan:
    """Alpha returns to v0, whose deployment is approved, priced, and disabled."""
    current = Deployment.objects.get(name="alpha-eu")
    older = ModelVersion.objects.create(
        model=current.version.model, name="v0", upstream_id="alpha-0", lifecycle="deprecated"
    )
    stand_in = Deployment.objects.create(
        name="alpha-old",
        version=older,
        provider=current.provider,
        region="eu",
        base_url=current.base_url,
        enabled=False,
    )
    amounts = {"input_usd_per_mtok": Decimal(1), "output_usd_per_mtok": Decimal(2), "source": "test"}
    price = Price(deployment=stand_in, valid_from=datetime(2026, 1, 1, tzinfo=UTC), **amounts)
    prices.add(actor=None, price=price)
    public = DataClass.objects.get(name="public")
    matrix.decide(actor=None, deployment=stand_in, data_class=public, decision="approved", evidence="t")
    standard.rules.filter(name="rest").update(route=ONLY)
    return RollbackPlan.objects.create(version=current.version, returns_to=older)


def record(published) -> None:
    release = compile_release(published.number, published.digest, json.loads(published.document))
    given, live = facts(clearance="restricted", task="chat"), Live(NOW_US)
    decision = decide(release, given, live)
    body = {
        "decision": codec.decision_value(decision),
        "facts": codec.facts_value(given),
        "live": codec.live_value(live, decision),
        "release": {"number": published.number, "sha256": published.digest},
    }
    entries.record("request.accepted", body, request_id=uuid7())


def test_a_plan_that_holds_passes(plan: RollbackPlan, author) -> None:
    published = releases.publish(actor=author, reason="first")
    record(published)
    held = drills.hold(version=plan.version)
    assert (held.passed, held.report["problems"]) == (True, [])
    assert (held.report["replay"]["requests"], held.report["replay"]["rerouted"]) == (1, 1)
    assert Entry.objects.get(event_type="model.drill").data["passed"] is True


def test_a_drill_touches_nothing(plan: RollbackPlan, author) -> None:
    published = releases.publish(actor=author, reason="first")
    drills.hold(version=plan.version)
    assert Pointer.objects.get().release == published
    enabled = dict(Deployment.objects.values_list("name", "enabled"))
    assert (enabled["alpha-eu"], enabled["alpha-old"]) == (True, False)


def test_a_class_that_nobody_would_serve_fails_it(plan: RollbackPlan, author) -> None:
    plan.returns_to.deployments.get().cells.all().delete()
    record(releases.publish(actor=author, reason="first"))
    held = drills.hold(version=plan.version)
    assert not held.passed
    assert "standard#rest has no candidate for public." in held.report["problems"]
    assert "1 of 1 requests would be refused." in held.report["problems"]


def test_what_is_retired_is_not_returned_to(plan: RollbackPlan, author) -> None:
    plan.returns_to.lifecycle = "retired"
    plan.returns_to.save()
    releases.publish(actor=author, reason="first")
    held = drills.hold(version=plan.version)
    assert [problem for problem in held.report["problems"] if "retired stays retired" in problem]
    assert ModelVersion.objects.get(pk=plan.returns_to_id).lifecycle == "retired"


def test_without_a_plan_or_a_release_there_is_nothing_to_try(plan: RollbackPlan, author) -> None:
    with pytest.raises(RegistryError, match="in force"):
        drills.hold(version=plan.version)
    with pytest.raises(RegistryError, match="not said"):
        drills.hold(version=plan.returns_to)


def test_the_command_fails_where_the_drill_does(plan: RollbackPlan, author) -> None:
    releases.publish(actor=author, reason="first")
    out = StringIO()
    call_command("rollback_drill", "alpha", "v1", stdout=out)
    assert "passed" in out.getvalue()
    plan.returns_to.deployments.get().cells.all().delete()
    with pytest.raises(CommandError, match="no candidate"):
        call_command("rollback_drill", "alpha", "v1", stdout=StringIO())
    with pytest.raises(CommandError, match="no version"):
        call_command("rollback_drill", "alpha", "v9")
    assert Drill.objects.count() == 2


def test_a_drill_is_held_from_the_versions_page(plan: RollbackPlan, author, client) -> None:
    releases.publish(actor=author, reason="first")
    author.is_superuser = author.is_staff = True
    author.save()
    client.force_login(author)
    url = reverse("admin:registry_modelversion_drill", args=[plan.version_id])
    assert (
        url
        in client.get(reverse("admin:registry_modelversion_change", args=[plan.version_id])).content.decode()
    )
    assert "None was held" in client.get(url).content.decode()
    assert not Drill.objects.exists()  # by looking
    assert "Ensure this value" in client.post(url, {"decisions": 0}).content.decode()
    page = client.post(url, {"decisions": 10}, follow=True).content.decode()
    assert Drill.objects.get().passed is ("The drill passed" in page)
    assert Entry.objects.filter(event_type="model.drill").count() == 1


def test_who_may_not_propose_holds_no_drill(plan: RollbackPlan, author, client, django_user_model) -> None:
    looker = django_user_model.objects.create_user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_modelversion"))
    client.force_login(looker)
    url = reverse("admin:registry_modelversion_drill", args=[plan.version_id])
    assert "Hold the drill" not in client.get(url).content.decode()
    assert client.post(url, {"decisions": 10}).status_code == 403
