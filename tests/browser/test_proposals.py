"""From a change in the admin to what applications get, and back: in two people's browsers, on a real demo."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import RELEASE_TIMEOUT_S, Site, Visitor

pytestmark = pytest.mark.browser

Arrive = Callable[..., Visitor]


def soon(holds: Callable[[], bool]) -> bool:
    """Whether it holds within the time in which a release must be live everywhere."""
    deadline = time.monotonic() + RELEASE_TIMEOUT_S
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def propose_route(page: Page, route: str) -> None:
    """Another route for the policy “thrifty”, which leads to the page of the draft."""
    page.goto("/admin/routing/policy/")
    page.get_by_role("link", name="thrifty").click()
    page.get_by_text("For experts: the route as text").first.click()
    page.locator("textarea[name$='-route']").first.fill(route)
    page.locator("button[name=_save], input[name=_save]").first.click()
    page.wait_for_url("**/registry/proposal/*/change/")


def test_a_route_is_built_of_steps_without_a_line_of_text(visitors: Arrive) -> None:
    """By keyboard too; what is wrong is said beside its step, and what is built becomes the draft."""
    page = visitors("author").page
    page.goto("/admin/routing/policy/")
    page.get_by_role("link", name="thrifty").click()
    page.get_by_text("Build the steps").first.click()
    route = page.locator(".sb-tree").first
    route.get_by_label("The route: what is done here").select_option("cascade")
    expect(route.get_by_text("Choose what is done here.")).to_be_visible()
    level = route.locator("[data-at='members.1']").first
    level.get_by_label("Level 2: what is done here").select_option("model")
    level.get_by_label("Model", exact=True).select_option("demo-frontier")
    up = route.get_by_role("button", name="Move up: Level 2")
    up.press("Enter")
    expect(route.get_by_label("Model", exact=True).first).to_have_value("demo-frontier")
    expect(page.locator(".sb-editor .sb-problem")).to_have_count(0)
    expect(page.locator(".sb-editor-seen").first).to_contain_text("cascade")
    page.locator("button[name=_save], input[name=_save]").first.click()
    page.wait_for_url("**/registry/proposal/*/change/")
    expect(page.get_by_text("demo-economy").first).to_be_visible()
    page.get_by_text("Withdraw…").click()
    page.get_by_role("button", name="Withdraw it for good").click()


def submit(page: Page, reason: str) -> str:
    """Submit the draft whose page is open; the path of its page."""
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_text("It waits for whoever decides")).to_be_visible()
    return re.sub(r"^https?://[^/]+", "", page.url)


def approve(visitors: Arrive, path: str) -> None:
    """The second login reads the proposal from its inbox, approves it, and applies it at once."""
    page = visitors("approver").page
    page.goto("/admin/inbox/")
    page.locator(f"a[href='{path}']").first.click()
    page.get_by_role("button", name="Approve these changes").click()
    expect(page.get_by_text(re.compile(r"is in force: release \d+"))).to_be_visible()


def model_of(site: Site) -> str:
    return site.ask("Hello", model="thrifty")[2].get("x-signalbox-model", "")


def test_a_route_is_proposed_read_approved_live_and_taken_back(site: Site, visitors: Arrive) -> None:
    page = visitors("author").page
    propose_route(page, "model demo-workhorse")
    expect(page.get_by_text("route: demo-economy → demo-workhorse")).to_be_visible()
    expect(page.get_by_role("img", name="After: the route")).to_be_visible()
    path = submit(page, "The cheap one was too cheap.")
    assert page.get_by_role("button", name="Approve these changes").count() == 0
    assert model_of(site) == "demo-economy", "it acted before anybody approved it"
    approve(visitors, path)
    assert soon(lambda: model_of(site) == "demo-workhorse")
    page.goto("/admin/registry/release/")
    page.locator("#result_list tbody a").last.click()
    page.get_by_role("link", name="Propose to return to this release").click()
    expect(page.get_by_text("route: demo-workhorse → demo-economy")).to_be_visible()
    page.get_by_role("button", name="Propose to return to this release").click()
    approve(visitors, submit(page, "It was better."))
    assert soon(lambda: model_of(site) == "demo-economy")


def test_a_decision_in_the_matrix_acts_once_it_is_approved(site: Site, visitors: Arrive) -> None:
    refused, body, _ = site.ask("Hello", x_signalbox_data_class="restricted")
    assert (refused, body["error"]["code"]) == (403, "data_class_denied")
    page = visitors("author").page
    page.goto("/admin/registry/matrix/")
    page.locator("input[value='demo-economy-eu restricted']").check()
    page.get_by_role("button", name="Decide the selected cells…").click()
    page.locator("select[name=decision]").select_option("approved")
    page.locator("textarea[name=evidence]").fill("Browser test: assessment TIA-99.")
    page.get_by_role("button", name="Save the decision").click()
    expect(page.get_by_text("You are working on draft")).to_be_visible()
    page.get_by_role("link", name="Review and submit").click()
    expect(page.get_by_text("absent, which denies → approved")).to_be_visible()
    path = submit(page, "TIA-99 was signed.")
    assert site.ask("Hello", x_signalbox_data_class="restricted")[0] == 403
    approve(visitors, path)
    assert soon(lambda: site.ask("Hello", x_signalbox_data_class="restricted")[0] == 200)


def test_an_emergency_change_acts_at_once_and_is_taken_back_by_its_review(
    site: Site, visitors: Arrive
) -> None:
    page = visitors("author").page
    propose_route(page, "refuse")
    path = submit(page, "It answers nonsense.")
    admin = visitors("admin").page
    admin.goto(path)
    admin.get_by_text("Break the glass…").click()
    admin.get_by_label("What the emergency is").fill("Customers see nonsense.")
    admin.get_by_label("I know that this takes effect now").check()
    admin.get_by_role("button", name="Break the glass and apply it now").click()
    expect(admin.get_by_text("It must be reviewed by")).to_be_visible()
    assert soon(lambda: site.ask("Hello", model="thrifty")[0] == 403)
    reviewer = visitors("approver").page
    reviewer.goto(path)
    reviewer.get_by_label("Why").fill("They do not.")
    reviewer.get_by_role("button", name="Take it back now").click()
    expect(reviewer.get_by_text("has taken it back")).to_be_visible()
    assert soon(lambda: site.ask("Hello", model="thrifty")[0] == 200)


def test_a_draft_is_set_aside_and_taken_up_again(visitors: Arrive) -> None:
    page = visitors("author").page
    propose_route(page, "model demo-frontier")
    page.goto("/admin/")
    expect(page.get_by_text("You are working on draft")).to_be_visible()
    page.get_by_role("button", name="Set aside").click()
    expect(page.get_by_text("was set aside")).to_be_visible()
    assert page.get_by_text("You are working on draft").count() == 0
    page.get_by_role("button", name="Continue editing").click()
    expect(page.get_by_text("You are working on draft")).to_be_visible()
    page.get_by_text("Withdraw…").click()
    page.get_by_role("button", name="Withdraw it for good").click()
    expect(page.get_by_text("was withdrawn")).to_be_visible()
