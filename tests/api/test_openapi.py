"""The description of the API: true to the running server, and readable without the network."""

import json
from pathlib import Path

import httpx
import pytest
from stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.once]
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def document(stack: Stack) -> dict:
    return dict(httpx.get(stack.api_url + "/openapi.json").raise_for_status().json())


def test_every_reference_leads_somewhere(document: dict) -> None:
    text = json.dumps(document)
    named = set(document["components"]["schemas"])
    used = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert used <= named


def test_every_operation_documents_its_errors_in_one_shape(document: dict) -> None:
    for where, path in document["paths"].items():
        shape = "MessagesError" if where.startswith("/v1/messages") else "ErrorAnswer"
        for operation in path.values():
            failures = {
                status: answer for status, answer in operation["responses"].items() if status != "200"
            }
            assert {"400", "401", "403", "405", "500", "503"} <= set(failures)
            for answer in failures.values():
                schema = answer["content"]["application/json"]["schema"]
                assert schema == {"$ref": f"#/components/schemas/{shape}"}


def test_the_docs_page_shows_the_operations_from_our_own_files(stack: Stack) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("no Chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        page = browser.new_page()
        asked: list[str] = []
        problems: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        page.goto(stack.api_url + "/docs")
        page.get_by_text("/v1/chat/completions").first.wait_for(timeout=20_000)
        browser.close()
    assert not problems
    assert all(url.startswith((stack.url, "data:")) for url in asked)
