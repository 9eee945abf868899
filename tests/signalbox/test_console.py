"""The admin site itself: signing in, the sidebar, and the plain look."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse
from signalbox.console import Console
from signalbox.sidebar import navigation

from audit.models import Entry
from registry.models import User

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a long enough password"
PLAIN = """
import django
django.setup()
from django.test import Client
from django.test.utils import setup_test_environment
from django.core.management import call_command
from registry.models import User
call_command("migrate", verbosity=0)
client = Client()
client.force_login(User.objects.create_superuser("root", password="a long enough password"))
for url in ("/admin/", "/admin/registry/matrix/", "/admin/registry/proposal/", "/admin/registry/apikey/add/",
            "/admin/registry/credential/add/", "/admin/registry/model/add/", "/admin/registry/user/"):
    answer = client.get(url, headers={"host": "localhost"})
    assert answer.status_code == 200, (url, answer.status_code)
    assert b"unfold" not in answer.content, url
print("plain pages hold")
"""


def test_the_site_is_ours() -> None:
    assert isinstance(admin.site._wrapped, Console)  # type: ignore[attr-defined]


def test_signing_in_is_in_the_register(db: None) -> None:
    User.objects.create_user("ann", password=PASSWORD, is_staff=True)
    url = reverse("admin:login")
    client = Client()
    client.post(url, {"username": "ann", "password": "wrong"})
    assert not Entry.objects.filter(event_type="login.succeeded").exists()
    client.post(url, {"username": "ann", "password": PASSWORD})
    entry = Entry.objects.get(event_type="login.succeeded")
    assert '"name":"ann"' in entry.body
    assert PASSWORD not in entry.body


@pytest.mark.parametrize(("superuser", "titles"), [(True, True), (False, False)])
def test_the_sidebar_shows_what_a_person_may_see(db: None, superuser: bool, titles: bool) -> None:
    request = RequestFactory().get("/admin/")
    request.user = User(username="ann", is_staff=True, is_superuser=superuser)
    groups = {group["title"] for group in navigation(request)}
    assert ("Registry" in groups) is titles
    assert "" in groups


def test_no_page_of_ours_loads_anything_from_elsewhere() -> None:
    for path in (*(ROOT / "templates").rglob("*.html"), *(ROOT / "registry" / "static").rglob("*.css")):
        text = path.read_text()
        assert "https://" not in text, path
        assert "http://" not in text, path


def test_the_plain_admin_serves_the_same_pages(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "signalbox.settings",
        "SIGNALBOX_PLAIN_ADMIN": "1",
        "SIGNALBOX_DEMO": "1",
        "SIGNALBOX_DATA_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'plain.sqlite3'}",
    }
    done = subprocess.run(
        [sys.executable, "-c", PLAIN], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert "plain pages hold" in done.stdout, done.stderr
