"""Routes as pictures: what is drawn, what is said, and that nothing in a name becomes markup."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from routing.core.notation import parse_route
from routing.core.parts import every_part
from routing.core.pictures import Note, picture
from routing.core.route_document import route_from
from tests.routing.core.test_editing import ROUTES

SVG = "{http://www.w3.org/2000/svg}"
NESTED = "fallback\n  model a\n  balance by weight\n    3: model b region eu\n    1: model c"


def drawn(text: str, other: str = "", mark: str = "") -> ET.Element:
    svg = picture(
        parse_route(text), ident="r", title="After", other=parse_route(other) if other else None, mark=mark
    )
    return ET.fromstring(svg)


def texts(root: ET.Element) -> list[str]:
    return [text.text or "" for text in root.iter("text")]


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ("model gpt", ["gpt"]),
        ("refuse", ["refuse", "no call is made"]),
        ("model gpt region eu", ["gpt", "region eu"]),
        ("model a\nmodel b", ["1.", "2.", "in this order", "a", "b"]),
        (
            NESTED,
            ["1.", "2.", "75 %", "25 %", "in this order", "a", "one of", "by share", "b", "region eu", "c"],
        ),
        ("balance by cost\n  model a\n  model b", ["one of", "the cheapest", "a", "b"]),
        ("fallback on timeout\n  model a\n  model b", ["1.", "2.", "in this order", "on timeout", "a", "b"]),
    ],
)
def test_every_node_is_drawn_with_its_words(route: str, said: list[str]) -> None:
    assert texts(drawn(route)) == said


def test_who_can_not_see_it_reads_it() -> None:
    root = drawn(NESTED)
    title, description = root.find("title"), root.find("desc")
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "r-t r-d")
    assert title is not None
    assert description is not None
    assert (title.text, description.text) == (
        "After",
        "first a, then (one of, by share b (region eu) (3 of 4) and c (1 of 4))",
    )


def test_the_bounds_of_an_experiment_are_read_by_who_reviews_it() -> None:
    bounds = ("errors above 50 after 200", "score below control by 20")
    lines = "".join(f"  stop when {bound}\n" for bound in bounds)
    description = drawn(f"experiment e\n{lines}  arm x\n    model a\n  arm y\n    model b").find("desc")
    assert description is not None
    assert "arms stopped when errors above 50 after 200; score below control by 20" in (
        description.text or ""
    )


def test_what_the_other_does_not_call_is_marked_in_words() -> None:
    root = drawn("model a\nmodel b", other="model a", mark="new")
    marked = [group for group in root.iter("g") if group.get("class") == "sb-pic-new"]
    assert [texts(group) for group in marked] == [["b", "new"]]


def test_boxes_never_overlap() -> None:
    places = {(rect.get("x"), rect.get("y")) for rect in drawn(NESTED).iter("rect")}
    assert len(places) == 5


def test_names_are_no_markup() -> None:
    route: dict[str, Any] = {"node": "model", "model": '<script>alert("1")</script>'}
    assert "<script>" not in picture(route, ident="r", title="<b>")


def test_a_node_of_a_later_version_is_drawn_by_its_name() -> None:
    svg = picture({"node": "model", "model": "a"}, ident="r", title="x", other={"node": "future"}, mark="new")
    assert "sb-pic-new" in svg


@pytest.mark.parametrize("text", ROUTES.values(), ids=ROUTES)
def test_every_part_of_a_plan_has_its_place_in_the_picture(text: str) -> None:
    value = parse_route(text)
    assert value is not None
    notes = {part.path: Note(edge=f"at {part.path}") for part in every_part(route_from(value))}
    drawn_at = texts(ET.fromstring(picture(value, ident="r", title="x", notes=notes)))
    hidden = {path for path in notes.keys() - {"0"} if f"at {path}" not in drawn_at}
    assert all("~" in path or path.endswith(".j") for path in hidden), hidden


def test_what_is_known_of_a_call_is_written_on_its_line_and_in_its_box() -> None:
    svg = picture(
        parse_route("model a\nmodel b"),
        ident="r",
        title="x",
        notes={"0.1": Note("$0.01", "answered", "won")},
    )
    root = ET.fromstring(svg)
    assert "$0.01" in texts(root)
    (won,) = [group for group in root.iter("g") if group.get("class") == "sb-pic-won"]
    assert texts(won) == ["b", "answered"]
