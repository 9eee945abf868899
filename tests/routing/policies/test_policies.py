import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from routing.core.notation import NotationProblem
from routing.errors import DefaultPolicyNeeded
from routing.models import Policy, Rule
from routing.services import policies
from routing.services.policies import RuleText

pytestmark = pytest.mark.django_db


def defaults():
    return list(Policy.objects.filter(is_default=True).values_list("name", flat=True))


def test_the_first_policy_is_the_default_and_another_can_become_it(author):
    for name in ("one", "two"):
        policies.save(policy=Policy(name=name), actor=author)
    assert defaults() == ["one"]
    policies.make_default(policy=Policy.objects.get(name="two"), actor=author)
    assert defaults() == ["two"]


def test_the_database_refuses_a_second_default(author):
    policies.save(policy=Policy(name="one"), actor=author)
    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.create(name="two", is_default=True)


def test_the_default_is_neither_turned_off_nor_deleted(author):
    policy = policies.save(policy=Policy(name="one"), actor=author)
    policy.enabled = False
    with pytest.raises(DefaultPolicyNeeded):
        policies.save(policy=policy, actor=author)
    with pytest.raises(DefaultPolicyNeeded):
        policies.delete(policy=policy, actor=author)


def test_a_policy_is_not_called_auto(author):
    with pytest.raises(ValidationError):
        policies.save(policy=Policy(name="auto"), actor=author)


def test_rules_are_replaced_and_keep_their_history(standard, author):
    kept = standard.rules.get(name="rest")
    rules = [RuleText("rest", "", "model beta"), RuleText("new", "task in x", "refuse")]
    policies.replace_rules(policy=standard, rules=rules, actor=author)
    assert [rule.name for rule in standard.rules.all()] == ["rest", "new"]
    assert standard.rules.get(name="rest").pk == kept.pk
    history = Rule.history.filter(id=kept.pk).order_by("history_id")
    assert [row.history_type for row in history] == ["+", "~"]
    assert {row.history_actor for row in history} == {"author"}
    assert Rule.history.filter(name="extract", history_type="-").exists()


def test_a_text_that_cannot_be_read_changes_nothing(standard, author):
    rules = [RuleText("rest", "", "refuse"), RuleText("bad", "", "modell alpha")]
    with pytest.raises(NotationProblem):
        policies.replace_rules(policy=standard, rules=rules, actor=author)
    assert standard.rules.count() == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"conditions": [{"fact": "mood", "op": "in", "values": ["x"]}]},
        {"conditions": "task in x"},
        {"conditions": [{"fact": "task", "op": "in", "values": ["x"], "else": 1}]},
        {"route": {"node": "magic"}},
        {"route": {"node": "model"}},
        {"route": ["model"]},
    ],
)
def test_json_that_is_no_rule_is_refused(standard, changes):
    rule = Rule(policy=standard, name="odd", **{"conditions": [], "route": None, **changes})
    with pytest.raises(ValidationError):
        rule.full_clean()


def test_deleting_a_policy_is_in_its_history(standard, author):
    other = policies.save(policy=Policy(name="other"), actor=author)
    policies.replace_rules(policy=other, rules=[RuleText("all", "", "refuse")], actor=author)
    policies.delete(policy=other, actor=author)
    assert Policy.history.filter(name="other", history_type="-").get().history_actor == "author"
    assert Rule.history.filter(name="all", history_type="-").get().history_actor == "author"
