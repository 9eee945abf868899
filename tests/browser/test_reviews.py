"""The queue of answers that wait for a person, by keyboard, light and dark."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_accessibility import grave_on
from tests.promises.test_held_answers import REVIEWER, became, held
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]


@pytest.fixture(params=["light", "dark"])
def page(stack: Stack, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = chromium.new_context(base_url=stack.url, color_scheme=request.param)
    context.set_default_timeout(15_000)
    made = context.new_page()
    made.goto("/admin/login/")
    made.fill("input[name=username]", REVIEWER["username"])
    made.fill("input[name=password]", REVIEWER["password"])
    made.keyboard.press("Enter")
    made.wait_for_url("**/admin/")
    yield made
    context.close()


def test_an_answer_is_read_changed_and_released_by_keyboard(
    stack: Stack, page: Page, pictures: Path, request: pytest.FixtureRequest
) -> None:
    scheme = request.node.callspec.params["page"]
    request_id = held(stack)
    faults = []
    page.goto("/admin/routing/heldanswer/", wait_until="networkidle")
    faults += grave_on(page)
    page.screenshot(path=pictures / f"reviews-{scheme}.png", full_page=True)
    page.goto(f"/admin/routing/heldanswer/{request_id}/change/", wait_until="networkidle")
    faults += grave_on(page)
    page.get_by_role("button", name="Show request and answer").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="The answer")).to_have_text("The total is 41.")
    faults += grave_on(page)
    page.get_by_label("What the application gets").fill("The total is 42.")
    page.screenshot(path=pictures / f"review-{scheme}.png", full_page=True)
    page.keyboard.press("Tab")
    page.keyboard.type("It was one short.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Released as you changed it.")).to_be_visible()
    assert became(stack, request_id).json()["review"]["edited"] is True
    assert not faults, "\n".join(faults)
