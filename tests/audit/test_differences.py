"""History in words: what changed, readable without knowing our tables."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.differences import Words
from billing.models import Budget
from registry.models import Application, Team, User
from registry.services import roles


@pytest.fixture
def budget(db: None) -> Budget:
    return Budget.objects.create(name="all", limit_usd=Decimal("100.500000000"), thresholds=[50])


def after(row: Any, **fields: Any) -> list[str]:
    """What the history says of `row` once `fields` are saved."""
    before = row.history.first()
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    return Words().differences(before, row.history.first())


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"limit_usd": Decimal(250)}, ["limit (USD): 250 instead of 100.5"]),
        ({"enabled": False}, ["enabled: no instead of yes"]),
        ({"window": "day"}, ["window: day instead of calendar month"]),
        ({"end_user": "anna"}, ["end user: anna (it was empty)"]),
        ({"thresholds": [50, 80]}, ["thresholds: [50, 80] instead of [50]"]),
        ({}, []),
        ({"name": "new", "model": "gpt"}, ["name: new instead of all", "model: gpt (it was empty)"]),
    ],
)
def test_a_change_reads_as_a_sentence(budget: Budget, fields: dict[str, Any], says: list[str]) -> None:
    assert after(budget, **fields) == says


def test_a_related_row_is_named_also_once_it_is_gone(budget: Budget) -> None:
    team = Team.objects.create(name="payments")
    assert after(budget, team=team) == ["team: payments (it was empty)"]
    before, pk = budget.history.first(), team.pk
    budget.team = None
    budget.save()
    team.delete()
    says = Words().differences(before, budget.history.first())
    assert says == [f"team: empty (it was one that is gone ({pk}))"]


def test_names_in_a_list_are_told_as_added_and_taken_away(db: None) -> None:
    from registry.models import Webhook

    hook = Webhook.objects.create(name="pager", url="https://x.example.com/", kinds=["model.drift"])
    assert after(hook, kinds=["login.locked"]) == ["kinds: login.locked added; model.drift taken away"]


def test_the_page_says_who_when_why_and_what(budget: Budget) -> None:
    roles.seed()
    boss = User.objects.create_superuser("boss")
    client = Client()
    client.force_login(boss)
    author = User.objects.create_user("author")
    budget._history_user, budget._change_reason, budget.limit_usd = author, "ticket 7", Decimal(7)
    budget.save()
    author.delete()
    text = client.get(reverse("admin:billing_budget_history", args=[budget.pk])).content.decode()
    for words in ("author", "ticket 7", "limit (USD): 7 instead of 100.5", "created", "the system ("):
        assert words in text
    assert f"{budget.history.first().history_date:%Y-%m-%d %H:%M:%S}" in text


def test_the_oldest_row_of_a_page_is_compared_with_the_one_before_it(
    budget: Budget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing.admin.BudgetAdmin.history_list_per_page", 1)
    budget.enabled = False
    budget.save()
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    text = client.get(reverse("admin:billing_budget_history", args=[budget.pk])).content.decode()
    assert "enabled: no instead of yes" in text


def test_history_survives_its_user_and_a_shell(db: None) -> None:
    team = Team.objects.create(name="payments")
    application = Application(team=team, name="invoices")
    application._history_user = User.objects.create_user("ann")
    application.save()
    User.objects.get(username="ann").delete()
    application = Application.objects.get()
    application.purpose = "from a shell"
    application.save()
    latest, first = application.history.all()
    assert first.history_actor == "ann"
    assert latest.history_actor.startswith("the system (")
