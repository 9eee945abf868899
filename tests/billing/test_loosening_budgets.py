"""A hard budget is loosened only by a proposal, and tightened at once, whatever the door."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from billing_cast import budget
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from governance import seeded, set_quorums

from billing.core import windows
from billing.core.loosening import STRICTER_WINDOWS, of_budget
from billing.models import Budget
from billing.selectors import current_epoch, load_budgets
from billing.services import budgets
from registry.errors import NotPermitted, OwnProposal, ReasonMissing
from registry.models import DataClass, Pointer, Proposal, ProposalState, Release, User
from registry.releases import sections
from registry.services import applying, approving, roles

BUDGET = {
    "team": None,
    "application": "a",
    "api_key": "",
    "end_user": "",
    "model": "",
    "experiment": "",
    "each_end_user": False,
    "window": "month",
    "limit_usd": "10",
    "enforcement": "hard",
    "enabled": True,
}


@pytest.mark.parametrize(
    ("change", "loosens"),
    [
        ({"limit_usd": "10.000000001"}, True),
        ({"limit_usd": "9.5"}, False),
        ({"enabled": False}, True),
        ({"enforcement": "alert_only"}, True),
        ({"window": "total"}, False),
        ({"window": "day"}, True),
        ({"window": "week"}, True),
        ({"each_end_user": True}, True),
        ({"model": "gpt"}, True),
        ({"team": "t"}, True),
        ({"experiment": "new"}, True),
        ({"application": "b"}, True),
        ({"application": None}, False),
    ],
)
def test_a_budget_is_loosened_where_more_may_be_spent(change: dict[str, object], loosens: bool) -> None:
    assert of_budget(BUDGET, {**BUDGET, **change}) == (frozenset(change) if loosens else frozenset())


@pytest.mark.parametrize("slack", [{"enabled": False}, {"enforcement": "alert_only"}])
def test_what_refuses_nothing_is_not_loosened(slack: dict[str, object]) -> None:
    before = {**BUDGET, **slack}
    assert of_budget(before, {**before, "limit_usd": "1000", "window": "day"}) == frozenset()


@pytest.mark.parametrize("before", sorted(STRICTER_WINDOWS))
def test_a_stricter_window_holds_whole_shorter_ones(before: str) -> None:
    """Two moments of one shorter window never lie in two of the longer one."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    moments = [start + timedelta(hours=6 * step) for step in range(4 * 800)]
    for after in STRICTER_WINDOWS[before]:
        seen: dict[datetime, datetime] = {}
        for moment in moments:
            shorter = windows.start_of(windows.Window(before), moment)
            longer = windows.start_of(windows.Window(after), moment)
            assert seen.setdefault(shorter, longer) == longer


@pytest.fixture
def people(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, User]:
    """A configuration in force, whose changes somebody of finance approves."""
    registered = {section.name: section for section in sections.all_sections()}
    monkeypatch.setattr(sections, "_sections", {"registry": registered["registry"]})
    roles.seed()
    groups = {"boss": roles.ADMIN, "author": roles.POLICY_AUTHOR, "money": roles.FINANCE_APPROVER}
    found = {name: User.objects.create_user(name, is_staff=True) for name in groups}
    for name, role in groups.items():
        found[name].groups.add(Group.objects.get(name=role))

    def work() -> None:
        DataClass.objects.create(name="public", rank=0)
        set_quorums(1)

    seeded(found["author"], work)
    return found


def asked(boss: User, **changes: object) -> budgets.Saved:
    found = Budget.objects.get()
    for name, value in changes.items():
        setattr(found, name, value)
    return budgets.save(budget=found, actor=boss, reason="The year's end.")


governed = pytest.mark.governed


@governed
def test_raising_a_limit_waits_for_finance(people: dict[str, User]) -> None:
    budget(limit="10")
    saved = asked(people["boss"], limit_usd=Decimal(20))
    assert Budget.objects.get().limit_usd == 10
    assert saved.proposal is not None
    assert approving.ballot(saved.proposal).missing == {"finance": 1}
    with pytest.raises(OwnProposal):
        approving.approve(proposal=saved.proposal, actor=people["boss"], digest=saved.proposal.digest)
    version = Pointer.objects.get().directory_version
    approving.approve(proposal=saved.proposal, actor=people["money"], digest=saved.proposal.digest)
    applying.apply(proposal=saved.proposal, actor=people["boss"])
    assert load_budgets().rules[0].limit_nano == 20_000_000_000
    assert Pointer.objects.get().directory_version > version


@governed
def test_lowering_is_immediate_and_recorded(people: dict[str, User]) -> None:
    budget(limit="10")
    assert asked(people["boss"], limit_usd=Decimal(5)).proposal is None
    assert Budget.objects.get().limit_usd == 5
    assert not Proposal.objects.filter(source="loosening").exists()


@governed
def test_of_a_mixture_the_tightening_holds_at_once(people: dict[str, User]) -> None:
    budget(limit="10", window="day")
    saved = asked(people["boss"], limit_usd=Decimal(20), window="total")
    assert Budget.objects.values_list("limit_usd", "window").get() == (10, "total")
    assert saved.proposal is not None
    (change,) = saved.proposal.change_set
    assert change.after == {"limit_usd": "20"}


@governed
def test_a_loosened_scope_makes_the_counters_be_rebuilt(people: dict[str, User]) -> None:
    budget(limit="10")
    saved = asked(people["boss"], each_end_user=True)
    assert saved.proposal is not None
    approving.approve(proposal=saved.proposal, actor=people["money"], digest=saved.proposal.digest)
    epoch = current_epoch()
    applying.apply(proposal=saved.proposal, actor=None)
    assert current_epoch() == epoch + 1


@governed
def test_a_loosening_needs_a_reason_and_somebody(people: dict[str, User]) -> None:
    found = budget(limit="10")
    found.limit_usd = Decimal(20)
    with pytest.raises(NotPermitted):
        budgets.save(budget=found, actor=None, reason="So.")
    found.limit_usd = Decimal(20)
    with pytest.raises(ReasonMissing):
        budgets.save(budget=found, actor=people["boss"])
    assert Budget.objects.get().limit_usd == 10


@governed
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_budget SET limit_usd = limit_usd + 1",
        "UPDATE billing_budget SET limit_usd = 9000000",
        "UPDATE billing_budget SET enabled = NOT enabled",
        "UPDATE billing_budget SET enforcement = 'alert_only'",
        """UPDATE billing_budget SET "window" = 'day'""",
        "UPDATE billing_budget SET model = 'gpt'",
        "UPDATE billing_budget SET each_end_user = NOT each_end_user",
        "DELETE FROM billing_budget",
    ],
)
def test_the_database_refuses_what_loosens(people: dict[str, User], statement: str) -> None:
    budget(limit="9.9")
    with (
        pytest.raises(IntegrityError, match="hard budget"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@governed
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_budget SET limit_usd = 1.5",
        """UPDATE billing_budget SET "window" = 'total'""",
        "UPDATE billing_budget SET name = 'another'",
    ],
)
def test_the_database_lets_pass_what_tightens(people: dict[str, User], statement: str) -> None:
    budget(limit="9.9")
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount == 1


@governed
def test_the_form_asks_why_and_says_what_waits(people: dict[str, User], client: Client) -> None:
    found = budget(limit="10")
    client.force_login(people["boss"])
    page = reverse("admin:billing_budget_change", args=[found.pk])
    form = {
        "name": "all",
        "window": "total",
        "limit_usd": "20",
        "enforcement": "hard",
        "thresholds": "[50]",
        "enabled": "on",
        "alerts-TOTAL_FORMS": "0",
        "alerts-INITIAL_FORMS": "0",
    }
    refused = client.post(page, form).content.decode()
    assert "This loosens limit (USD)" in refused
    said = client.post(page, {**form, "loosening_reason": "The year's end."}, follow=True).content.decode()
    assert "Not in force yet: limit (USD)" in said
    assert Budget.objects.values_list("limit_usd", "window").get() == (10, "total")


@governed
def test_where_nobody_has_to_agree_the_release_says_so(people: dict[str, User]) -> None:
    from registry.services import proposals
    from registry.services.rehearsal import rehearse

    changes = rehearse(lambda: set_quorums(0)).changes
    alone = proposals.draft(author=people["author"], title="Alone", reason="So.", changes=changes)
    alone = proposals.submit(proposal=alone, actor=people["author"])
    for role in (roles.PLATFORM_APPROVER, roles.PRIVACY_OFFICER):
        person = User.objects.create_user(role, is_staff=True)
        person.groups.add(Group.objects.get(name=role))
        approving.approve(proposal=alone, actor=person, digest=alone.digest)
    approving.approve(proposal=alone, actor=people["money"], digest=alone.digest)
    applying.apply(proposal=alone, actor=None)
    budget(limit="10")
    saved = asked(people["boss"], limit_usd=Decimal(20))
    assert saved.proposal is not None
    assert (saved.proposal.state, saved.budget.limit_usd) == (ProposalState.APPLIED, 20)
    assert Release.objects.order_by("number").last().self_published
