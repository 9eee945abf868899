from dataclasses import replace

import pytest

from registry.releases import all_sections
from registry.releases.compiler import compile_document, validate_document
from registry.services import releases
from routing.core.decide import decide
from routing.core.decision import Plan
from routing.core.document import DocumentUnreadable
from routing.core.lint import problems_of
from routing.core.release import (
    Balance,
    Cell,
    CellDecision,
    Condition,
    Fallback,
    Model,
    Policy,
    Rule,
)
from routing.models import Policy as PolicyRow
from routing.releases import validate_policies
from routing.selectors import compile_release
from routing.services import policies
from tests.routing.core.builders import NOW_US, deployment, facts, live, release, rule

NOW_2027_US = 1_800_000_000_000_000


def codes(*args, **changes):
    return {problem.code: problem for problem in problems_of(release(*args, **changes), NOW_US)}


two = (deployment("a"), deployment("b", provider="other"))


def std(*rules, **changes):
    return {"policies": {"std": Policy("std", rules, **changes)}}


def nested(depth):
    return Model("a") if depth == 1 else Fallback((nested(depth - 1),))


A, B = Model("a"), Model("b")
ERRORS = [
    ({"default_policy": ""}, "no_default_policy"),
    ({"default_policy": "gone"}, "no_default_policy"),
    (std(rule(Model("ghost"))), "dangling_model"),
    (std(rule(Model("a", version="v9"))), "dangling_reference"),
    (std(rule(Model("a", deployment="b"))), "dangling_reference"),
    (std(rule(Model("a", region="moon"))), "dangling_reference"),
    (std(rule(nested(9))), "route_too_deep"),
    (std(rule(Fallback((A,) * 33))), "route_too_wide"),
    (std(rule(Fallback(()))), "route_empty"),
    (std(rule(Fallback((A, B), on=("bad_mood",)))), "unknown_failure"),
    (std(rule(Balance(((A, 0),)))), "weights_empty"),
    (std(rule(Balance(((A, 1),), "mood"))), "unknown_balance"),
    (std(rule(A, Condition("mood", "in", ("x",)))), "condition_wrong"),
    (std(rule(A, Condition("task", "at_most", ("x",)))), "condition_wrong"),
    (std(rule(A, Condition("data_class", "in", ("secret",)))), "condition_wrong"),
    (std(rule(A, *(Condition("task", "in", ("x",)),) * 21)), "too_many_conditions"),
    (std(rule(A), deadline_s=0), "deadline_wrong"),
    (std(rule(A), max_attempts_per_call=9), "attempts_wrong"),
    (std(rule(A), unsupported="shrug"), "unsupported_wrong"),
    ({"policies": {"auto": Policy("auto", (rule(A),))}, "default_policy": "auto"}, "name_reserved"),
]
WARNINGS = [
    (std(), "no_rules"),
    (std(rule(A, name="one"), rule(B, name="two")), "rule_unreachable"),
    (std(rule(Fallback((A, Model("c"))))), "single_provider_fallback"),
    ({}, "class_without_candidate"),
    ({"policies": {"a": Policy("a", (rule(A),))}, "default_policy": "a"}, "name_shared"),
    (
        std(rule(A, Condition("task", "in", ("x",)), Condition("task", "in", ("y",)))),
        "rule_never_matches",
    ),
    (
        std(rule(A, Condition("input_tokens", "at_least", (9,)), Condition("input_tokens", "at_most", (8,)))),
        "rule_never_matches",
    ),
]


@pytest.mark.parametrize(("changes", "code"), ERRORS)
def test_what_must_not_be_published_is_an_error(changes, code):
    assert codes(*two, **changes)[code].fatal


@pytest.mark.parametrize(("changes", "code"), WARNINGS)
def test_what_may_be_meant_is_a_warning(changes, code):
    assert not codes(*two, deployment("c"), **changes)[code].fatal


def test_an_unknown_matrix_condition_is_a_warning():
    odd = deployment("a", cells={"public": Cell(CellDecision.CONDITIONAL, ("moon_is_full",))})
    assert "moon_is_full" in codes(odd)["condition_unknown"].message


def test_a_sound_release_has_no_problem():
    everyone = dict.fromkeys(("public", "internal", "confidential"), Cell(CellDecision.APPROVED))
    assert codes(*(replace(one, cells=everyone) for one in two)) == {}


def where(*conditions):
    return Rule("r", tuple(conditions), A)


C = Condition
REACH = [
    ((C("task", "in", ("x", "y")),), (C("task", "in", ("x",)),), True),
    ((C("task", "in", ("x",)),), (C("task", "in", ("x", "y")),), False),
    ((C("task", "not_in", ("x",)),), (C("task", "in", ("y",)),), True),
    ((C("task", "not_in", ("x",)),), (C("task", "not_in", ("x", "y")),), True),
    ((C("task", "in", ("x",)),), (C("team", "in", ("x",)),), False),
    ((C("data_class", "at_most", ("internal",)),), (C("data_class", "in", ("public",)),), True),
    ((C("data_class", "at_least", ("internal",)),), (C("data_class", "at_most", ("public",)),), False),
    ((C("tag", "in", ("x",)),), (C("tag", "all_of", ("x", "y")),), True),
    ((C("tag", "all_of", ("x", "y")),), (C("tag", "in", ("x", "y")),), False),
    ((C("tag", "all_of", ("x",)),), (C("tag", "all_of", ("x", "y")),), True),
    ((C("tag", "not_in", ("x",)),), (C("tag", "not_in", ("x", "y")),), True),
    ((C("keyword", "in", ("Pay",)),), (C("keyword", "in", ("pay",)),), True),
    ((C("input_tokens", "at_most", (10,)),), (C("input_tokens", "at_most", (5,)),), True),
    ((C("input_tokens", "at_least", (10,)),), (C("input_tokens", "at_least", (5,)),), False),
    ((), (C("task", "in", ("x",)), C("tag", "in", ("y",))), True),
    ((C("task", "in", ("x",)), C("tag", "in", ("y",))), (C("task", "in", ("x",)),), False),
]


@pytest.mark.parametrize(("earlier", "later", "shadowed"), REACH)
def test_a_rule_is_unreachable_where_an_earlier_one_matches_all_that_it_would(earlier, later, shadowed):
    found = codes(*two, **std(Rule("one", earlier, A), Rule("two", later, B)))
    assert ("rule_unreachable" in found) is shadowed


@pytest.mark.django_db
def test_rows_become_a_release_that_decides(standard):
    compiled = compile_document()
    assert not [
        finding
        for finding in validate_document(compiled.document, NOW_2027_US)
        if finding.severity == "error"
    ]
    release = compile_release(7, compiled.digest, compiled.document)
    assert (release.number, release.digest, release.default_policy) == (7, compiled.digest, "standard")
    assert [rule.name for rule in release.policies["standard"].rules] == ["extract", "rest"]
    asked = facts(clearance="restricted", task="extract")
    plan = decide(release, asked, replace(live(), now_us=NOW_2027_US))
    assert isinstance(plan, Plan)
    assert (plan.rule, plan.root.deployment) == ("extract", "beta-eu")


@pytest.mark.django_db
def test_findings_of_rows_are_reported_to_the_publisher(standard):
    compiled = compile_document()
    found = {finding.code: finding for finding in validate_policies(compiled.document, NOW_2027_US)}
    assert found["class_without_candidate"].subject == "data class restricted"


@pytest.mark.django_db
def test_policies_that_are_off_are_left_out(standard, author):
    policies.save(policy=PolicyRow(name="off", enabled=False), actor=author)
    names = [policy["name"] for policy in compile_document().document["policies"]]
    assert names == ["standard"]


@pytest.mark.django_db
def test_the_section_is_registered():
    assert "policies" in {section.name for section in all_sections()}


@pytest.mark.django_db
def test_a_published_release_keeps_keywords_in_lower_case(standard, author):
    policies.replace_rules(
        policy=standard,
        rules=[policies.RuleText("pay", "keyword in Invoice, Credit Card", "model alpha")],
        actor=author,
    )
    published = releases.publish(actor=author, reason="first")
    document = compile_document().document
    release = compile_release(published.number, published.digest, document)
    assert release.keywords == {"invoice", "credit card"}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda document: document.update(schema=2), "schema"),
        (lambda document: document.pop("policies"), "policies"),
        (lambda document: document["policies"][0]["rules"][0].update(route={"node": "magic"}), "magic"),
        (lambda document: document["deployments"][0].update(surprise=1), "surprise"),
        (
            lambda document: document["deployments"][0]["cells"]["public"].update(decision="maybe"),
            "maybe",
        ),
        (
            lambda document: document["policies"][0]["rules"][0].update(
                conditions=[{"fact": "mood", "op": "in", "values": ["x"]}]
            ),
            "mood",
        ),
    ],
)
@pytest.mark.django_db
def test_a_document_that_cannot_be_read_whole_is_not_read(standard, spoil, said):
    document = compile_document().document
    spoil(document)
    with pytest.raises(DocumentUnreadable, match=said):
        compile_release(1, "d", document)


@pytest.mark.parametrize(("given", "read"), [({}, ()), ({"quirks": ["max_tokens"]}, ("max_tokens",))])
def test_a_release_of_before_there_were_quirks_can_still_be_read(standard, given, read):
    document = compile_document().document
    for compiled in document["deployments"]:
        del compiled["quirks"]
        compiled.update(given)
    found = compile_release(1, "ab" * 32, document)
    assert {deployment.quirks for deployment in found.deployments.values()} == {read}
