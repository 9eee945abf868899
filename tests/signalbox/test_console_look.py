"""What all pages of the console share: which entry is marked, names to the letter, moments, empty lists."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group, Permission
from django.template.defaultfilters import date
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from signalbox.sidebar import navigation

from registry.admin.rights_in_words import rights_in_words
from registry.models import Team, User


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="a long enough password"))
    return client


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("/admin/", ["Overview"]),
        ("/admin/registry/release/", ["Releases"]),
        ("/admin/registry/release/in-force/", ["What was in force"]),
        ("/admin/registry/model/add/", ["Models"]),
        ("/admin/password_change/", []),
    ],
)
def test_one_entry_of_the_sidebar_is_marked(db: None, path: str, marked: list[str]) -> None:
    request = RequestFactory().get(path)
    request.user = User(username="ann", is_staff=True, is_superuser=True)
    items = [item for group in navigation(request) for item in group["items"]]
    assert [item["title"] for item in items if item["active"]] == marked


@pytest.mark.parametrize(
    ("value", "told", "coloured"), [(True, "yes", True), (False, "no", False), (None, "unknown", False)]
)
def test_only_a_yes_is_coloured_and_each_has_a_name(value: bool | None, told: str, coloured: bool) -> None:
    html = render_to_string("unfold/helpers/boolean.html", {"value": value})
    assert f'aria-label="{told}"' in html
    assert ("green" in html) is coloured
    assert "red" not in html


def test_a_row_is_named_to_the_letter(root: Client) -> None:
    team = Team.objects.create(name="night-shift")
    html = root.get(f"/admin/registry/team/{team.pk}/change/").content.decode()
    assert "night-shift" in html
    assert "Night-shift" not in html


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "has the link to suspend it"),
        ("?q=nothing", "Nothing meets the search"),
    ],
)
def test_an_empty_list_says_why(root: Client, query: str, told: str) -> None:
    page = root.get(f"/admin/registry/suspension/{query}").content.decode()
    assert told in page
    assert "yielded" not in page


def test_moments_are_written_without_guessing() -> None:
    assert date(datetime(2026, 3, 4, 15, 6, tzinfo=UTC), "DATETIME_FORMAT") == "2026-03-04 15:06 UTC"


def test_a_role_is_read_in_words(db: None) -> None:
    group = Group.objects.create(name="night shift")
    assert rights_in_words(group) == ["nothing"]
    wanted = ("view_team", "change_team", "view_budget", "suspend", "view_historicalteam")
    group.permissions.set(Permission.objects.filter(codename__in=wanted))
    plain = "suspend providers, models, keys, teams and routes"
    assert rights_in_words(group) == ["see, change: team", "see: budget", plain]
