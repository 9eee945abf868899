"""From the tables to a decision: what a class requires, and the certificate that ends at midnight."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from registry.models import Certification, DataClass, Deployment, Provider
from registry.releases.clock import to_us
from registry.releases.compiler import compile_document
from routing.core import codec
from routing.core.decide import calls, decide
from routing.core.decision import Plan, Reason
from routing.selectors import compile_release
from tests.routing.core.builders import facts, live

MIDNIGHT_US = to_us(datetime(2027, 1, 1, tzinfo=UTC))
ASKED = facts(clearance="restricted")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standard")]


def require(**requirements):
    for name, value in requirements.items():
        row = DataClass.objects.get(name="public")
        setattr(row, name, value)
        row.full_clean()
        row.save()


def compiled():
    made = compile_document()
    return compile_release(1, made.digest, made.document)


def decided(release, now_us=MIDNIGHT_US - 1, **changes):
    return decide(release, replace(ASKED, **changes), replace(live(), now_us=now_us))


def called(decision):
    return [call.deployment for call in calls(decision.root)] if isinstance(decision, Plan) else []


def hold(provider="alpha-ltd", **fields):
    holder = Provider.objects.get(name=provider)
    given = {"name": f"{provider}-baa", "kind": "hipaa_baa", "issued_on": date(2026, 1, 1), **fields}
    Certification.objects.create(provider=holder, **given)


def test_a_certificate_denies_from_midnight_after_its_last_day_without_a_new_release():
    require(required_certifications=["hipaa_baa"])
    hold(expires_on=date(2026, 12, 31))
    release = compiled()
    before, after = decided(release), decided(release, MIDNIGHT_US)
    assert called(before) == ["alpha-eu"]
    assert called(after) == []
    reasons = {each.deployment: each.reason for each in after.candidates}
    assert reasons["alpha-eu"] is Reason.CERTIFICATION_EXPIRED
    assert reasons["beta-eu"] is Reason.REQUIREMENT_UNMET


def test_what_was_decided_before_it_ended_is_derived_again_years_later():
    require(required_certifications=["hipaa_baa"])
    hold(expires_on=date(2026, 12, 31))
    release = compiled()
    decision, now = decided(release), replace(live(), now_us=MIDNIGHT_US - 1)
    again = codec.replay(release, codec.facts_value(ASKED), codec.live_value(now, decision))
    assert again == codec.decision_bytes(decision)


def test_an_agreement_without_a_day_of_issue_counts_for_nothing():
    require(required_certifications=["hipaa_baa"])
    hold(issued_on=None)
    assert called(decided(compiled())) == []


def test_an_agreement_counts_for_the_kinds_of_data_that_it_covers():
    require(required_certifications=["hipaa_baa"], kinds=["health", "personal"])
    hold(data_kinds=["health"])
    hold("beta-ltd", data_kinds=["health", "personal", "payment"])
    assert called(decided(compiled())) == ["beta-eu"]


def test_what_is_known_of_a_provider_is_what_counts():
    require(requires_zero_retention=True, requires_no_training=True, allowed_jurisdictions=["EEA"])
    Provider.objects.filter(name="alpha-ltd").update(trains_on_data=False, retention_days=None)
    Provider.objects.filter(name="beta-ltd").update(trains_on_data=False, retention_days=0)
    assert called(decided(compiled())) == ["beta-eu"]
    Provider.objects.filter(name="beta-ltd").update(jurisdictions=["IE", "US"])
    assert called(decided(compiled())) == []


def test_a_class_and_a_request_narrow_where_data_goes():
    Deployment.objects.filter(name="alpha-eu").update(country="DE")
    Deployment.objects.filter(name="beta-eu").update(country="CH")
    require(allowed_countries=["EU", "CH"])
    release = compiled()
    assert called(decided(release)) == ["alpha-eu", "beta-eu"]
    assert called(decided(release, residency=("ch",))) == ["beta-eu"]
    assert called(decided(release, residency=("us",))) == []
    require(allowed_countries=["EEA"])
    assert called(decided(compiled(), residency=("ch", "de"))) == ["alpha-eu"]
