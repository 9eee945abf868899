"""The demo provider as judge and classifier: it understands what routes ask of such calls."""

import pytest
from signalbox.demo_provider.chat import ChatIn, Message, answer
from signalbox.demo_provider.faults import NONE

from routing.core.answers import label_in, score_in
from routing.core.compose import Specs, composed
from routing.core.decide import decide
from routing.core.decision import Plan, calls
from routing.core.document import route_from
from routing.core.notation import parse_route
from tests.routing.core.builders import deployment, facts, live, release, rule

MODELS = [deployment(name, family=f"f-{name}", provider=f"p-{name}") for name in "abj"]
JUDGED = "cascade\n  judge 700\n    rubric Is it right?\n    model j\n  model a\n  model b"
PICKED = "ensemble by judge\n  model a\n  model b\n  helper\n    model j"
SORTED = "classify by model\n  helper\n    model j\n  branch code\n    model a\n  otherwise\n    model b"


def helped(text: str, path: str, asked: str) -> str:
    """What the demo provider says as the helper at `path` of the route, to a request that asks so."""
    route = route_from(parse_route(text))
    plan = decide(release(*MODELS, rules=(rule(route),)), facts(), live())
    assert isinstance(plan, Plan)
    call = next(call for call in calls(plan.root) if call.path == path)
    request = {"messages": [{"role": "user", "content": asked}]}
    made = composed(plan.root, Specs(route), request, call, lambda node: "An answer.")
    messages = [Message(each["role"], each["content"]) for each in made["messages"]]
    return answer(ChatIn("demo-j", messages), NONE).content or ""


@pytest.mark.parametrize(("asked", "milli"), [("Where is it?", 900), ("A HARD question: why?", 400)])
def test_a_judge_passes_what_is_not_said_to_be_hard(asked: str, milli: int) -> None:
    score = score_in(helped(JUDGED, "0.0.j", asked))
    assert score is not None
    assert (score.milli, bool(score.reason)) == (milli, True)


def test_a_judge_of_several_picks_one() -> None:
    assert label_in(helped(PICKED, "0.h", "hello"), ["A", "B"]) == "A"


@pytest.mark.parametrize(("asked", "label"), [("Is this code right?", "code"), ("Is it late?", None)])
def test_a_classifier_says_the_label_whose_word_it_reads(asked: str, label: str | None) -> None:
    assert label_in(helped(SORTED, "0.h", asked), ["code"]) == label


def test_who_is_told_what_to_say_says_that() -> None:
    assert helped(JUDGED, "0.0.j", '[[say:demo-j={"score": 7}]]') == '{"score": 7}'
