"""The kill switch in the browser: one person stops a model at once; it takes two to let it run again."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, Visitor
from tests.browser.test_proposals import soon

pytestmark = pytest.mark.browser

Arrive = Callable[..., Visitor]
MODEL = "demo-frontier"


def status(site: Site) -> int:
    return site.ask("Hello", model=MODEL)[0]


def test_a_model_is_stopped_by_one_person_and_started_by_two(site: Site, visitors: Arrive) -> None:
    assert status(site) == 200
    page = visitors("admin").page
    page.goto("/admin/registry/model/")
    page.get_by_role("link", name=MODEL).first.click()
    page.get_by_role("link", name=f"Suspend {MODEL}").click()
    page.get_by_label("Reason").fill("It answers in riddles.")
    page.get_by_role("button", name="Suspend").click()
    page.wait_for_load_state()
    assert soon(lambda: status(site) == 403)
    page.goto("/admin/registry/suspension/")
    page.get_by_role("link", name=re.compile(MODEL)).first.click()
    page.get_by_role("link", name=re.compile("lift", re.I)).first.click()
    page.get_by_label("Why it may be used again").fill("It was told off.")
    page.get_by_role("button", name="Propose to lift it").click()
    page.wait_for_load_state()
    assert status(site) == 403
    approver = visitors("approver").page
    approver.goto("/admin/inbox/")
    approver.get_by_role("link", name=re.compile(f"lift.*{MODEL}", re.I)).first.click()
    approver.get_by_role("button", name="Approve these changes").click()
    expect(approver.get_by_text(re.compile(r"is in force: release \d+"))).to_be_visible()
    assert soon(lambda: status(site) == 200)
