"""Which budgets a request draws on, and the windows in which they count."""

from datetime import UTC, datetime

import pytest
from billing_live_cast import Payer, rule
from hypothesis import given
from hypothesis import strategies as st

from billing.core.budgets import BudgetBook
from billing.core.windows import Calendar, Window, end_of, start_of, to_us

NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)  # a Sunday
NOW_US = to_us(NOW)


@pytest.mark.parametrize(
    ("scope", "applies"),
    [
        ({}, True),
        ({"team": "payments"}, True),
        ({"team": "research"}, False),
        ({"application": "invoices"}, True),
        ({"api_key": "abcdefghijkl"}, True),
        ({"api_key": "another"}, False),
        ({"end_user": "anna"}, True),
        ({"end_user": "ben"}, False),
        ({"team": "payments", "application": "other"}, False),
        ({"team": "payments", "end_user": "anna", "model": "gpt"}, True),
        ({"model": "gpt"}, True),
        ({"model": "claude"}, False),
    ],
)
def test_a_budget_applies_where_every_part_of_its_scope_does(scope, applies: bool) -> None:
    book = BudgetBook(epoch=1, rules=(rule(**scope),))
    assert bool(book.lines(Payer(), "anna", 10, {"gpt": 10}, NOW_US)) is applies


def test_a_budget_for_a_model_holds_what_that_model_may_cost() -> None:
    book = BudgetBook(epoch=1, rules=(rule(1), rule(2, model="claude")))
    lines = book.lines(Payer(), "", 30, {"gpt": 20, "claude": 30}, NOW_US)
    assert [(line.budget_id, line.amount_nano) for line in lines] == [(1, 30), (2, 30)]


def test_each_end_user_has_a_counter_and_those_not_named_share_one() -> None:
    book = BudgetBook(epoch=1, rules=(rule(each_end_user=True),))
    keys = {user: book.lines(Payer(), user, 1, {}, NOW_US)[0].counter_key for user in ("anna", "ben", "")}
    assert len(set(keys.values())) == 3


def test_an_end_user_who_is_not_named_is_held_once_where_another_is_named() -> None:
    book = BudgetBook(epoch=1, rules=(rule(1, team="payments"), rule(2, team="payments", end_user="anna")))
    assert [line.budget_id for line in book.lines(Payer(), "", 1, {}, NOW_US)] == [1]


def test_an_overlong_end_user_is_counted_as_the_ledger_names_it() -> None:
    book = BudgetBook(epoch=1, rules=(rule(each_end_user=True),))
    long, cut = (book.lines(Payer(), "x" * length, 1, {}, NOW_US)[0].counter_key for length in (300, 256))
    assert long == cut


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [
        (Window.DAY, datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)),
        (Window.WEEK, datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)),
        (Window.MONTH, datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        (Window.TOTAL, datetime(1970, 1, 1, tzinfo=UTC), None),
    ],
)
def test_windows_are_calendar_windows_in_utc(window: Window, start, end) -> None:
    assert start_of(window, NOW) == start
    assert end_of(window, NOW) == end


moments = st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC))


@given(st.sampled_from([Window.DAY, Window.WEEK, Window.MONTH]), moments)
def test_every_moment_lies_in_its_window_and_the_next_begins_where_it_ends(window: Window, moment) -> None:
    start, end = start_of(window, moment), end_of(window, moment)
    assert end is not None
    assert start <= moment < end
    assert start_of(window, end) == end


@given(st.lists(moments, min_size=1, max_size=5))
def test_the_calendar_remembers_only_what_is_still_true(several) -> None:
    calendar = Calendar()
    for moment in several:
        for window in Window:
            start_s, _ = calendar.bounds_s(window, to_us(moment))
            assert start_s == int(start_of(window, moment).timestamp())


scopes = st.fixed_dictionaries(
    {},
    optional={
        "team": st.sampled_from(["payments", "research"]),
        "application": st.sampled_from(["invoices", "chat"]),
        "end_user": st.sampled_from(["anna", "ben"]),
        "model": st.sampled_from(["gpt", "claude"]),
    },
)


@given(
    st.lists(scopes, max_size=12), st.sampled_from(["anna", "ben", ""]), st.sampled_from(["gpt", "claude"])
)
def test_lines_are_those_of_a_plain_search_through_all_budgets(several, end_user: str, model: str) -> None:
    rules = tuple(rule(number, **scope) for number, scope in enumerate(several))
    actual = {"team": "payments", "application": "invoices", "end_user": end_user, "model": model}
    expected = {r.id for r, scope in zip(rules, several, strict=True) if scope.items() <= actual.items()}
    lines = BudgetBook(epoch=1, rules=rules).lines(Payer(), end_user, 5, {model: 5}, NOW_US)
    assert {line.budget_id for line in lines} == expected
    assert len({line.counter_key for line in lines}) == len(lines)
