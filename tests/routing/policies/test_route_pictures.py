"""Routes as pictures on the page of a proposal."""

import pytest
from django.test import RequestFactory

from registry.models import Proposal, User
from registry.services import proposals
from registry.services.rehearsal import rehearse
from routing.admin.route_pictures import routes_panel
from routing.models import Policy
from routing.services import policies

pytestmark = pytest.mark.django_db


@pytest.fixture
def standard() -> Policy:
    policy = policies.save(policy=Policy(name="standard"), actor=None)
    policies.replace_rules(policy=policy, rules=[policies.RuleText("rest", "", "model gpt")], actor=None)
    return policy


def proposed(policy: Policy, *rules: policies.RuleText) -> Proposal:
    author = User.objects.create_superuser("author")
    changes = rehearse(lambda: policies.replace_rules(policy=policy, rules=rules, actor=None)).changes
    return proposals.draft(author=author, title="Change", changes=changes)


def shown(proposal: Proposal) -> str:
    return routes_panel(RequestFactory().get("/"), proposal)


def test_a_changed_route_is_drawn_twice_and_what_is_new_is_marked(standard: Policy) -> None:
    html = shown(proposed(standard, policies.RuleText("rest", "", "model gpt\nmodel other")))
    assert html.count("<svg") == 2
    assert "rule rest of standard" in html
    assert html.count("sb-pic-new") == 1
    assert "After: first gpt, then other" in html


def test_a_new_rule_is_drawn_once(standard: Policy) -> None:
    kept = policies.RuleText("rest", "", "model gpt")
    html = shown(proposed(standard, policies.RuleText("eu", "task in eu", "refuse"), kept))
    assert html.count("<svg") == 1
    assert "sb-pic-refuse" in html


def test_a_change_of_nothing_but_conditions_draws_nothing(standard: Policy) -> None:
    assert shown(proposed(standard, policies.RuleText("rest", "task in eu", "model gpt"))) == ""
