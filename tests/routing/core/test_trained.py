"""Trained routers: a score that can be computed by hand, explained, and asked of whom it is for."""

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.core.codec import facts_from, facts_value
from routing.core.decide import calls, decide
from routing.core.decision import Plan
from routing.core.facts import Score
from routing.core.lint import problems_of
from routing.core.routes import Branch, Classify, Model
from routing.core.scoring import conversation_text, routers_of, scores_of
from routing.core.trained import ALWAYS, NEVER, ArtifactUnreadable, router_from
from routing.core.trained_features import FEATURES, MAX_CHARS, measure, normalised
from tests.routing.core.builders import deployment, facts, live, release, rule
from tests.routing.core.trained_artifact import router, value

QUESTION = "Prove that the sum of the angles is 180 degrees, and say why."


def test_a_score_is_what_the_formula_says():
    length = math.log1p(len("prove the sum")) - 4
    words = (0.2 * 2 - 0.1) / math.sqrt(2**2 + 1 + 1)
    assert router().score("Prove  the\nsum").thousandths == round(1000 * (0.1 + 0.05 * length + words))


def test_reasons_name_what_weighed_most_first():
    assert router().score("prove the sum").reasons == (
        "the word prove (+163)",
        "a short text (-68)",
        "the word sum (-41)",
    )


@pytest.mark.parametrize(
    "spelling",
    [
        QUESTION.lower(),
        QUESTION.upper(),
        QUESTION.replace(" ", "\n\n"),
        f"Please, {QUESTION} Thank you very much!",
        f"Hello! Could you please {QUESTION}",
    ],
)
def test_case_whitespace_and_courtesy_change_nothing(spelling: str):
    assert abs(router().score(spelling).thousandths - router().score(QUESTION).thousandths) <= 1


def test_courtesies_around_a_long_text_change_nothing_either():
    long = f"{QUESTION} " * 60
    polite = f"Good morning, {long} I would really appreciate your help. Have a nice day!"
    assert measure(polite) == measure(long)


@given(st.text(max_size=300))
def test_any_text_has_a_score_and_the_same_one_again(text: str):
    score = router().score(text)
    assert score == router().score(text)
    assert ALWAYS <= score.thousandths < NEVER
    assert set(measure(text).features) == set(FEATURES)


@given(st.text(max_size=200))
def test_normalising_twice_changes_no_measure(text: str):
    assert measure(" ".join(text.split())) == measure(text)


def test_no_more_than_the_bound_of_a_text_is_looked_at():
    assert len(normalised("é" * 10 * MAX_CHARS)) == MAX_CHARS


@pytest.mark.parametrize(
    ("text", "task", "outside"),
    [
        ("prove the sum", "maths", ""),
        ("prove the sum", "", ""),
        ("prove the sum", "poetry", "the task poetry is not in the evaluation set"),
        ("zzz qqq xxx www vvv prove", "", "its words are not those of the evaluation set"),
        ("the", "", "its form is not that of the evaluation set"),
    ],
)
def test_what_is_unlike_the_evaluation_set_takes_the_default(text: str, task: str, outside: str):
    judge = router(region={"coverage_min": 200_000, "distance_max": 6_000_000, "tasks": ["maths"]})
    score = judge.score(text, task)
    assert score.outside == outside
    assert (judge.label(score) == judge.default) or not outside


@pytest.mark.parametrize(("thousandths", "label"), [(119, "economy"), (120, "frontier"), (121, "frontier")])
def test_from_the_threshold_up_the_strong_label_is_taken(thousandths: int, label: str):
    assert router().label(Score("gain", thousandths)) == label


def test_another_threshold_than_its_own_can_be_asked():
    assert router().label(Score("gain", 50), threshold=50) == "frontier"
    assert router().label(Score("gain", 1_000), threshold=NEVER) == "economy"


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": 2},
        {"features": [["shoe_size", 0, 1, 1]]},
        {"features": [["length", 0, 0, 1]]},
        {"words": [["a"]]},
        {"region": {}},
        {"curve": [{"at": 1}]},
    ],
)
def test_an_artifact_that_is_not_understood_is_not_read(changes: dict[str, object]):
    with pytest.raises(ArtifactUnreadable):
        router_from(value(**changes))


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        ([{"role": "system", "content": "s"}, {"role": "user", "content": "first"}], "first"),
        (
            [
                {"role": "user", "content": "first"},
                {"role": "assistant", "content": "a"},
                {"role": "user", "content": "then"},
            ],
            "first",
        ),
        (
            [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url"}]}],
            "a",
        ),
        ([{"role": "system", "content": "s"}], ""),
        ([], ""),
    ],
)
def test_a_router_sees_the_first_message_of_the_user(messages: list[dict[str, object]], text: str):
    assert conversation_text({"messages": messages}) == text


@dataclass(frozen=True)
class ByScore:
    """Any node that names a router."""

    router: str
    members: tuple[object, ...] = ()


ROUTERS = {"gain": router(), "other": router("other"), "unused": router("unused")}
NESTED = rule(ByScore("gain", (ByScore("other"), ByScore("gone"))))
MESSAGES = {"messages": [{"role": "user", "content": QUESTION}]}


def test_the_routers_that_a_policy_names_are_asked_wherever_they_are_nested():
    given = release(rules=(NESTED,), routers=ROUTERS)
    assert [score.router for score in scores_of(given, "auto", MESSAGES, "")] == ["gain", "other"]
    assert routers_of(given, "std") == (ROUTERS["gain"], ROUTERS["other"])


def test_nothing_is_asked_where_the_policy_names_no_router():
    assert scores_of(release(routers=ROUTERS), "auto", MESSAGES, "") == ()
    assert scores_of(release(rules=(NESTED,)), "auto", MESSAGES, "") == ()


def test_scores_are_facts_that_come_back_from_the_record():
    known = facts(scores=(router().score(QUESTION), Score("other", -3, (), "its words are new")))
    assert facts_from(facts_value(known)) == known
    assert known.scores[0].artifact == router().digest
    assert known.score_of("other") == known.scores[1]
    assert known.score_of("gone") is None


def test_a_record_holds_no_text_but_words_that_the_release_names():
    kept = str(facts_value(facts(scores=(router().score(QUESTION),))))
    assert "angles" not in kept


def classified(*labels: str, **changes: object):
    """A release whose one rule asks the router: a model for each label, and “rest” for what none takes."""
    route = Classify(
        tuple(Branch(each, Model(f"m{each}")) for each in labels), Model("rest"), "trained", router="gain"
    )
    models = [deployment(name) for name in (*(f"m{each}" for each in labels), "rest")]
    return release(*models, rules=(rule(route),), routers={"gain": router(**changes)})


def served(given, *scores: Score) -> str:
    plan = decide(given, facts(scores=scores), live())
    assert isinstance(plan, Plan)
    return next(calls(plan.root)).deployment


@pytest.mark.parametrize(
    ("scores", "model"),
    [
        ([Score("gain", 119)], "meconomy"),
        ([Score("gain", 120)], "mfrontier"),
        ([Score("gain", 0, (), "its words are new")], "mfrontier"),
        ([], "rest"),
        ([Score("other", 500)], "rest"),
    ],
)
def test_a_route_branches_by_the_label_of_the_router(scores: list[Score], model: str):
    assert served(classified("economy", "frontier"), *scores) == model


def test_a_recorded_score_is_decided_again_by_another_threshold():
    scored = Score("gain", 119)
    assert served(classified("economy", "frontier", threshold=100), scored) == "mfrontier"


def test_a_label_that_no_branch_has_goes_to_the_generalist():
    assert served(classified("economy"), Score("gain", 500)) == "rest"


@pytest.mark.parametrize(
    ("labels", "wrong"),
    [
        (("economy", "frontier"), False),
        (("100", "300"), False),
        (("cheap", "frontier"), True),
        (("economy", "300"), True),
    ],
)
def test_branches_are_what_the_router_can_say(labels: tuple[str, ...], wrong: bool):
    found = {problem.code for problem in problems_of(classified(*labels), 0)}
    assert ("branch_wrong" in found) is wrong


def test_the_policy_of_a_classifying_route_asks_its_router():
    asked = scores_of(classified("economy", "frontier"), "auto", MESSAGES, "")
    assert [score.router for score in asked] == ["gain"]


@pytest.mark.parametrize(
    ("score", "says"),
    [
        (Score("gain", 125, ("a long text (+9)",)), "says frontier: 0.125 is to be gained"),
        (Score("gain", 9), "says economy: 0.009"),
        (Score("gain", 9, (), "its words are new"), "says frontier, its default: its words are new"),
    ],
)
def test_a_score_is_told_in_words(score: Score, says: str):
    assert says in router().in_words(score)
