"""The matrix without a mouse."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser

Arrive = Callable[..., Visitor]


def enter_grid(page: Page) -> None:
    """By Tab alone, as whoever has no mouse does."""
    page.goto("/admin/registry/matrix/")
    page.locator("button[data-clear]").focus()
    page.keyboard.press("Tab")


def place_of(page: Page) -> str:
    """The deployment and the class of the cell that has the focus."""
    script = "document.activeElement.querySelector('input')?.value ?? ''"
    return str(page.evaluate(script))


def test_a_cell_is_decided_by_the_keyboard_alone(visitors: Arrive) -> None:
    page = visitors("author").page
    enter_grid(page)
    first = place_of(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    there = place_of(page)
    assert there.split(" ")[0] != first.split(" ")[0]
    page.keyboard.press(" ")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press(" ")
    expect(page.get_by_role("status").filter(has_text="Selected")).to_have_text(
        "Selected: 2 cells, 0 deployments."
    )
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2 cells are selected.")
    page.keyboard.type("Denied")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.type("Browser test: decided by hand.")
    dialog.get_by_role("button", name="Save the decision").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are working on draft")).to_be_visible()
    assert page.get_by_text("Draft: Denied").count() == 2


def test_details_come_with_the_focus_and_go_with_escape(visitors: Arrive) -> None:
    page = visitors("auditor").page
    page.goto("/admin/registry/matrix/")
    page.locator("#sb-matrix [tabindex='0']").focus()
    detail = page.get_by_role("tooltip")
    expect(detail).to_contain_text("Evidence:")
    described = page.evaluate("document.activeElement.getAttribute('aria-describedby')")
    assert described == "sb-matrix-detail"
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(detail).to_be_visible()


def test_escape_leaves_the_editor_for_the_cell_it_was_opened_from(visitors: Arrive) -> None:
    page = visitors("author").page
    enter_grid(page)
    place = place_of(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text(place.split(" ")[0])
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert place_of(page) == place


def test_a_row_is_copied_by_the_keyboard_alone(visitors: Arrive) -> None:
    page = visitors("author").page
    enter_grid(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Copy the decisions of").select_option("demo-frontier-eu")
    dialog.get_by_label("Replace what was decided there").check()
    dialog.get_by_role("button", name="Copy the decisions").press("Enter")
    expect(page.get_by_text("You are working on draft")).to_be_visible()
    assert page.get_by_text("Draft: ").count() > 0
