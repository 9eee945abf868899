"""Every page of the console, light and dark: it opens without an error, asks nobody else, and axe-core finds
nothing serious or critical on it. Pictures are kept where SIGNALBOX_SCREENSHOTS says.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Visitor
from tests.browser.test_console import PAGES

pytestmark = pytest.mark.browser

Arrive = Callable[..., Visitor]
GRAVE = {"serious", "critical"}
# Django's autocomplete fields are select2's, which names a box by its value: an empty one has no name.
THEIRS = [[".select2-container"]]


def found_on(visitor: Visitor) -> list[str]:
    """What is grave on the page that is open, a line for each element."""
    return grave_on(visitor.page)


def grave_on(page: Page) -> list[str]:
    report: Any = Axe().run(page, context={"exclude": THEIRS}).response
    return [
        f"{page.url}: {fault['id']} ({fault['impact']}): {node['html'][:200]}"
        for fault in report["violations"]
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_opens_without_an_error_or_a_serious_fault(
    site: Site, visitors: Arrive, pictures: Path, scheme: str
) -> None:
    site.ask("Hello")
    visitor, found = visitors("admin", scheme), []
    for path in PAGES:
        visitor.page.goto(f"/admin/{path}", wait_until="networkidle")
        name = path.strip("/").replace("/", "-") or "overview"
        visitor.page.screenshot(path=pictures / f"{name}-{scheme}.png", full_page=True)
        assert visitor.problems == [], path
        found += found_on(visitor)
    assert not found, "\n".join(found)
    assert len(list(pictures.glob(f"*-{scheme}.png"))) == len(PAGES)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_neither_have_the_matrix_with_its_details_and_its_editor(visitors: Arrive, scheme: str) -> None:
    visitor = visitors("author", scheme)
    visitor.page.goto("/admin/registry/matrix/", wait_until="networkidle")
    visitor.page.locator("#sb-matrix [tabindex='0']").press("ArrowRight")
    expect(visitor.page.get_by_role("tooltip")).to_be_visible()
    assert found_on(visitor) == []
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("dialog")).to_be_visible()
    assert found_on(visitor) == []
