import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from registry_cast import World, make_deployment

from audit.core.canonical import canonical_json, digest
from audit.models import Entry
from registry.errors import (
    PublishRefused,
    ReasonMissing,
    ReleaseCorrupt,
    SectionExists,
)
from registry.models import Release, User
from registry.releases import Finding, all_sections, register_section
from registry.releases.clock import to_us
from registry.releases.compare import compare
from registry.releases.compiler import compile_document, validate_document
from registry.selectors import live_release, load_release
from registry.services import matrix, releases

pytestmark = pytest.mark.usefixtures("own_section_only")


def findings(code: str) -> list[Finding]:
    found = validate_document(compile_document().document, to_us(timezone.now()))
    return [finding for finding in found if finding.code == code]


def test_equal_tables_compile_to_equal_bytes(world: World) -> None:
    first, second = compile_document(), compile_document()
    assert first.text == second.text
    assert first.digest == digest(json.loads(first.text))
    assert canonical_json(first.document).decode() == first.text


def test_a_deployment_is_compiled_whole(world: World) -> None:
    (deployment,) = compile_document().document["deployments"]
    assert deployment["model"] == "gpt"
    assert deployment["capabilities"] == ["streaming", "tools"]
    assert deployment["prices"][0]["input_nano_per_mtok"] == 400_000_000
    assert deployment["prices"][0]["sha256"] == world.price.sha256
    assert deployment["cells"]["public"]["decision"] == "approved"
    assert "restricted" not in deployment["cells"]


def test_own_capabilities_replace_the_models(world: World) -> None:
    make_deployment("gpt-us", capabilities=["seed"])
    compiled = {item["name"]: item for item in compile_document().document["deployments"]}
    assert compiled["gpt-us"]["capabilities"] == ["seed"]


def test_publishing_switches_the_pointer_and_is_recorded(world: World, cast: dict[str, User]) -> None:
    release = releases.publish(actor=cast["approver"], reason="first")
    live = live_release()
    assert live is not None
    assert (live.number, live.digest) == (1, release.digest)
    entry = Entry.objects.get(event_type="release.published")
    assert release.digest in entry.body
    assert '"name":"approver"' in entry.body


def test_a_release_without_a_second_person_says_so(world: World, cast: dict[str, User]) -> None:
    first = releases.publish(actor=cast["approver"], reason="first")
    make_deployment("gpt-us")
    second = releases.publish(actor=cast["approver"], reason="second", approvers=[cast["boss"]])
    assert (first.self_published, second.self_published) == (True, False)
    assert second.approved_by_name == "boss"


def test_publishing_needs_a_reason(world: World, cast: dict[str, User]) -> None:
    with pytest.raises(ReasonMissing):
        releases.publish(actor=cast["approver"], reason="  ")


def test_errors_refuse_and_leave_everything_as_it_was(world: World, cast: dict[str, User]) -> None:
    unpriced = make_deployment("gpt-us")
    matrix.decide(actor=None, deployment=unpriced, data_class=world.public, decision="approved", evidence="t")
    with pytest.raises(PublishRefused) as refused:
        releases.publish(actor=cast["approver"], reason="unpriced")
    assert [finding.code for finding in refused.value.findings if finding.severity == "error"] == ["unpriced"]
    assert not Release.objects.exists()
    assert live_release() is None


def test_an_unpriced_deployment_that_never_serves_is_a_warning(world: World) -> None:
    make_deployment("gpt-us")
    assert [finding.severity for finding in findings("unpriced")] == ["warning"]
    assert findings("never_candidate")


def test_an_endpoint_that_is_no_longer_allowed_is_an_error(world: World) -> None:
    world.deployment.base_url = "http://10.0.0.1/v1"
    world.deployment.save()
    assert [finding.severity for finding in findings("endpoint_refused")] == ["error"]


def test_an_approval_that_ends_soon_is_told(world: World) -> None:
    soon = timezone.now() + timedelta(days=3)
    matrix.decide(
        actor=None,
        deployment=world.deployment,
        data_class=world.public,
        decision="approved",
        evidence="pilot",
        valid_to=soon,
    )
    assert findings("approval_ends")


def test_the_database_refuses_to_change_a_release(world: World, cast: dict[str, User]) -> None:
    release = releases.publish(actor=cast["approver"], reason="first")
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.filter(pk=release.pk).update(reason="other")
    with pytest.raises(IntegrityError), transaction.atomic():
        release.delete()


def test_a_document_without_its_digest_is_never_loaded(world: World, cast: dict[str, User]) -> None:
    release = releases.publish(actor=cast["approver"], reason="first")
    forged = Release.objects.create(
        number=2,
        digest=release.digest,
        document=release.document.replace("api.openai.com", "evil.example"),
        reason="forged",
        published_at=timezone.now(),
        published_by=cast["outsider"],
        published_by_name="outsider",
        self_published=True,
    )
    with pytest.raises(ReleaseCorrupt):
        load_release(forged.pk)


def test_a_section_has_one_owner() -> None:
    held = all_sections()[0]
    register_section(held.name, held.compile, held.validate)
    with pytest.raises(SectionExists):
        register_section(held.name, dict, lambda document, now_us: ())


def test_changes_are_told_in_words() -> None:
    before = {"deployments": [{"name": "a", "weight": 1, "cells": {}, "prices": []}], "default_policy": "p"}
    price = {"id": "01a2b3c4-0000-7000-8000-000000000001", "sha256": "x", "input_nano_per_mtok": 400_000_000}
    after = {
        "deployments": [
            {"name": "a", "weight": 2, "cells": {"public": {"decision": "approved"}}, "prices": [price]},
            {"name": "b", "weight": 1},
        ],
        "default_policy": "q",
    }
    told = {(change.kind, change.noun, change.name): change.details for change in compare(before, after)}
    assert told[("added", "deployment", "b")] == ("weight: 1",)
    assert told[("changed", "default policy", "")] == ("p → q",)
    lines = told[("changed", "deployment", "a")]
    assert "weight: 1 → 2" in lines
    assert "cells, public, decision: approved" in lines
    assert any("0.4 USD per million tokens" in line for line in lines)


def test_removed_objects_and_new_orders_are_told() -> None:
    rules = [{"name": "first"}, {"name": "second"}]
    before = {"policies": [{"name": "p", "rules": rules}, {"name": "old"}]}
    after = {"policies": [{"name": "p", "rules": rules[::-1]}]}
    told = compare(before, after)
    assert [(change.kind, change.name) for change in told] == [("removed", "old"), ("changed", "p")]
    assert told[1].details == ("rules: order is now second, first",)


def test_prices_are_exact_to_the_nano_dollar(world: World) -> None:
    world.price.input_usd_per_mtok = Decimal("0.000000001")
    assert world.price.content_sha256() != world.price.sha256
