"""A real Chromium on a real demo. Each module has its own: Playwright's loop must not outlive it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from signalbox.demo import ports, state
from signalbox.parent import die_with_parent

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
START_TIMEOUT_S = 90
TIMEOUT_MS = 15_000
RELEASE_TIMEOUT_S = 5.0


@dataclass
class Site:
    """A demo that runs, and its secrets."""

    url: str
    state: state.State

    def ask(self, content: str, *, model: str = "auto", **headers: str) -> tuple[int, Any, dict[str, str]]:
        """(status, body, headers) of one completion; header names are written with underscores."""
        request = urllib.request.Request(
            f"{self.url}/v1/chat/completions",
            json.dumps({"model": model, "messages": [{"role": "user", "content": content}]}).encode(),
            {
                "authorization": f"Bearer {self.state.api_key}",
                "content-type": "application/json",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer), dict(answer.headers.items())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error), dict(error.headers.items())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("demo")
    port = ports.choose(0)
    environment = {**os.environ, "SIGNALBOX_DATA_DIR": str(directory)}
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    process = subprocess.Popen(
        [sys.executable, "-m", "signalbox.supervisor", "--port", str(port)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=die_with_parent(),
    )
    try:
        url = f"http://{ports.HOST}:{port}"
        deadline = time.monotonic() + START_TIMEOUT_S
        while not ports.says_ready(f"{url}/readyz"):
            assert process.poll() is None, process.communicate()[0].decode()
            assert time.monotonic() < deadline, "the demo did not get ready"
            time.sleep(0.2)
        saved = state.load(directory)
        assert saved is not None
        yield Site(url, saved)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("SIGNALBOX_CI"):
            pytest.fail("CI needs a Chromium.")
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


class Visitor:
    """One person's browser window, and what went wrong in it."""

    def __init__(self, browser: Browser, site: Site, scheme: str = "light") -> None:
        self.site = site
        self.context = browser.new_context(
            base_url=site.url,
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": 1400, "height": 1000},
        )
        self.context.set_default_timeout(TIMEOUT_MS)
        self.page: Page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda said: said.type == "error" and self.problems.append(said.text))
        self.page.on("request", self._must_be_local)
        self.page.on("response", self._must_be_found)

    def _must_be_local(self, request: Any) -> None:
        if not request.url.startswith((self.site.url, "data:", "blob:")):
            self.problems.append(f"asked {request.url}")

    def _must_be_found(self, response: Any) -> None:
        if response.status >= 400:
            self.problems.append(f"{response.status} for {response.url}")

    def sign_in(self, login: str, password: str = "") -> None:
        self.page.goto("/admin/login/")
        self.page.fill("input[name=username]", login)
        self.page.fill("input[name=password]", password or self.site.state.passwords[login])
        self.page.click("[type=submit]")


@pytest.fixture
def visitors(site: Site, chromium: Browser) -> Iterator[Any]:
    """`visitors(login, scheme)` is somebody who has signed in; none may meet a problem."""
    everyone: list[Visitor] = []

    def arrive(login: str = "", scheme: str = "light") -> Visitor:
        visitor = Visitor(chromium, site, scheme)
        everyone.append(visitor)
        if login:
            visitor.sign_in(login)
            visitor.page.wait_for_url("**/admin/")
        return visitor

    yield arrive
    problems = [problem for visitor in everyone for problem in visitor.problems]
    for visitor in everyone:
        visitor.context.close()
    assert problems == []


@pytest.fixture
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: SIGNALBOX_SCREENSHOTS, or a directory that pytest keeps for a while."""
    wanted = os.environ.get("SIGNALBOX_SCREENSHOTS")
    directory = Path(wanted) if wanted else tmp_path_factory.mktemp("screenshots")
    directory.mkdir(parents=True, exist_ok=True)
    return directory
