"""One value of an answer replaced by another type: it is read, or raises ProviderError and nothing else."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from routing.adapters import get, names
from routing.adapters.contract import ProviderError
from routing.api.render import render_chunk, render_completion
from tests.routing.adapters.adapter_fixtures import Step, cases, is_stream, steps

ANSWERS = cases("answers")
STRANGERS: tuple[Any, ...] = (None, 7, -1, 1.5, True, "x", "", [], {}, [None], [[]], {"x": {}}, [{"type": 1}])
NAMES: dict[str, Any] = {"request_id": "a-b", "created": 1, "model": "m"}


def mutations(value: Any) -> Iterator[Any]:
    yield from STRANGERS
    if isinstance(value, dict):
        for name in value:
            yield {key: inner for key, inner in value.items() if key != name}
            yield from ({**value, name: mutated} for mutated in mutations(value[name]))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from ([*value[:place], mutated, *value[place + 1 :]] for mutated in mutations(inner))


def bodies(dialect: str) -> list[dict[str, Any]]:
    return [
        json.loads(answer["body"]) for answer in ANSWERS if answer["dialect"] == dialect and "body" in answer
    ]


def streams(dialect: str) -> list[list[Step]]:
    return [steps(answer) for answer in ANSWERS if answer["dialect"] == dialect and is_stream(answer)]


@pytest.mark.parametrize("dialect", names())
def test_a_strange_answer_is_read_or_refused(dialect: str) -> None:
    read = refused = 0
    for body in bodies(dialect):
        for mutated in mutations(body):
            try:
                completion = get(dialect).parse(200, {}, json.dumps(mutated).encode())
            except ProviderError:
                refused += 1
            else:
                read += 1
                assert render_completion(completion, **NAMES)
    assert read > 50
    assert refused > 50


@pytest.mark.parametrize("dialect", names())
def test_a_strange_error_is_still_an_error(dialect: str) -> None:
    error = {"error": {"message": "No.", "type": "t", "code": 1, "details": [{"retryDelay": "1s"}]}}
    for mutated in mutations(error):
        assert isinstance(get(dialect).parse_error(400, {}, json.dumps(mutated).encode()), ProviderError)


@pytest.mark.parametrize("dialect", names())
def test_a_strange_stream_is_read_or_refused(dialect: str) -> None:
    read = refused = 0
    for events in streams(dialect):
        written = [step.write(step.data) for step in events]
        for place, step in enumerate(events):
            if step.data == "[DONE]":
                continue
            for mutated in mutations(json.loads(step.data)):
                changed = step.write(json.dumps(mutated))
                try:
                    play(dialect, b"".join([*written[:place], changed, *written[place + 1 :]]))
                    read += 1
                except ProviderError:
                    refused += 1
    assert read > 50
    assert refused > 50


def play(dialect: str, body: bytes) -> None:
    parser = get(dialect).stream()
    for delta in (*parser.feed(body), *parser.close()):
        render_chunk(delta, include_usage=True, **NAMES)
