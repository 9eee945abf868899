"""Change sets as their approvers read them."""

import pytest

from registry.core.changes import ChangeSet
from registry.services.rehearsal import rehearse
from registry.wording import in_words
from routing.models import Policy
from routing.services import policies

pytestmark = pytest.mark.django_db


def told(changes: ChangeSet) -> list[str]:
    return [
        f"{item.op} {item.noun} {item.name}" + "".join(f" | {line}" for line in item.lines)
        for item in in_words(changes)
    ]


def reordered(names: list[str]) -> ChangeSet:
    """What putting the rules into this order changes."""

    def work() -> None:
        policy = Policy.objects.get(name="standard")
        rules = [policies.RuleText(name, f"task in {name}", "model gpt") for name in names]
        policies.replace_rules(policy=policy, rules=rules, actor=None)

    return rehearse(work).changes


@pytest.fixture
def standard(db: None) -> Policy:
    policy = policies.save(policy=Policy(name="standard"), actor=None)
    rules = [policies.RuleText(name, f"task in {name}", "model gpt") for name in ("eu", "us", "rest")]
    policies.replace_rules(policy=policy, rules=rules, actor=None)
    return policy


@pytest.mark.parametrize(
    ("order", "lines"),
    [
        (["rest", "eu", "us"], ["changed policy standard | rule 3 “rest” now comes before rule 1 “eu”"]),
        (["us", "rest", "eu"], ["changed policy standard | rule 1 “eu” now comes last"]),
        (["eu", "us", "rest"], []),
        (["eu", "us"], ["removed rule rest of standard"]),
    ],
)
def test_a_new_order_of_rules_is_told_by_what_moved(
    standard: Policy, order: list[str], lines: list[str]
) -> None:
    assert told(reordered(order)) == lines


def test_a_route_and_its_conditions_are_words(standard: Policy) -> None:
    def work() -> None:
        rules = [
            policies.RuleText("eu", "task in eu", "model gpt\nmodel other"),
            policies.RuleText("us", "", "refuse"),
            policies.RuleText("rest", "task in rest", "model gpt"),
        ]
        policies.replace_rules(policy=standard, rules=rules, actor=None)

    assert told(rehearse(work).changes) == [
        "changed rule eu of standard | route: gpt → first gpt, then other",
        "changed rule us of standard | conditions: task is us → always | route: gpt → refuse",
    ]
