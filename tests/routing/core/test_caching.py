"""What may be answered again: which requests pass by, which are the same, and which are near."""

from typing import Any

import pytest

from routing.core.caching import forms, sameness
from routing.core.caching.agreement import agree
from routing.core.caching.allowed import Skip, skipped, skipped_near
from routing.core.caching.evidence import suffices, upper_bound
from routing.core.caching.nearness import similarity_milli
from routing.core.caching.reading import read
from routing.core.caching.settings import Caching, Mode, caching_from, caching_value
from routing.core.decide import decide
from routing.core.decision import Plan
from routing.core.knobs import Knobs
from routing.core.release import Balance, DataClass, Release
from routing.core.routes import Arm, Experiment, Model
from tests.routing.core import builders

CLASSES = {
    "public": DataClass("public", 0, store_content=True),
    "internal": DataClass("internal", 10),
    "confidential": DataClass("confidential", 20, store_content=True),
    "health": DataClass("health", 5, store_content=True, kinds=("health",)),
    "fleeting": DataClass("fleeting", 6, store_content=True, requirements=("zero_retention",)),
}
EXACT = Caching(Mode.EXACT)


def asked(text: Any = "What is the capital of France?", **more: Any) -> dict[str, Any]:
    message = {"role": "user", "content": text}
    return {"model": "auto", "messages": [message], "temperature": 0, **more}


def release(*rules: Any) -> Release:
    made = [builders.deployment(name, cells=dict.fromkeys(CLASSES, builders.APPROVED)) for name in "ab"]
    return builders.release(*made, data_classes=CLASSES, **({"rules": rules} if rules else {}))


def plan(of: Release | None = None, **facts: Any) -> Plan:
    decided = decide(of or release(), builders.facts(clearance="confidential", **facts), builders.live())
    assert isinstance(decided, Plan)
    return decided


@pytest.mark.parametrize(
    ("facts", "request_", "skip"),
    [
        ({}, asked(), None),
        ({}, asked(temperature=0.0, tools=[{}]), None),
        ({}, asked(temperature=0.7), Skip.SAMPLED),
        ({}, {"messages": []}, Skip.SAMPLED),
        ({"choices": 2}, asked(n=2), Skip.CHOICES),
        ({"redacted": ("email",)}, asked(), Skip.REDACTED),
        ({"operation": "embeddings"}, asked(), Skip.OPERATION),
        ({}, asked(modalities=["text", "audio"]), Skip.AUDIO),
        ({}, asked(web_search_options={}), Skip.LIVE_SOURCES),
        ({"data_class": "fleeting"}, asked(), Skip.RETENTION),
    ],
)
def test_what_passes_by_has_its_reason(facts: Any, request_: Any, skip: Skip | None) -> None:
    assert skipped(EXACT, release(), builders.facts(**facts), request_, plan()) is skip


def test_what_is_sampled_is_taken_where_the_policy_says_so() -> None:
    warm = Caching(Mode.EXACT, sampled=True)
    assert skipped(warm, release(), builders.facts(), asked(temperature=1), plan()) is None


def test_an_experiment_is_never_answered_again() -> None:
    arms = (Arm("one", Model("a")), Arm("other", Model("b")))
    of = release(builders.rule(Experiment("trial", arms)))
    assert skipped(EXACT, of, builders.facts(), asked(), plan(of)) is Skip.EXPERIMENT


@pytest.mark.parametrize(
    ("data_class", "request_", "skip"),
    [
        ("public", asked(), None),
        ("public", asked(messages=[{"role": "system", "content": "Be brief."}, *asked()["messages"]]), None),
        ("public", asked(tools=[{}]), Skip.TOOLS),
        ("public", asked(prompt={"id": "p"}), Skip.PROMPT),
        ("public", asked(temperature=0.1), Skip.TEMPERATURE),
        ("public", asked(messages=[*asked()["messages"] * 3]), Skip.TURNS),
        ("public", asked([{"type": "text", "text": "Hi"}]), Skip.PARTS),
        ("public", asked("x" * 4001), Skip.LENGTH),
        ("internal", asked(), Skip.DATA_CLASS),
        ("confidential", asked(), Skip.DATA_CLASS),
        ("health", asked(), Skip.DATA_CLASS),
        ("unknown", asked(), Skip.DATA_CLASS),
    ],
)
def test_what_is_near_is_asked_of_little(data_class: str, request_: Any, skip: Skip | None) -> None:
    assert skipped_near(release(), builders.facts(data_class=data_class), request_) is skip


def key(request: Any = None, *, caching: Caching = EXACT, of: Release | None = None, **facts: Any) -> bytes:
    known, of = builders.facts(**facts), of or release()
    scope = sameness.scope_of(caching, of, known, plan(of, **facts), facts.get("application", "app-a"))
    return sameness.material(scope, request or asked())


@pytest.mark.parametrize(
    "request_",
    [
        asked(stream=True, stream_options={"include_usage": True}),
        asked(temperature=0.0, n=1),
        asked(user="ann", metadata={"a": "b"}, prompt_cache_key="k"),
    ],
)
def test_how_an_answer_is_delivered_makes_no_difference(request_: Any) -> None:
    assert key(request_) == key()


@pytest.mark.parametrize(
    "changes",
    [
        {"request": asked("Another question?")},
        {"request": asked(seed=1)},
        {"request": asked(response_format={"type": "json_object"})},
        {"data_class": "internal"},
        {"application": "app-b"},
        {"task": "reports"},
        {"knobs": Knobs(max_latency_ms=500)},
        {"of": builders.release(builders.deployment("a"), digest="another", data_classes=CLASSES)},
    ],
)
def test_what_can_change_an_answer_makes_one(changes: Any) -> None:
    assert key(**changes) != key()


def test_end_users_are_kept_apart_where_the_policy_says_so() -> None:
    own = Caching(Mode.EXACT, per_end_user=True)
    assert key(end_user="ann") == key(end_user="bob")
    assert key(caching=own, end_user="ann") != key(caching=own, end_user="bob")


def test_a_share_of_traffic_keeps_its_share() -> None:
    """Whoever would be asked is part of the key: an answer of one member is not given in another's place."""
    of = release(builders.rule(Balance(((Model("a"), 1), (Model("b"), 1)))))
    ids = [f"01900000-0000-7000-8000-{number:012d}" for number in range(40)]
    assert len({key(of=of, request_id=request_id) for request_id in ids}) == 2


NEAR = (
    ("What is the capital of France?", "Could you please tell me what the capital of France is? Thank you!"),
    ("What is the capital of France?", "what's the capital of france"),
    ("Explain how a bridge works.", "Hello! Please explain how a bridge works, thanks in advance."),
    ("Explain how engines work", "explain  how\n\nengines work!"),
    ("I can't open it", "I cannot open it"),
)
FAR = (
    ("What is the capital of France?", "What is the capital of Germany?"),
    ("what is the capital of france", "what is the capital of germany"),
    ("Convert 5 km to miles", "Convert 6 km to miles"),
    ("Convert five km to miles", "Convert six km to miles"),
    ("Is it -5 degrees?", "Is it 5 degrees?"),
    ("What is 2*(3+4)?", "What is 2*3+4?"),
    ("Is it safe?", "Is it not safe?"),
    ("Can I go?", "Can't I go?"),
    ("Who has a few friends?", "Who has few friends?"),
    ("Say “cat” in French", "Say “dog” in French"),
    ("What does `a + b` do?", "What does `a - b` do?"),
    ("Flights from paris to rome", "Flights to paris from rome"),
    ("does the dog bite the man", "does the man bite the dog"),
    ("Is this US law?", "Is this us law?"),
    ("Which was the largest city?", "Which is the largest city?"),
    ("Which is the largest city?", "Which is the smallest city?"),
    ("What may an employee do?", "What may an employer do?"),
    ("Read file a.txt", "Read file b.txt"),
    ("Can I eat this?", "Can you eat this?"),
    ("Give me recipes", "Give me vegetarian recipes"),
    ("法国的首都是什么", "德国的首都是什么"),
    ("", ""),
)


@pytest.mark.parametrize(("one", "other"), NEAR)
def test_how_politely_it_is_asked_makes_no_difference(one: str, other: str) -> None:
    assert similarity_milli(read(one), read(other)) >= 800
    assert read(one).marks == read(other).marks


@pytest.mark.parametrize(("one", "other"), FAR)
def test_whatever_changes_a_meaning_is_far(one: str, other: str) -> None:
    assert similarity_milli(read(one), read(other)) == 0


def test_the_frame_of_a_near_question_is_the_same() -> None:
    scope = {"application": "a"}
    marks = read("What?").marks
    alone = sameness.near_material(scope, asked("What?"), marks)
    assert alone == sameness.near_material(scope, asked("What, please?"), marks)
    assert alone != sameness.near_material(scope, asked("What?", max_tokens=5), marks)
    assert alone != sameness.near_material(scope, asked("What?"), read("What 5?").marks)


@pytest.mark.parametrize(
    ("false", "compared", "enough"),
    [(0, 0, False), (0, 298, False), (0, 299, True), (1, 472, False), (1, 473, True), (10, 1000, False)],
)
def test_evidence_is_an_exact_bound(false: int, compared: int, enough: bool) -> None:
    assert suffices(false, compared) is enough


def test_the_bound_is_never_under_the_share_itself() -> None:
    assert all(upper_bound(false, 50) >= false / 50 for false in range(51))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Paris.", "paris", True),
        ("Paris", "London", False),
        ('{"a": 1, "b": 2}', '{"b":2,"a":1}', True),
        ('{"a": 1}', '{"a": 2}', False),
        ('{"a": 1}', "a is 1", False),
        ("It costs 5 euros in all", "It costs 6 euros in all", False),
    ],
)
def test_answers_agree_as_json_or_in_their_words(one: str, other: str, same: bool) -> None:
    assert agree(one, other) is same


def test_settings_lose_nothing_on_their_way_through_a_release() -> None:
    caching = Caching(Mode.SHADOW, 60, sampled=True, per_end_user=True, similarity_milli=950, joins=True)
    assert caching_from(caching_value(caching)) == caching
    assert caching_value(Caching()) is None
    assert caching_value(Caching(joins=True)) == {"joins": True}


@pytest.mark.parametrize("value", [{"mode": "fuzzy"}, {"ttl_s": 0}, {"similarity_milli": 1}, {"more": 1}])
def test_settings_that_are_not_known_are_not_read(value: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"cache|Mode"):
        caching_from(value)


TOOL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
MESSAGE = {"role": "assistant", "content": "Hi", "refusal": None}
WHOLE = {
    "id": "x",
    "created": 1,
    "model": "m",
    "system_fingerprint": None,
    "object": "chat.completion",
    "choices": [{"index": 0, "message": MESSAGE, "finish_reason": "stop", "logprobs": None}],
}


@pytest.mark.parametrize("tools", [{}, {"tool_calls": [TOOL, {**TOOL, "id": "d"}]}])
def test_an_answer_is_the_same_in_both_forms(tools: Any) -> None:
    choice = {**WHOLE["choices"][0], "message": {**MESSAGE, **tools}}  # type: ignore[index]
    whole, assembly = {**WHOLE, "choices": [choice]}, forms.Assembly()
    for chunk in forms.chunks(whole, told=None):
        assembly.add(chunk)
    assert assembly.completion() == whole


@pytest.mark.parametrize(
    "chunk",
    [
        {"choices": [{"index": 1, "delta": {"content": "x"}}]},
        {"choices": [{"index": 0, "delta": {"audio": {"data": ""}}}]},
        {"choices": [{"index": 0, "delta": {"content": "no end"}}]},
    ],
)
def test_what_can_not_be_told_whole_is_not_kept(chunk: Any) -> None:
    assembly = forms.Assembly()
    assembly.add(chunk)
    assert assembly.completion() is None
