"""The nodes that make several calls, as people write them: read, rendered, shown and checked."""

from dataclasses import replace

import pytest

from routing.core.document import route_from
from routing.core.lint.nodes import node_problems
from routing.core.notation import NotationProblem, parse_route, render_route
from routing.core.pictures import picture
from routing.core.words import route_in_words, route_outline
from routing.gates.findings import gate_problems
from tests.routing.core.builders import PRICE, deployment, release, rule

CASCADE = """cascade strict
  gate answered
  gate number -0.5 100
  gate json {"type":"object"}
  gate regex "a  b"
  judge 650
    rubric Is it right?
    tokens 200
    fallback
      model j
      model k
  model a
  model b region eu"""
ENSEMBLE = """ensemble by vote
  quorum 3
  compare number
  2: model a
  samples 3
    model b
  cascade
    gate answered
    model c
    model d
  otherwise
    model e"""
JUDGED = """ensemble by judge
  model a
  model b
  helper
    prompt Prefer the shorter.
    tokens 20
    model j"""
PIPELINE = """pipeline
  step extract
    prompt "List:\\nall facts."
    gate json
    model a
  step write
    judge 700
      rubric Is it all there?
      model j
    balance by weight
      3: model a
      1: model b"""
VERIFY = """verify or escalate
  gate answered
  model a
  verifier 800
    rubric Is it what the source says?
    model b
  otherwise
    model c"""
HOLD = "verify or hold\n  model a\n  verifier\n    rubric Right?\n    model b"
RULES = """classify by rules
  branch code
    when task in code, sql
    when input_tokens at_most 900
    model a
  otherwise
    model b"""
BY_MODEL = """classify by model
  helper
    prompt By topic.
    model s
  branch code
    model a
  otherwise
    model b"""
TRAINED = """classify by trained gain-1
  branch 700
    model a
  otherwise
    model b"""
OPTIONAL = """pipeline
  step draft
    model a
  step polish optional
    prompt Better words.
    model b"""
UNSURE = """classify by trained gain
  unsure within 50
    prompt Is it hard?
    timeout 900
    default economy
    tokens 9
    model s
  branch economy
    model a
  branch frontier
    model b
  otherwise
    model c"""
HEDGE = """hedge after 800 ms
  model a
  model b"""
TWO_ARMS = "  arm x\n    model a\n  arm y\n    model b"
IDLE_CONTROL = "  arm x 0\n    model a\n  arm y 1\n    model b"
EXPERIMENT = """experiment new-prompt by session
  stop when errors above 50 after 200
  stop when score below 700
  stop when errors above control by 20
  stop when score below control by 50 after 30
  arm control 95
    model a
  arm canary 5
    model b
  shadow 100
    model c"""
STICKY = """balance by weight sticky session
  3: model a
  1: model b"""
VALUE = """balance by value 800
  700: model a
  900: model b"""
TIERS = """tiers
  gate answered
  tier economy
    model a
  tier frontier
    when task in hard
    model b"""
ALL = [
    CASCADE,
    ENSEMBLE,
    JUDGED,
    PIPELINE,
    VERIFY,
    RULES,
    BY_MODEL,
    TRAINED,
    OPTIONAL,
    UNSURE,
    HEDGE,
    "hedge\n  model a\n  model b",
    EXPERIMENT,
    TIERS,
    STICKY,
    VALUE,
]
NAMES = [text.partition("\n")[0] for text in ALL]


@pytest.mark.parametrize("text", ALL, ids=NAMES)
def test_a_node_is_rendered_as_it_was_written(text):
    assert render_route(parse_route(text)) == text


@pytest.mark.parametrize("text", ALL, ids=NAMES)
def test_a_node_can_be_read_shown_and_passes_lint(text):
    value = parse_route(text)
    models = [stranger(name, at) for at, name in enumerate("abcdejks")]
    asked = release(*models, rules=(rule(route_from(value)),))
    assert list(node_problems(route_from(value), asked, "r")) == []
    assert list(gate_problems(asked)) == []
    assert " of " in route_in_words(value)
    assert len(route_outline(value)) == 2
    assert picture(value, ident="r", title="x").count("sb-pic-call") >= 2


def stranger(name, dearer):
    """Of a family and a provider of its own, ten times dearer with each step."""
    price = replace(PRICE, output_nano_per_mtok=int(PRICE.output_nano_per_mtok * 10**dearer))
    return deployment(name, family=f"f-{name}", provider=f"p-{name}", prices=(price,))


def test_a_node_within_a_node_keeps_its_weight():
    text = "balance by weight\n  3: cascade\n    gate answered\n    model a\n    model b\n  1: model c"
    assert render_route(parse_route(text)) == text


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("cascade\n  gate answered", 1, "“cascade” needs members"),
        ("cascade loosely\n  model a", 1, "write “cascade”"),
        ("cascade\n  gate magic\n  model a", 2, "“magic” is no gate"),
        ("cascade\n  gate number 1\n  model a", 2, "takes LEAST MOST"),
        ("cascade\n  gate number one 2\n  model a", 2, "“one” is no number"),
        ("cascade\n  gate answered twice\n  model a", 2, "takes nothing"),
        ("cascade\n  gate json {\n  model a", 2, "this is no JSON"),
        ("cascade\n  judge 700\n    model j\n  model a", 2, "needs a line “rubric”"),
        ("cascade\n  judge 700\n    rubric x\n  model a", 2, "needs a route"),
        ("cascade\n  judge 1001\n    rubric x\n    model j\n  model a", 2, "in thousandths"),
        ("cascade\n  2: model a\n  model b", 2, "have weights"),
        ("ensemble by luck\n  model a", 1, "write “ensemble by”"),
        ("ensemble by judge\n  model a\n  model b", 1, "need a “helper”"),
        ("ensemble\n  quorum many\n  model a", 2, "“quorum” takes"),
        ("ensemble\n  compare mood\n  model a", 2, "“compare” takes one of"),
        ("ensemble\n  samples 1\n    model a", 2, "how many times"),
        ("pipeline\n  model a", 1, "holds lines “step NAME”"),
        ("pipeline\n  step two words\n    model a", 2, "write “step NAME”"),
        ("pipeline\n  step one\n    prompt x", 2, "needs members"),
        ("verify\n  model a", 1, "needs a “verifier”"),
        ("verify or escalate\n  model a\n  verifier\n    rubric x\n    model b", 1, "needs an “otherwise”"),
        ("classify by stars\n  model a", 1, "write “classify by rules”"),
        ("classify\n  branch x\n    model a\n  otherwise\n    model b", 2, "need a line “when …”"),
        ("classify\n  branch x\n    when task in a\n    model a", 1, "an “otherwise”"),
        ("classify\n  branch x\n    when mood in a\n    model a\n  otherwise\n    model b", 3, "mood"),
        ("pipeline\n  step one maybe\n    model a", 2, "write “step NAME” or “step NAME optional”"),
        ("classify by rules\n  unsure within 5\n    model a", 2, "only “classify by trained”"),
        ("classify by trained r\n  unsure 5\n    model a", 2, "write “unsure within 50”"),
        ("classify by trained r\n  unsure within 1001\n    model a", 2, "from 1 to 1000"),
        ("classify by trained r\n  unsure within 5\n    prompt x", 2, "needs a route: who is asked"),
        ("classify by trained r\n  branch 1001\n    model a\n  otherwise\n    model b", 2, "least score"),
        ("hedge\n  model a", 1, "holds two routes"),
        ("hedge after a while\n  model a\n  model b", 1, "write “hedge”"),
        ("experiment a b\n  arm x\n    model a", 1, "write “experiment NAME by”"),
        ("experiment a\n  stop when errors above many\n  arm x\n    model a", 2, "write “stop when”"),
        ("experiment a\n  stop when score above 5\n  arm x\n    model a", 2, "write “stop when”"),
        ("experiment a\n  stop when score above control by 5\n  arm x\n    model a", 2, "“control by”"),
        ("experiment a\n  stop when errors above control 5\n  arm x\n    model a", 2, "“control by”"),
        ("experiment a\n  shadow 5\n    model a", 1, "needs an “arm”"),
        ("balance by value\n  model a", 1, "“balance by value 800”"),
        ("balance sticky mood\n  model a", 1, "“sticky” and one of"),
        ("tiers\n  model a", 1, "“tier NAME”"),
        ("fallback\n  gate answered\n  model a", 2, "“gate” is unknown"),
    ],
)
def test_what_is_wrong_with_a_node_is_named_by_its_line(text, line, said):
    with pytest.raises(NotationProblem) as caught:
        parse_route(text)
    assert caught.value.line == line
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("cascade\n  gate answered\n  model a", "cascade_short"),
        ("cascade\n  model a\n  model b", "cascade_ungated"),
        ("cascade\n  gate answered\n  model b\n  model a", "cascade_cannot_pay"),
        ("cascade\n  gate answered\n  model a\n  model c", "cascade_cannot_pay"),
        ("cascade\n  gate answered\n  model a\n  model d", "cascade_pays_late"),
        ("cascade\n  judge\n    rubric x\n    model b\n  model a\n  model b", "cascade_cannot_pay"),
        ("ensemble\n  model a", "fan_out"),
        ("ensemble\n  samples 9\n    model a", "fan_out"),
        ("ensemble\n  quorum 3\n  model a\n  model b", "quorum_unreachable"),
        ("ensemble\n  0: model a\n  model b", "weights_empty"),
        ("pipeline\n  step a\n    model a\n  step a\n    model b", "step_twice"),
        ("verify\n  model a\n  verifier\n    rubric x\n    model a", "verifier_related"),
        ("experiment e\n  arm x 0\n    model a", "weights_empty"),
        ("experiment e\n  stop when p50 above 9\n  arm x\n    model a", "stop_wrong"),
        (f"experiment e\n  stop when errors above 1000\n{TWO_ARMS}", "stop_wrong"),
        (f"experiment e\n  stop when p50 above 9 after 5\n{TWO_ARMS}", "stop_wrong"),
        (f"experiment e\n  stop when errors above control by 1000\n{TWO_ARMS}", "stop_wrong"),
        (f"experiment e\n  stop when p50 above control by 9\n{IDLE_CONTROL}", "stop_wrong"),
        ("tiers\n  tier t\n    model a\n  tier t\n    model b", "tier_twice"),
        (HOLD, "hold_unstored"),
    ],
)
def test_a_node_that_can_not_hold_is_told_before_it_is_published(text, code):
    models = [stranger("a", 0), stranger("b", 1), stranger("c", 0), stranger("d", 0.2)]
    found = node_problems(route_from(parse_route(text)), release(*models), "r")
    assert [problem.code for problem in found] == [code]


def nested(around):
    """`HOLD` where `{}` stands in `around`, indented as it is there."""
    return "\n".join(
        line.replace("{}", HOLD.replace("\n", "\n" + line[: line.index("{}")])) if "{}" in line else line
        for line in around.splitlines()
    )


@pytest.mark.parametrize(
    ("around", "inside"),
    [
        ("fallback\n  {}\n  model c", False),
        ("pipeline\n  step a\n    model c\n  step b\n    {}", False),
        ("pipeline\n  step a\n    {}\n  step b\n    model c", True),
        ("ensemble\n  model c\n  model d\n  otherwise\n    {}", False),
        ("ensemble\n  model c\n  {}", True),
        ("hedge\n  {}\n  model c", True),
        ("experiment e\n  arm x\n    model c\n  shadow 100\n    {}", True),
        ("verify or annotate\n  model c\n  verifier\n    rubric x\n    {}", True),
    ],
)
def test_an_answer_is_held_only_where_it_is_the_requests_own(around, inside):
    models = [stranger(name, place) for place, name in enumerate("abcd")]
    found = node_problems(route_from(parse_route(nested(around))), release(*models), "r")
    fatal = [problem.code for problem in found if problem.fatal]
    assert fatal == (["hold_inside"] if inside else [])


@pytest.mark.parametrize("gate", ['json {"type":"objekt"}', "regex (a", "regex a(?=b)", "sql klingon"])
def test_a_gate_that_can_not_be_used_is_told_before_it_is_published(gate):
    route = parse_route(f"cascade\n  gate {gate}\n  model a\n  model b")
    asked = release(deployment("a"), deployment("b"), rules=(rule(route_from(route)),))
    assert [problem.code for problem in gate_problems(asked)] == ["gate_unusable"]
