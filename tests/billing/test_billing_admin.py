"""Budgets and ledger in admin: what is seen, and what nobody may do."""

import pytest
from billing_cast import budget, charged, held
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.models import Budget, LedgerEntry
from registry.models import Team

pytestmark = pytest.mark.django_db
LIST = "admin:billing_budget_changelist"
FORM = {
    "name": "research",
    "window": "month",
    "limit_usd": "25",
    "enforcement": "hard",
    "thresholds": "[50, 100]",
    "enabled": "on",
    "alerts-TOTAL_FORMS": "0",
    "alerts-INITIAL_FORMS": "0",
}


@pytest.fixture
def browser(client: Client, django_user_model) -> Client:
    user = django_user_model.objects.create_superuser(username="root", password="correct horse battery")
    client.force_login(user)
    return client


def text(response) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_list_shows_what_is_spent_and_held(browser) -> None:
    budget(limit="10")
    charged(amount=2_500_000_000)
    held(amount=1_000_000_000)
    assert "2.5000 spent, 1.0000 held of 10.00 USD" in text(browser.get(reverse(LIST)))


def test_the_list_asks_as_often_for_many_budgets_as_for_one(browser) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            browser.get(reverse(LIST))
        return len(seen)

    budget("first", team=Team.objects.create(name="payments"))
    queries()
    one = queries()
    for number in range(10):
        budget(f"b{number}", team=Team.objects.create(name=f"team{number}"))
    assert queries() == one


def test_of_a_limit_for_each_end_user_the_fullest_is_shown(browser) -> None:
    budget(limit="1", each_end_user=True)
    charged(amount=100_000_000, end_user="anna")
    charged(amount=900_000_000, end_user="ben")
    page = text(browser.get(reverse(LIST)))
    assert "0.9000 spent" in page
    assert "ben" in page


def test_a_budget_is_added_and_changed_through_the_service(browser) -> None:
    assert browser.post(reverse("admin:billing_budget_add"), FORM).status_code == 302
    saved = Budget.objects.get()
    change = reverse("admin:billing_budget_change", args=[saved.pk])
    assert browser.post(change, {**FORM, "limit_usd": "5"}).status_code == 302
    assert [row.history_actor for row in saved.history.all()] == ["root", "root"]
    assert text(browser.get(change))
    assert text(browser.get(reverse("admin:billing_budget_history", args=[saved.pk])))


def test_a_budget_that_makes_no_sense_is_told_in_the_form(browser) -> None:
    page = text(browser.post(reverse("admin:billing_budget_add"), {**FORM, "model": "no-such-model"}))
    assert "There is no model of this name" in page


def test_a_budget_is_never_deleted(browser) -> None:
    saved = budget()
    assert browser.post(reverse("admin:billing_budget_delete", args=[saved.pk])).status_code == 403


def test_the_ledger_is_read_and_filtered_and_nothing_else(browser) -> None:
    Team.objects.create(name="payments")
    request_id = held()
    charged(request_id, amount=40)
    everything = reverse("admin:billing_ledgerentry_changelist")
    assert str(request_id) in text(browser.get(everything, {"q": str(request_id)}))
    assert "0.000000040" in text(browser.get(everything, {"kind__exact": "settled", "team": "payments"}))
    row = LedgerEntry.objects.filter(kind="settled").get()
    assert text(browser.get(reverse("admin:billing_ledgerentry_change", args=[row.pk])))
    assert browser.get(reverse("admin:billing_ledgerentry_add")).status_code == 403
    assert browser.post(reverse("admin:billing_ledgerentry_delete", args=[row.pk])).status_code == 403
