"""A model card says all that is known of a version, the same in every form, and under its own digest."""

import json
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from registry_cast import World

from audit.core.canonical import canonical_json, sha256_hex
from audit.models import Entry
from registry.lifecycle.card import card_of
from registry.lifecycle.card_text import markdown
from registry.models import ChecklistItem, ChecklistRule, Drill, ModelVersion, RollbackPlan, User
from registry.services import drift, releases

SignIn = Callable[[str], Client]
FORMS = ["json", "md", "html"]
SAID = ["gpt-1", "Ada", "letters", "minors", "gpt-eu", "public", "None was found.", "gpt 0"]


@pytest.fixture
def version(world: World) -> ModelVersion:
    found = world.deployment.version
    model = found.model
    model.owner, model.intended_uses, model.prohibited_uses = (
        "Ada",
        "Drafts of letters.",
        "Decisions on minors.",
    )
    model.risk_rating, model.risk_reason = "high", "It | <b>talks</b> to customers."
    model.save()
    ChecklistItem.objects.create(
        version=found, slot="bias", finding="None was found.", checked_by="Ada", checked_on=date(2026, 1, 1)
    )
    ChecklistRule.objects.create(slots=["bias", "safety"])
    before = ModelVersion.objects.create(model=model, name="0", upstream_id="gpt-0", lifecycle="deprecated")
    RollbackPlan.objects.create(version=found, returns_to=before)
    return found


def card(version: ModelVersion) -> dict[str, object]:
    return card_of(version, timezone.now())


def test_a_card_has_the_digest_of_what_it_says(version: ModelVersion) -> None:
    made = card(version)
    said = {name: value for name, value in made.items() if name not in ("sha256", "made_at")}
    assert made["sha256"] == sha256_hex(canonical_json(said)) == card(version)["sha256"]
    version.notes = "Another."
    assert card(version)["sha256"] != made["sha256"]


def test_a_card_tells_what_is_lacking(version: ModelVersion) -> None:
    slots = {row["slot"]: (row["required"], row["holds"]) for row in card(version)["checklist"]}
    assert (slots["bias"], slots["safety"], slots["card"]) == ((True, True), (True, False), (False, False))


def test_a_card_names_the_release_and_the_last_drill(version: ModelVersion, cast: dict[str, User]) -> None:
    assert card(version)["release"] is None
    Drill.objects.create(
        version_id=version.pk,
        version=str(version),
        returns_to="gpt 0",
        held_at=timezone.now(),
        passed=False,
        report={},
    )
    assert card(version)["rollback"]["drill"]["passed"] is False


def test_a_card_tells_of_drift_and_of_each_state(version: ModelVersion, world: World) -> None:
    seen = drift.Seen.of(deployment="gpt-eu", sent="gpt-1", reported="gpt-9", fingerprint=None)
    drift.observe(seen=seen, model="gpt", model_version="1", blocks=False, request_id=version.pk)
    version.lifecycle = "deprecated"
    version.save()
    version.notes = "Nothing of its state."
    version.save()
    made = card(version)
    assert [row["reported"] for row in made["drift"]] == ["gpt-9"]
    assert [row["lifecycle"] for row in made["lifecycle"]] == ["approved", "deprecated"]


def test_what_people_wrote_makes_no_markdown(version: ModelVersion) -> None:
    assert "It \\| \\<b\\>talks\\</b\\> to customers." in markdown(card(version))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same(version: ModelVersion, sign_in: SignIn, form: str) -> None:
    url = reverse("admin:registry_modelversion_card_file", args=[version.pk, form])
    answer = sign_in("auditor").get(url)
    text = answer.content.decode().replace("\\", "")
    for said in [*SAID, card(version)["sha256"]]:
        assert said in text
    assert f"model-card-gpt-1.{form}" in answer["Content-Disposition"]
    entry = Entry.objects.get(event_type="model.card_exported")
    assert (entry.data["form"], entry.data["sha256"]) == (form, card(version)["sha256"])
    assert sign_in("outsider").get(url).status_code == 403


def test_the_page_shows_the_card(version: ModelVersion, sign_in: SignIn) -> None:
    page = sign_in("auditor").get(reverse("admin:registry_modelversion_card", args=[version.pk]))
    text = page.content.decode()
    for said in (*SAID, "missing", "holds", "It was never tried", "&lt;b&gt;talks"):
        assert said in text
    linked = sign_in("auditor").get(reverse("admin:registry_modelversion_change", args=[version.pk]))
    assert reverse("admin:registry_modelversion_card", args=[version.pk]) in linked.content.decode()


def test_a_form_that_is_none_is_not_found(version: ModelVersion, sign_in: SignIn) -> None:
    url = reverse("admin:registry_modelversion_card_file", args=[version.pk, "pdf"])
    assert sign_in("auditor").get(url).status_code == 404


def test_a_card_made_under_a_release_names_it(
    version: ModelVersion, cast: dict[str, User], own_section_only: None
) -> None:
    ChecklistRule.objects.all().delete()
    release = releases.publish(actor=cast["author"], reason="first")
    assert card(version)["release"] == {"number": release.number, "sha256": release.digest}
    assert json.loads(json.dumps(card(version)))
