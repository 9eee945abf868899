"""What is said of a matrix before it is published: what can never hold, and what ends soon."""

from dataclasses import replace

import pytest

from registry.core.expiry import DAY_US, notice_days
from routing.core.lint import problems_of
from routing.core.release import Cell, CellDecision, Certification, DataClass, Provider
from tests.routing.core.builders import NOW_US, deployment, release

HELD = Certification("acme-soc2", "soc2", "acme", "", 0, NOW_US + 8 * DAY_US)
APPROVED = Cell(CellDecision.APPROVED)


def told(*requirements, held=(), cell=APPROVED, providers=None):
    """Message by code, for one deployment in Germany and a class with these requirements."""
    made = release(
        deployment("a", country="DE", cells={"public": cell}),
        data_classes={"public": DataClass("public", 0, requirements=requirements)},
        certifications=tuple(held),
        providers=providers or {},
    )
    return {problem.code: problem for problem in problems_of(made, NOW_US)}


def test_a_class_of_which_no_deployment_meets_the_requirements_is_told():
    found = told("no_training", "country:de")["requirements_unmet"]
    assert (found.subject, found.fatal) == ("data class public", False)
    assert "no_training" in found.message


def test_a_class_that_something_meets_is_not():
    assert "requirements_unmet" not in told(
        "no_training", "country:de", providers={"acme": Provider("acme", no_training=True)}
    )


def test_a_requirement_that_only_a_future_certification_meets_is_told():
    found = told("certification:soc2", held=[replace(HELD, valid_from_us=NOW_US + 1)])
    assert "requirements_unmet" in found
    assert "cell_never_holds" not in found


NEVER = [
    Cell(CellDecision.CONDITIONAL, ("no_tools", "country:fr")),
    Cell(CellDecision.CONDITIONAL, ("certification:iso27001",)),
    Cell(CellDecision.CONDITIONAL, ("certification:soc2",)),
    Cell(CellDecision.CONDITIONAL, ("full_moon",)),
    Cell(CellDecision.CONDITIONAL),
]


@pytest.mark.parametrize("cell", NEVER)
def test_a_cell_that_can_never_hold_is_told(cell):
    found = told(cell=cell, held=[replace(HELD, valid_to_us=NOW_US)])["cell_never_holds"]
    assert found.subject == "deployment a"
    assert (cell.conditions or ("no condition is given",))[-1] in found.message


@pytest.mark.parametrize(
    "cell",
    [
        APPROVED,
        Cell(CellDecision.DENIED),
        Cell(CellDecision.CONDITIONAL, ("country:de", "no_tools")),
        Cell(CellDecision.CONDITIONAL, ("certification:soc2",)),
        Cell(CellDecision.APPROVED, (), None, NOW_US),
    ],
)
def test_a_cell_that_can_hold_or_says_itself_that_it_is_over_is_not(cell):
    assert "cell_never_holds" not in told(cell=cell, held=[HELD])


@pytest.mark.parametrize(
    ("days", "notice"), [(91, None), (90, 90), (31, 90), (30, 30), (7, 7), (1, 7), (0, 0), (-1, 0)]
)
def test_an_end_is_announced_ninety_thirty_and_seven_days_ahead(days, notice):
    assert notice_days(NOW_US + days * DAY_US, NOW_US) == notice
    ends = told(held=[replace(HELD, valid_to_us=NOW_US + days * DAY_US)]).get("certification_ends")
    assert (ends is not None) is bool(notice)
    assert ends is None or f"within {notice} days" in ends.message


def test_who_relies_on_what_ends_is_told_with_it():
    assert (
        "a for public relies on it" in told("certification:soc2", held=[HELD])["certification_ends"].message
    )
    assert "nothing relies on it" in told("certification:dpa/dpf", held=[HELD])["certification_ends"].message


def test_what_is_over_is_told_as_long_as_something_relies_on_it():
    over = replace(HELD, valid_to_us=NOW_US)
    assert "certification_over" in told("certification:soc2", held=[over])
    assert "certification_over" not in told(held=[over])


RENEWALS = [
    ({}, True),
    ({"valid_to_us": None}, True),
    ({"valid_from_us": HELD.valid_to_us + 1}, False),
    ({"kind": "iso27001"}, False),
    ({"provider": "other"}, False),
    ({"countries": ("FR",)}, False),
    ({"valid_to_us": HELD.valid_to_us - 1}, False),
]


@pytest.mark.parametrize(("changes", "renews"), RENEWALS)
def test_what_was_renewed_without_a_gap_is_not_told(changes, renews):
    renewed = replace(HELD, name="renewed", valid_from_us=HELD.valid_to_us, valid_to_us=NOW_US + 400 * DAY_US)
    subjects = {
        problem.subject
        for problem in problems_of(
            release(deployment("a"), certifications=(HELD, replace(renewed, **changes))), NOW_US
        )
        if problem.code == "certification_ends"
    }
    assert ("certification acme-soc2" not in subjects) is renews


def test_a_requirement_that_is_unknown_is_told():
    assert "requirement_unknown" in told("full_moon")
