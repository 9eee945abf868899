"""Which changes of a key, a team or an application let it do more."""

import pytest

from registry.core.loosening import of_key, of_owner

RANKS = {"public": 0, "internal": 10, "secret": 20}
KEY = {
    "application": "a",
    "scopes": ["chat", "models"],
    "clearance": "internal",
    "default_data_class": "internal",
    "requests_per_min": 60,
    "tokens_per_min": None,
    "expires_at": "2027-01-01T00:00:00.000000+00:00",
}


@pytest.mark.parametrize(
    ("change", "loosens"),
    [
        ({}, False),
        ({"clearance": "secret"}, True),
        ({"clearance": "public"}, False),
        ({"clearance": "unknown"}, True),
        ({"default_data_class": "public"}, True),
        ({"default_data_class": "secret"}, False),
        ({"default_data_class": None}, False),
        ({"default_data_class": "unknown"}, True),
        ({"requests_per_min": 61}, True),
        ({"requests_per_min": None}, True),
        ({"requests_per_min": 59}, False),
        ({"tokens_per_min": 10}, False),
        ({"expires_at": "2027-01-01T00:00:00.000001+00:00"}, True),
        ({"expires_at": None}, True),
        ({"expires_at": "2026-12-31T23:59:59.000000+00:00"}, False),
        ({"scopes": ["models", "chat"]}, False),
        ({"scopes": ["chat"]}, False),
        ({"scopes": ["chat", "route"]}, True),
        ({"application": "b"}, True),
    ],
)
def test_a_key_is_loosened_where_it_may_do_more(change: dict[str, object], loosens: bool) -> None:
    assert of_key(KEY, {**KEY, **change}, RANKS) == (frozenset(change) if loosens else frozenset())


def test_naming_a_default_where_the_strictest_class_stood_loosens() -> None:
    before = {**KEY, "default_data_class": None}
    assert of_key(before, {**before, "default_data_class": "secret"}, RANKS) == {"default_data_class"}


def test_of_a_form_that_mixes_both_only_what_loosens_is_named() -> None:
    after = {**KEY, "clearance": "secret", "requests_per_min": 1}
    assert of_key(KEY, after, RANKS) == {"clearance"}


@pytest.mark.parametrize(
    ("before", "after", "loosened"),
    [
        ({"is_active": True}, {"is_active": False}, set()),
        ({"is_active": False}, {"is_active": True}, {"is_active"}),
        ({"is_active": True, "team": "a"}, {"is_active": True, "team": "b"}, {"team"}),
        ({"is_active": True, "team": "a"}, {"is_active": False, "team": "a"}, set()),
    ],
)
def test_switching_on_and_moving_loosen(
    before: dict[str, object], after: dict[str, object], loosened: set[str]
) -> None:
    assert of_owner(before, after) == loosened
