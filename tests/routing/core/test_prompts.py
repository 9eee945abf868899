"""Prompts: what goes in where, that values are data, and what is wrong with a template."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.core.prompts import (
    Prompt,
    PromptProblem,
    Variable,
    filled,
    found,
    problems_of,
    rendered,
    texts_of,
)

VARIABLES = (
    Variable("topic", max_length=10),
    Variable("count", "number", required=False),
    Variable("tone", "enum", required=False, choices=("formal", "friendly")),
    Variable("loud", "boolean", required=False),
    Variable("points", "list", required=False, max_length=3),
)


def prompt(variants=None, variables=VARIABLES, version=1, **changes):
    variants = variants or {"": (("user", "On {{topic}}"),)}
    return Prompt("p", version, "ab" * 32, "t", variables, variants, **changes)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{topic}}", "rain"),
        ("{{ topic }}{{topic}}", "rainrain"),
        ("{{count}}/{{loud}}/{{tone}}", "3/true/formal"),
        ("{{points}}", "- a b\n- c"),
        ("{{{{topic}}}} is a mark", "{{topic}}}} is a mark"),
        ('{"a": {"b": 1}}', '{"a": {"b": 1}}'),
        ("", ""),
    ],
)
def test_values_go_where_their_names_stand(template, said):
    values = {"topic": "rain", "count": 3, "loud": True, "tone": "formal", "points": ["a\nb", "c"]}
    assert filled(template, texts_of(VARIABLES, values)) == said


@pytest.mark.parametrize(
    ("values", "variable"),
    [
        ({}, "topic"),
        ({"topic": 1}, "topic"),
        ({"topic": "x" * 11}, "topic"),
        ({"topic": "a", "count": "3"}, "count"),
        ({"topic": "a", "count": True}, "count"),
        ({"topic": "a", "count": float("inf")}, "count"),
        ({"topic": "a", "tone": "rude"}, "tone"),
        ({"topic": "a", "loud": "yes"}, "loud"),
        ({"topic": "a", "points": "a"}, "points"),
        ({"topic": "a", "points": ["a"] * 4}, "points"),
        ({"topic": "a", "points": [1]}, "points"),
        ({"topic": "a", "other": "b"}, "other"),
    ],
)
def test_a_value_that_is_not_what_it_must_be_names_its_variable(values, variable):
    with pytest.raises(PromptProblem) as problem:
        texts_of(VARIABLES, values)
    assert problem.value.variable == variable


def test_what_may_be_left_out_leaves_nothing():
    assert filled("[{{tone}}]", texts_of(VARIABLES, {"topic": "a"})) == "[]"


@given(st.text(max_size=10))
def test_a_value_is_data_and_never_a_template(value):
    texts = texts_of(VARIABLES, {"topic": value})
    assert filled("<{{topic}}>", texts) == f"<{value}>"


@given(st.text())
def test_a_template_is_rendered_or_has_a_problem(template):
    made = prompt({"": (("user", template + "{{topic}}"),)}, (Variable("topic"),))
    if not list(problems_of(made)):
        assert rendered(made, {"topic": "§"})[""][0]["content"].endswith("§")


def test_each_family_has_its_own_messages_or_the_default_ones():
    made = prompt({"": (("user", "a"),), "claude": (("system", "b"), ("user", "{{topic}}"))})
    assert (made.family_for("claude"), made.family_for("gpt")) == ("claude", "")
    assert rendered(made, {"topic": "c"})["claude"] == (
        {"role": "system", "content": "b"},
        {"role": "user", "content": "c"},
    )


def test_by_its_name_alone_the_newest_that_is_no_preview_is_meant():
    prompts = {
        each.reference: each
        for each in (prompt(version=1), prompt(version=10), prompt(version=11, preview=True))
    }
    assert found(prompts, "p", None).version == 10
    assert found(prompts, "p", 11).version == 11
    assert found(prompts, "p", 12) is None
    assert found(prompts, "q", None) is None
