"""Certifications and agreements: what they are, how long they count, and what a release says of them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from governance import carry_out
from registry_cast import World

from registry.admin.certifications import standing_is
from registry.models import Certification, DataClass, MatrixCell, Standing
from registry.releases.clock import to_us
from registry.releases.compiler import compile_document
from registry.releases.findings import Finding
from registry.releases.validation import validate_registry

pytestmark = pytest.mark.usefixtures("own_section_only")

TODAY = date(2026, 7, 1)
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def certification(world: World, **fields: Any) -> Certification:
    given = {"name": "soc2-2026", "kind": "soc2", "provider": world.deployment.provider, "issued_on": TODAY}
    row = Certification(**{**given, **fields})
    row.full_clean()
    row.save()
    return row


STANDINGS = [
    (None, None, Standing.INCOMPLETE),
    (None, TODAY - timedelta(days=1), Standing.INCOMPLETE),
    (TODAY, None, Standing.VALID),
    (TODAY, TODAY, Standing.EXPIRING),
    (TODAY, TODAY + timedelta(days=89), Standing.EXPIRING),
    (TODAY, TODAY + timedelta(days=90), Standing.VALID),
    (TODAY + timedelta(days=1), None, Standing.UPCOMING),
    (TODAY - timedelta(days=9), TODAY - timedelta(days=1), Standing.EXPIRED),
]


@pytest.mark.parametrize(("issued_on", "expires_on", "standing"), STANDINGS)
def test_a_certification_stands_as_its_days_say(
    world: World, issued_on: date | None, expires_on: date | None, standing: Standing
) -> None:
    row = certification(world, issued_on=issued_on, expires_on=expires_on)
    assert row.standing(NOON) is standing


@pytest.mark.parametrize(("issued_on", "expires_on", "standing"), STANDINGS)
def test_the_filter_of_the_list_agrees(
    world: World, issued_on: date | None, expires_on: date | None, standing: Standing
) -> None:
    certification(world, issued_on=issued_on, expires_on=expires_on)
    found = {each for each in Standing if Certification.objects.filter(standing_is(each, NOON)).exists()}
    assert found == {standing}


def test_the_last_day_ends_at_midnight_utc(world: World) -> None:
    row = certification(world, expires_on=TODAY)
    window = row.window_us
    assert window is not None
    assert window[1] == to_us(datetime(2026, 7, 2, tzinfo=UTC))


WRONG = [
    {"provider": None},
    {"evidence_sha256": "ab" * 31},
    {"evidence_sha256": "AB" * 32},
    {"kind": "SOC 2"},
    {"countries": ["EU"]},
    {"countries": ["de"]},
    {"countries": ["DE", "DE"]},
    {"data_kinds": ["Health"]},
    {"data_kinds": "health"},
    {"expires_on": TODAY - timedelta(days=1)},
]


@pytest.mark.parametrize("fields", WRONG)
def test_what_can_not_be_a_certification_is_refused(world: World, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        certification(world, **fields)


def test_the_database_takes_no_certification_of_nobody_or_of_two(world: World) -> None:
    for holders in ({}, {"provider": world.deployment.provider, "deployment": world.deployment}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Certification.objects.create(name="odd", kind="soc2", **holders)


def test_a_release_says_what_is_held_and_leaves_out_what_is_incomplete(world: World) -> None:
    certification(world, evidence_sha256="ab" * 32, countries=["IE", "DE"], expires_on=TODAY)
    certification(world, name="unknown", issued_on=None)
    (held,) = compile_document().document["certifications"]
    assert (held["provider"], held["deployment"], held["countries"]) == ("openai", "", ["DE", "IE"])
    assert held["evidence_sha256"] == "ab" * 32
    assert held["valid_to_us"] - held["valid_from_us"] == 24 * 3600 * 1_000_000


def test_a_release_says_what_a_class_requires_with_groups_written_out(world: World) -> None:
    world.public.required_certifications = ["soc2", "scc/dpf"]
    world.public.allowed_countries = ["EEA"]
    world.public.allowed_jurisdictions = ["IE"]
    world.public.requires_no_training = world.public.requires_zero_retention = True
    world.public.full_clean()
    world.public.save()
    (public, _) = compile_document().document["data_classes"]
    country = next(each for each in public["requirements"] if each.startswith("country:"))
    assert country.startswith("country:at/be/")
    assert set(public["requirements"]) - {country} == {
        *("certification:scc/dpf", "certification:soc2"),
        *("jurisdiction:ie", "no_training", "zero_retention"),
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"kinds": ["Personal"]},
        {"allowed_countries": ["Europe"]},
        {"allowed_jurisdictions": ["eu"]},
        {"required_certifications": ["soc2/"]},
        {"required_certifications": ["SOC2"]},
    ],
)
def test_a_class_requires_nothing_that_can_not_be_understood(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DataClass(name="odd", rank=99, **fields).clean_fields()


CONDITIONS = [
    (["country:eu", "no_tools"], True),
    (["certification:soc2/iso27001", "jurisdiction:ie"], True),
    (["country:europe"], False),
    (["zero_retention:yes"], False),
    (["moon_is_full"], False),
    ("no_tools", False),
]


@pytest.mark.parametrize(("conditions", "known"), CONDITIONS)
def test_a_cell_takes_only_conditions_that_are_known(world: World, conditions: Any, known: bool) -> None:
    cell = MatrixCell(
        deployment=world.deployment,
        data_class=world.restricted,
        decision="conditional",
        conditions=conditions,
        evidence="ticket 2",
    )
    if known:
        cell.full_clean()
    else:
        with pytest.raises(ValidationError):
            cell.full_clean()


def test_an_approval_is_warned_about_before_it_ends(world: World) -> None:
    for days, said in ((91, None), (90, "90 days"), (8, "30 days"), (7, "7 days")):
        world.deployment.cells.all().delete()
        MatrixCell.objects.create(
            deployment=world.deployment,
            data_class=world.public,
            decision="approved",
            evidence="ticket 1",
            valid_to=NOON + timedelta(days=days),
        )
        found = [each.message for each in _findings() if each.code == "approval_ends"]
        assert len(found) == (0 if said is None else 1)
        assert said is None or said in found[0]


def _findings() -> list[Finding]:
    return list(validate_registry(compile_document().document, to_us(NOON)))


moved = import_module("registry.migrations.0013_texts_become_certifications")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Ireland", ["IE"]),
        ("US", ["US"]),
        ("ie, United States", ["IE", "US"]),
        ("Germany and France", ["DE", "FR"]),
        ("Delaware", []),
        ("EU", []),
        ("Ireland, mostly", []),
    ],
)
def test_a_jurisdiction_becomes_countries_where_it_is_understood(text: str, codes: list[str]) -> None:
    assert moved.countries_of(text) == codes


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("SOC 2 Type II", "soc2"),
        ("ISO/IEC 27001:2022", "iso27001"),
        ("HIPAA BAA", "hipaa_baa"),
        ("C5 (BSI)", "c5-bsi"),
        ("?", "other"),
    ],
)
def test_a_certification_of_before_gets_the_kind_that_it_names(line: str, kind: str) -> None:
    assert moved.kind_of(line) == kind


def test_requirements_and_what_meets_them_are_proposed_in_the_admin(
    world: World, sign_in: Callable[[str], Client]
) -> None:
    client = sign_in("author")
    held = {
        "name": "acme-baa",
        "kind": "hipaa_baa",
        "deployment": world.deployment.pk,
        "data_kinds": "health",
        "countries": "ie, de",
        "issued_on": "2026-01-01",
        "expires_on": "2026-12-31",
    }
    required = {
        "name": "public",
        "rank": "0",
        "kinds": "health, own",
        "allowed_countries": "eea",
        "allowed_jurisdictions": "",
        "required_certifications": "hipaa_baa",
        "requires_no_training": "on",
    }
    client.post(reverse("admin:registry_certification_add"), held)
    client.post(reverse("admin:registry_dataclass_change", args=[world.public.pk]), required)
    assert not Certification.objects.exists()
    carry_out()
    row, changed = Certification.objects.get(), DataClass.objects.get(name="public")
    assert (row.countries, row.data_kinds, row.provider) == (["IE", "DE"], ["health"], None)
    assert (changed.kinds, changed.allowed_countries) == (["health", "own"], ["EEA"])
    assert changed.requirements_in_words == "runs in EEA; no training; hipaa_baa"
