"""What the matrix page says of a cell is what the decision core does with it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from registry.core.matrix_state import State, matrix_states
from routing.core.decision import Reason
from routing.core.matrix import denial
from routing.core.release import Cell, CellDecision, Certification, DataClass
from routing.core.rulings import rulings_of
from tests.routing.core.builders import NOW_US, deployment, facts, release
from tests.routing.core.matrix_document import document_of
from tests.routing.core.matrix_strategies import lives, releases

# A request that meets every condition on requests that the generated releases have.
HARMLESS = facts(team="t1", application="a1", input_tokens=0)
ENDED = (Reason.MATRIX_EXPIRED, Reason.CERTIFICATION_EXPIRED)


def states(made, now_us):
    return matrix_states(document_of(made), now_us).items()


def reason(made, name, data_class, now_us):
    found = denial(rulings_of(made)[name].get(data_class), HARMLESS, now_us)
    return found[0] if found else None


@settings(max_examples=400)
@given(releases(), lives)
def test_a_cell_is_shown_open_where_and_only_where_some_request_passes(made, live):
    for name, row in states(made, live.now_us):
        for data_class, found in row.items():
            open_now = found.state in (State.APPROVED, State.CONDITIONAL)
            assert open_now is (reason(made, name, data_class, live.now_us) is None)
            assert open_now or found.why


@settings(max_examples=400)
@given(releases(), lives)
def test_what_ended_is_shown_as_expired(made, live):
    for name, row in states(made, live.now_us):
        for data_class, found in row.items():
            ended = reason(made, name, data_class, live.now_us) in ENDED
            assert (found.state is State.EXPIRED) is ended


@settings(max_examples=400)
@given(releases(), lives)
def test_an_open_cell_denies_from_the_moment_on_that_it_names(made, live):
    for name, row in states(made, live.now_us):
        for data_class, found in row.items():
            if found.ends_us is not None:
                assert reason(made, name, data_class, found.ends_us) in ENDED
                assert reason(made, name, data_class, found.ends_us - 1) is None


APPROVED = Cell(CellDecision.APPROVED)
HELD = Certification("acme-soc2", "soc2", "acme", "", NOW_US - 9, NOW_US + 9)
TOLD = [
    ({"cell": None}, State.ABSENT, "Nothing was decided", ""),
    ({"cell": Cell(CellDecision.DENIED)}, State.DENIED, "It was decided so", ""),
    ({"cell": replace(APPROVED, valid_to_us=NOW_US)}, State.EXPIRED, "Its approval ended at 2023-11-14", ""),
    ({"cell": replace(APPROVED, valid_from_us=NOW_US + 1)}, State.DENIED, "Its approval begins at", ""),
    ({"requires": ("no_training",)}, State.DENIED, "The class requires “no_training”", "no_training"),
    ({"requires": ("certification:soc2",)}, State.DENIED, "which is not met", "certification:soc2"),
    (
        {"requires": ("certification:soc2",), "held": replace(HELD, valid_to_us=NOW_US)},
        State.EXPIRED,
        "acme-soc2 ended at",
        "certification:soc2",
    ),
    ({"requires": ("certification:soc2",), "held": HELD}, State.APPROVED, "with acme-soc2", ""),
    ({"requires": ("full_moon",)}, State.DENIED, "unknown and so denies", "full_moon"),
    (
        {"cell": Cell(CellDecision.CONDITIONAL, ("no_tools",))},
        State.CONDITIONAL,
        "A request must meet “no_tools”.",
        "",
    ),
    ({"cell": Cell(CellDecision.CONDITIONAL)}, State.DENIED, "names no condition", ""),
]


@pytest.mark.parametrize(("given_", "state", "said", "unmet"), TOLD)
def test_a_cell_tells_why(given_, state, said, unmet):
    cell = given_.get("cell", APPROVED)
    made = release(
        deployment("a", cells={"public": cell} if cell else {}),
        data_classes={"public": DataClass("public", 0, requirements=given_.get("requires", ()))},
        certifications=(given_["held"],) if "held" in given_ else (),
    )
    found = matrix_states(document_of(made), NOW_US)["a"]["public"]
    assert (found.state, found.unmet) == (state, unmet)
    assert said in " ".join(found.why)


def test_one_certification_after_another_ends_with_the_last():
    renewed = replace(HELD, name="renewed", valid_from_us=NOW_US + 9, valid_to_us=NOW_US + 20)
    made = release(
        deployment("a"),
        data_classes={"public": DataClass("public", 0, requirements=("certification:soc2",))},
        certifications=(renewed, HELD, replace(renewed, name="gap", valid_from_us=NOW_US + 21)),
    )
    found = matrix_states(document_of(made), NOW_US)["a"]["public"]
    assert (found.ends_us, found.ends) == (NOW_US + 20, "renewed")
