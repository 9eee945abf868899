"""What people do in the admin, in a real browser, on a demo that really answers."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from signalbox.demo.catalogue import upstream_id

from tests.browser.conftest import Site, Visitor

pytestmark = pytest.mark.browser

Arrive = Callable[..., Visitor]
PAGES = (
    "",
    "registry/matrix/",
    "registry/proposal/",
    "registry/release/",
    "registry/release/compare/",
    "registry/release/in-force/",
    "registry/delegation/",
    "registry/reviewrule/",
    "inbox/",
    "registry/provider/",
    "registry/model/",
    "registry/modelversion/",
    "registry/deployment/",
    "registry/deployment/add/",
    "registry/price/",
    "registry/catalog/",
    "registry/dataclass/",
    "registry/credential/",
    "registry/team/",
    "registry/application/",
    "registry/apikey/",
    "registry/apikey/add/",
    "routing/policy/",
    "routing/playground/",
    "routing/batch/",
    "routing/storedfile/",
    "routing/data-flow/",
    "routing/health/",
    "routing/shares/",
    "routing/failover/",
    "routing/task/",
    "routing/prompttemplate/",
    "routing/trainedrouter/",
    "evaluation/evaluationset/",
    "billing/budget/",
    "billing/ledgerentry/",
    "audit/request/",
    "routing/heldanswer/",
    "audit/attempt/",
    "audit/entry/",
    "registry/user/",
    "auth/group/",
    "registry/teammembership/",
    "registry/notice/",
    "registry/webhook/",
    "registry/webhook/add/",
)


def test_a_wrong_password_stays_outside(site: Site, visitors: Arrive) -> None:
    visitor = visitors()
    visitor.sign_in("author", "not the password")
    expect(visitor.page.get_by_text("Please enter the correct")).to_be_visible()
    assert "/admin/login/" in visitor.page.url


def test_an_auditor_changes_nothing(visitors: Arrive) -> None:
    page = visitors("auditor").page
    page.goto("/admin/registry/matrix/")
    assert page.get_by_role("button", name="Save the decision").count() == 0
    page.goto("/admin/registry/deployment/")
    assert page.locator("a[href$='/deployment/add/']").count() == 0


def test_the_dossier_tells_a_request_from_top_to_bottom(site: Site, visitors: Arrive) -> None:
    told = f"[[demo:fail_model={upstream_id('demo-frontier')}]] Hello"
    status, _, headers = site.ask(told, x_signalbox_task="code")
    assert (status, headers["x-signalbox-model"]) == (200, "demo-workhorse")
    page = visitors("auditor").page
    page.goto(f"/admin/audit/request/?q={headers['x-request-id']}")
    page.locator("#result_list tbody a").first.click()
    story = page.locator(".sb-story")
    for said in ("helpdesk", "hard-tasks", "demo-frontier", "demo-workhorse", "attempt.finished"):
        expect(story).to_contain_text(said)


def test_an_auditor_exports_what_the_filters_show(site: Site, visitors: Arrive, tmp_path: Path) -> None:
    request_id = site.ask("Hello")[2]["x-request-id"]
    page = visitors("auditor").page
    page.goto("/admin/audit/request/")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()
    file = tmp_path / "requests.csv"
    download.value.save_as(file)
    with file.open(newline="", encoding="utf-8-sig") as rows:
        found = list(csv.DictReader(rows))
    assert request_id in {row["id"] for row in found}


def test_who_is_no_auditor_gets_no_export(visitors: Arrive) -> None:
    page = visitors("author").page
    page.goto("/admin/audit/request/")
    assert page.get_by_role("button", name="Export CSV").count() == 0


def test_a_request_is_sent_from_the_playground_as_an_application(visitors: Arrive) -> None:
    page = visitors("author").page
    page.goto("/admin/routing/playground/")
    page.get_by_label("Message").fill("What is a signal box?")
    page.get_by_label("Data class").select_option("internal")
    page.get_by_label("Beside it").select_option("thrifty")
    page.get_by_role("button", name="Send").click()
    answers = page.get_by_role("article")
    expect(answers).to_have_count(2)
    expect(answers.last).to_contain_text("Hello from demo-economy")
    answers.last.get_by_role("link", name="The whole record").click()
    expect(page.locator(".sb-story")).to_contain_text("author sent it from the playground")
    expect(page.locator(".sb-pic-won")).to_contain_text("demo-economy")
