"""What each gate says of an answer, and that all that are listed can be asked."""

import pytest

from routing.core.gates import Answer
from routing.core.gates.catalogue import KINDS
from routing.core.gates.language import LANGUAGES, language_of
from routing.core.routes import Gate
from routing.gates import GATES, ask
from routing.gates.schema import pattern_problem

SCHEMA = '{"properties":{"n":{"type":"integer"}},"required":["n"],"type":"object"}'


def passes(gate: str, text: str, answer: Answer | None = None, **settings: str | int) -> bool:
    (asked,) = ask((Gate(gate, tuple(settings.items())),), answer or Answer(text))
    assert asked.said.passed or asked.said.reason
    assert 0 <= asked.said.score <= 1_000
    return asked.said.passed


def test_every_gate_that_is_listed_can_be_asked():
    assert GATES.keys() == KINDS.keys()


@pytest.mark.parametrize(
    ("gate", "settings", "good", "bad"),
    [
        ("answered", {}, "Yes.", "  "),
        ("answered", {}, "I can't help feeling that " + "this is right " * 40, "I can't help with that."),
        ("length", {"least": 2, "most": 4}, "abc", "abcde"),
        ("length", {"least": 2}, "ab", "a"),
        ("number", {"least": 0, "most": 100}, "So it is 42.", "It is 1,000"),
        ("number", {"least": "-1.5", "most": "0.5"}, "-1.25", "0.75"),
        ("number", {"least": 0, "most": 9}, "7", "seven"),
        ("json", {}, '```json\n{"a": 1}\n```', "a: 1"),
        ("json", {"schema": SCHEMA}, 'Here: {"n": 1}', '{"n": "one"}'),
        ("regex", {"pattern": "^[A-E]$"}, " B ", "AB"),
        ("sql", {"dialect": "postgres"}, "```sql\nSELECT a::int FROM t;\n```", "SELECT FROM WHERE"),
        ("sql", {"dialect": "bigquery"}, "CREATE TABLE `p.d.t` (a INT64)", "hello world"),
        ("sql", {"dialect": "mysql"}, "UPDATE t SET a = 1 WHERE b = 2", ""),
        ("javascript", {}, "```js\nconst f = x => x * 2;\n```", "const = = 1"),
        ("python", {}, "```python\nx = 1\n```", "x = = 1"),
        ("python", {}, "def f(): pass", "```\n```"),
        (
            "language",
            {"code": "de"},
            "Das ist nicht für den Hund, und die Katze auch nicht.",
            "It is the cat.",
        ),
        ("grounded", {"least": 600}, "The invoice is due in March", "The moon landing happened yesterday"),
        ("grounded", {"least": 100}, "The invoice 17 is due", "The invoice 18 is due"),
    ],
)
def test_a_gate_tells_the_good_from_the_bad(gate, settings, good, bad):
    sources = "user: The invoice 17 is due in March."
    assert passes(gate, good, Answer(good, sources=sources), **settings)
    assert not passes(gate, bad, Answer(bad, sources=sources), **settings)


@pytest.mark.parametrize(
    ("gate", "answer", "passed"),
    [
        ("complete", Answer("half", "length"), False),
        ("complete", Answer("all", "stop"), True),
        ("answered", Answer("x", "content_filter"), False),
        ("answered", Answer("", refusal="No."), False),
    ],
)
def test_how_an_answer_ended_counts(gate, answer, passed):
    assert passes(gate, "", answer) is passed


@pytest.mark.parametrize(("mean", "passed"), [(-100, True), (-900, False), (None, False)])
def test_a_model_that_is_unsure_of_its_words_does_not_pass(mean, passed):
    assert passes("logprob", "", Answer("x", logprob_milli=mean), least=-300) is passed


def test_the_first_gate_that_fails_is_the_last_that_is_asked():
    told = ask(
        (Gate("answered"), Gate("number", (("least", 0), ("most", 1))), Gate("json")), Answer("nothing")
    )
    assert [(asked.gate, asked.said.passed) for asked in told] == [("answered", True), ("number", False)]


def test_an_expression_can_not_stall_a_worker():
    assert not passes("regex", "a" * 50_000 + "b", pattern="^(a+)+$")
    assert pattern_problem("(?=a)b") is not None
    assert pattern_problem("(a") is not None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The cat and the dog are not in the house.", "en"),
        ("Le chat est dans la maison avec les enfants.", "fr"),
        ("El perro no está en la casa, pero los gatos sí.", "es"),
        ("Кошка сидит дома.", "ru"),
        ("猫は家にいます。", "ja"),
        ("猫在家里。", "zh"),
        ("42 + 17", None),
        ("", None),
    ],
)
def test_a_language_is_known_by_its_script_or_its_common_words(text, language):
    assert language_of(text) == language
    assert language is None or language in LANGUAGES
