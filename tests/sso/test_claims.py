"""Reading groups out of claims, whatever shape a provider gives them."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from signalbox.sso.configuration import mapping
from signalbox.sso.roles import claimed


@pytest.mark.parametrize(
    ("data", "claim", "found"),
    [
        ({"userinfo": {"groups": ["a", "b"]}}, "groups", {"a", "b"}),
        ({"id_token": {"groups": ["a"]}}, "groups", {"a"}),
        ({"userinfo": {"groups": ["a"]}, "id_token": {"groups": ["b"]}}, "groups", {"a", "b"}),
        ({"groups": "a"}, "groups", {"a"}),
        ({"userinfo": {"realm_access": {"roles": ["a"]}}}, "realm_access.roles", {"a"}),
        ({"userinfo": {"https://example.org/roles": ["a"]}}, "https://example.org/roles", {"a"}),
        ({"userinfo": {"groups": [1, None, "a"]}}, "groups", {"a"}),
        ({"userinfo": {"groups": {"a": True}}}, "groups", set()),
        ({}, "groups", set()),
    ],
)
def test_names_are_found_and_nothing_else_is(data: dict[str, Any], claim: str, found: set[str]) -> None:
    assert claimed(data, claim) == found


def test_a_name_of_theirs_may_hold_an_equals_sign() -> None:
    assert mapping(["cn=admins=admin", " a = auditor "]) == {"cn=admins": "admin", "a": "auditor"}


@pytest.mark.parametrize("pair", ["admins", "=admin", "admins="])
def test_a_mapping_that_is_none_is_refused(pair: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        mapping([pair])
