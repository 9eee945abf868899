"""What each pattern is asked in tests/promises/test_patterns.py, and what its record must say.

Models answer as the text tells the demo provider, which injects the faults (signalbox.demo_provider.faults).
"""

from dataclasses import dataclass, field

RIGHT, WRONG = '{"score": 90}', '{"score": 10, "reason": "It is wrong"}'


def say(**answers: str) -> str:
    return "".join(f"[[say:{name}-1={text}]]" for name, text in answers.items())


def fail(name: str, how: str) -> str:
    return f"[[demo:fail_model={name}-1,{how}]]"


@dataclass(frozen=True)
class Case:
    """A route of tests/stack_patterns.py, what its models are told to do, and what the record must say.

    `tried` is in the order of the calls; where they are made at once their order is nobody's concern.
    """

    route: str
    text: str
    answer: str  # given to the client, or a code of an error
    tried: list[str]
    notes: dict[str, str] = field(default_factory=dict)
    roles: set[str] = field(default_factory=lambda: {"answer"})
    task: str = ""
    at_once: bool = False


CASES = {
    "fallback: a stall, then a rate limit": Case(
        "in-turn",
        "[[demo:fail_model=frail-1,stall]]" + say(cheap="7"),
        "7",
        ["frail timeout", "cheap ok"],
    ),
    "fallback: an error, and the next": Case(
        "in-turn", fail("frail", "status=500") + say(cheap="7"), "7", ["frail error", "cheap ok"]
    ),
    "places: the first fails": Case(
        "placed", fail("spread", "status=500,first=1") + say(spread="7"), "7", ["spread error", "spread ok"]
    ),
    "places: both fail, and the next model": Case(
        "placed",
        fail("spread", "status=503") + say(cheap="7"),
        "7",
        ["spread error", "spread error", "cheap ok"],
    ),
    "balance: the cheapest": Case("balanced", say(cheap="7"), "7", ["cheap ok"]),
    "cascade: the first will do": Case("escalating", say(cheap="7"), "7", ["cheap ok"]),
    "cascade: wrong, then right": Case(
        "escalating",
        say(cheap="no idea", twin="42"),
        "42",
        ["cheap ok", "twin ok"],
        {"gate failed": "number: it holds no number", "level": "2 of 3 answered"},
    ),
    "cascade: rate limited, wrong, and the last": Case(
        "escalating",
        fail("cheap", "status=429,retry_after=30") + say(twin="7000", dear="Nobody knows"),
        "Nobody knows",
        ["cheap rate_limit", "twin ok", "dear ok"],
        {"level": "3 of 3 answered"},
    ),
    "cascade: cut in mid-body": Case(
        "escalating",
        fail("cheap", "cut_after=2") + say(twin="42"),
        "42",
        ["cheap error", "twin ok"],
        {"level": "2 of 3 answered"},
    ),
    "cascade: a judge says no": Case(
        "judged",
        say(cheap="one", dear="output_invalid", checker=WRONG),
        "output_invalid",
        ["cheap ok", "checker ok", "dear ok", "checker ok"],
        {"judge failed": "100 of 700: It is wrong"},
        {"answer", "judge"},
    ),
    "cascade: a judge says yes": Case(
        "judged", say(cheap="one", checker=RIGHT), "one", ["cheap ok", "checker ok"], {}, {"answer", "judge"}
    ),
    "tiers: the cheapest": Case("tiers", say(cheap="7"), "7", ["cheap ok"]),
    "tiers: as high as its facts ask": Case("tiers", say(third="7"), "7", ["third ok"], task="reports"),
    "tiers: up from what fails": Case(
        "tiers", fail("third", "status=503") + say(dear="7"), "7", ["third error", "dear ok"], task="reports"
    ),
    "tiers: up from what is empty": Case(
        "tiers",
        say(cheap="", third="7"),
        "7",
        ["cheap ok", "third ok"],
        {"gate failed": "answered: it is empty"},
    ),
    "vote: two of three": Case(
        "voting",
        say(cheap="4", twin="It is 4.0") + fail("third", "delay_ms=20000"),
        "4",
        ["cheap ok", "twin ok", "third superseded"],
        {"vote": "2 of 3 agree, 2 are needed"},
        at_once=True,
    ),
    "vote: nobody agrees": Case(
        "voting",
        say(cheap="1", twin="2", third="3"),
        "no_agreement",
        ["cheap ok", "twin ok", "third ok"],
        {"no agreement": "at most 1 of 3 agree, 2 are needed"},
        at_once=True,
    ),
    "vote: a member down, the others differ": Case(
        "agreeing",
        say(cheap="1", twin="2", dear="3") + fail("third", "status=500"),
        "3",
        ["cheap ok", "twin ok", "third error", "dear ok"],
        at_once=True,
    ),
    "judge picks": Case(
        "picking",
        say(cheap="one", twin="two", checker="B"),
        "two",
        ["cheap ok", "twin ok", "checker ok"],
        {"judge": "picked B of 2 answers"},
        {"answer", "judge"},
        at_once=True,
    ),
    "synthesis": Case(
        "writing-up",
        say(cheap="one", twin="two", dear="one and two"),
        "one and two",
        ["cheap ok", "twin ok", "dear ok"],
        {"synthesis": "of 2 answers"},
        {"answer", "synthesis"},
        at_once=True,
    ),
    "pipeline: stopped at an empty step": Case(
        "in-steps",
        say(cheap=""),
        "output_invalid",
        ["cheap ok"],
        {"gate failed": "answered: it is empty"},
    ),
    "pipeline: a step is down": Case(
        "in-steps", fail("cheap", "status=500"), "upstream_error", ["cheap error"]
    ),
    "verify: right": Case(
        "verified",
        say(cheap="one", checker=RIGHT),
        "one",
        ["cheap ok", "checker ok"],
        {},
        {"answer", "verifier"},
    ),
    "verify: wrong, and escalated": Case(
        "verified",
        say(cheap="one", checker=WRONG, dear="two"),
        "two",
        ["cheap ok", "checker ok", "dear ok"],
        {"judge failed": "100 of 700: It is wrong"},
        {"answer", "verifier"},
    ),
    "verify: nobody can say": Case(
        "certain",
        say(cheap="one") + fail("checker", "garbage"),
        "output_invalid",
        ["cheap ok", "checker error"],
        {"judge failed": "it could not be judged"},
        {"answer", "verifier"},
    ),
    "classify: the specialist": Case(
        "sorted",
        say(checker="Code.", dear="1"),
        "1",
        ["checker ok", "dear ok"],
        {},
        {"classifier", "answer"},
    ),
    "classify: the classifier is down": Case(
        "sorted",
        fail("checker", "status=500") + say(cheap="1"),
        "1",
        ["checker error", "cheap ok"],
        {},
        {"classifier", "answer"},
    ),
    "classify by rules": Case("ruled", say(dear="1"), "1", ["dear ok"], task="code"),
    "hedge: the first is late": Case(
        "hedged",
        fail("cheap", "delay_ms=20000") + say(twin="1"),
        "1",
        ["cheap superseded", "twin ok"],
        {"hedge": "the second call answered first"},
        {"answer", "hedge"},
    ),
    "nested: a vote over a fallback": Case(
        "nested",
        fail("cheap", "status=500") + say(third="4", twin="4"),
        "4",
        ["cheap error", "third ok", "twin ok"],
        at_once=True,
    ),
    "nested: no agreement, then verified": Case(
        "nested",
        say(cheap="1", twin="2", dear="three", checker=WRONG),
        "three",
        ["cheap ok", "twin ok", "dear ok", "checker ok"],
        {"judge failed": "100 of 700: It is wrong"},
        {"answer", "verifier"},
        at_once=True,
    ),
}
