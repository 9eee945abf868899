"""What a class requires of a deployment, what a cell's conditions ask of it, and when that ends."""

from dataclasses import replace

import pytest

from routing.core import codec
from routing.core.decide import decide
from routing.core.decision import Plan, Reason, Refusal
from routing.core.document import release_from
from routing.core.release import Cell, CellDecision, Certification, DataClass, Provider
from routing.core.residency import read_residency
from tests.routing.core.builders import NOW_US, deployment, facts, live, release

ACME = Provider("acme", ("IE",), zero_retention=True, no_training=True)
SOC2 = Certification("acme-soc2", "soc2", "acme", "", NOW_US - 1, NOW_US + 1)
BOTH = ("health", "personal")


def verdict(*requirements, held=(), provider=ACME, kinds=(), cell=None, asked=None, country="DE"):
    """(reason, detail) for a deployment and a class with these requirements; None where it serves."""
    data_class = DataClass("public", 0, kinds=kinds, requirements=requirements)
    cells = {"public": cell or Cell(CellDecision.APPROVED)}
    made = release(
        deployment("a", country=country, cells=cells),
        data_classes={"public": data_class},
        providers={} if provider is None else {"acme": provider},
        certifications=tuple(held),
    )
    decision = decide(made, facts(clearance="public", **(asked or {})), live())
    (candidate,) = decision.candidates
    assert isinstance(decision, Plan) is (candidate.reason is None)
    return None if candidate.reason is None else (candidate.reason, candidate.detail)


MET = [
    ("country:de", {}),
    ("country:at/de", {}),
    ("zero_retention", {}),
    ("no_training", {}),
    ("jurisdiction:ie", {}),
    ("jurisdiction:ie/us", {"provider": replace(ACME, jurisdictions=("US", "IE"))}),
    ("certification:soc2", {"held": [SOC2]}),
    ("certification:iso27001/soc2", {"held": [SOC2]}),
    ("certification:soc2", {"held": [replace(SOC2, valid_to_us=None)]}),
    ("certification:soc2", {"held": [replace(SOC2, provider="", deployment="a")]}),
    ("certification:soc2", {"held": [replace(SOC2, countries=("DE", "AT"))]}),
    (
        "certification:soc2",
        {"held": [replace(SOC2, data_kinds=BOTH)], "kinds": ("health",)},
    ),
    ("certification:soc2", {"held": [replace(SOC2, valid_to_us=NOW_US), SOC2]}),
]


@pytest.mark.parametrize(("requirement", "given"), MET)
def test_a_requirement_that_is_met_lets_through(requirement, given):
    assert verdict(requirement, **given) is None


UNMET = [
    ("country:fr", {}),
    ("country:de", {"country": ""}),
    ("country:eu", {}),  # groups are written out when a release is compiled
    ("country:", {}),
    ("zero_retention", {"provider": replace(ACME, zero_retention=False)}),
    ("zero_retention", {"provider": None}),
    ("no_training", {"provider": replace(ACME, no_training=False)}),
    ("jurisdiction:ie", {"provider": replace(ACME, jurisdictions=("IE", "US"))}),
    ("jurisdiction:ie", {"provider": replace(ACME, jurisdictions=())}),
    ("jurisdiction:ie", {"provider": None}),
    ("certification:soc2", {}),
    ("certification:soc2", {"held": [replace(SOC2, kind="SOC2")]}),
    ("certification:soc2", {"held": [replace(SOC2, provider="other")]}),
    ("certification:soc2", {"held": [replace(SOC2, provider="")]}),
    ("certification:soc2", {"held": [replace(SOC2, deployment="b")]}),
    ("certification:soc2", {"held": [replace(SOC2, countries=("FR",))]}),
    ("certification:soc2", {"held": [replace(SOC2, data_kinds=("health",))]}),
    (
        "certification:soc2",
        {"held": [replace(SOC2, data_kinds=("health",))], "kinds": BOTH},
    ),
    ("certification:soc2", {"held": [replace(SOC2, valid_from_us=NOW_US + 1)]}),
    ("certification:", {"held": [replace(SOC2, kind="")]}),
    ("zero_retention:yes", {}),
    ("ZERO_RETENTION", {}),
    ("moon_is_full", {}),
    ("", {}),
]


@pytest.mark.parametrize(("requirement", "given"), UNMET)
def test_a_requirement_that_is_not_met_or_not_known_denies(requirement, given):
    assert verdict(requirement, **given) == (Reason.REQUIREMENT_UNMET, requirement)


@pytest.mark.parametrize(("condition", "given"), UNMET)
def test_the_same_in_a_cell_is_a_condition_that_is_not_met(condition, given):
    cell = Cell(CellDecision.CONDITIONAL, ("no_stream", condition))
    assert verdict(cell=cell, **given) == (Reason.CONDITION_UNMET, condition)


def test_a_certification_counts_to_the_last_microsecond_of_its_window():
    for now_us, reason in ((NOW_US - 2, Reason.REQUIREMENT_UNMET), (NOW_US - 1, None), (NOW_US, None)):
        assert reason_at(now_us) is reason
    assert reason_at(NOW_US + 1) is Reason.CERTIFICATION_EXPIRED


def reason_at(now_us):
    data_class = DataClass("public", 0, requirements=("certification:soc2",))
    made = release(deployment("a"), data_classes={"public": data_class}, certifications=(SOC2,))
    (candidate,) = decide(made, facts(clearance="public"), replace(live(), now_us=now_us)).candidates
    return candidate.reason


def test_countries_of_a_cell_and_of_its_class_must_both_hold():
    cell = Cell(CellDecision.CONDITIONAL, ("country:de", "country:fr"))
    assert verdict("country:de/fr", cell=cell) is None
    assert verdict("country:fr", cell=cell) == (Reason.REQUIREMENT_UNMET, "country:fr")


def test_an_approval_does_not_outweigh_what_its_class_requires():
    assert verdict("no_training", provider=None) == (Reason.REQUIREMENT_UNMET, "no_training")


RESIDENCIES = [
    (("de",), True),
    (("at", "de"), True),
    (("region:eu",), True),
    (("at",), False),
    (("eu",), False),  # a label of regions is only meant where it says so
    (("region:de",), False),
    (("",), False),
]


@pytest.mark.parametrize(("residency", "allowed"), RESIDENCIES)
def test_a_residency_narrows_to_the_places_that_it_names(residency, allowed):
    expected = None if allowed else (Reason.RESIDENCY, "DE")
    assert verdict(asked={"residency": residency}) == expected


def test_a_deployment_whose_country_is_unknown_is_in_no_country():
    made = release(deployment("a", region="de"))
    decision = decide(made, facts(residency=("de",)), live())
    assert isinstance(decision, Refusal)
    assert (decision.code, decision.reason) == ("data_class_denied", Reason.RESIDENCY)


WRITTEN = [
    ("DE", ("de",)),
    (" fr, DE,de ", ("de", "fr")),
    ("region:EU-West, at", ("at", "region:eu-west")),
]


@pytest.mark.parametrize(("text", "places"), WRITTEN)
def test_a_residency_has_one_form(text, places):
    assert read_residency(text) == places


def test_groups_of_countries_are_written_out():
    assert set(read_residency("EEA")) - set(read_residency("eu")) == {"is", "li", "no"}
    assert len(read_residency("EU")) == 27


@pytest.mark.parametrize(
    "text",
    ["", " ", ",", "DE,", "XX", "Germany", "\uff24\uff25", "d\u0435", "region:", "de\u00a0", "D" * 201],
)
def test_a_residency_that_can_not_be_read_is_no_residency(text):
    with pytest.raises(ValueError, match=r"two letters|Expected at most"):
        read_residency(text)


OLD_DOCUMENT = {
    "schema": 1,
    "data_classes": [{"name": "public", "rank": 0, "kinds": ["payment_card"], "store_content": False}],
    "deployments": [],
    "policies": [],
    "default_policy": "",
}


def test_a_document_of_before_there_were_requirements_requires_nothing():
    read = release_from(1, "d", OLD_DOCUMENT)
    assert read.data_classes["public"].requirements == ()
    assert (read.certifications, read.providers) == ((), {})


def test_a_retention_that_nobody_stated_is_not_zero():
    stated = [
        {"name": name, "jurisdictions": [], "retention_days": days, "trains_on_data": trains}
        for name, days, trains in (("a", 0, False), ("b", None, None), ("c", 30, True))
    ]
    providers = release_from(1, "d", {**OLD_DOCUMENT, "providers": stated}).providers
    assert [each.zero_retention for each in providers.values()] == [True, False, False]
    assert [each.no_training for each in providers.values()] == [True, False, False]


def test_facts_without_a_residency_are_recorded_as_they_were_before_there_was_one():
    assert "residency" not in codec.facts_value(facts())
    assert codec.facts_from(codec.facts_value(facts(residency=("de",)))).residency == ("de",)
