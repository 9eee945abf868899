"""Fixtures by hand, after the documentation: `NAME.json`, and `NAME-DIALECT.json` for one dialect.

An answer that came in pieces is its `stream` as text, or its `frames` as [event, payload].
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.routing.adapters.wires import event

FOLDER = Path(__file__).parent / "fixtures"


def cases(name: str) -> list[dict[str, Any]]:
    """Every case of the files whose content is a list."""
    return [case for path in sorted(FOLDER.glob(f"{name}*.json")) for case in json.loads(path.read_text())]


def by_name(name: str) -> dict[str, Any]:
    """Every case of the files whose content is an object."""
    return {
        key: case
        for path in sorted(FOLDER.glob(f"{name}*.json"))
        for key, case in json.loads(path.read_text()).items()
    }


class Step(NamedTuple):
    """One event of a stream. `write` gives the bytes of the same event with other data."""

    data: str
    write: Callable[[str], bytes]


def is_stream(answer: dict[str, Any]) -> bool:
    return "stream" in answer or "frames" in answer


def steps(answer: dict[str, Any]) -> list[Step]:
    if "frames" in answer:
        return [_frame(name, json.dumps(payload)) for name, payload in answer["frames"]]
    text = answer["stream"].strip()
    if text.startswith("{"):
        return [Step(line, lambda data: f"{data}\n".encode()) for line in text.split("\n")]
    return [_server_event(*part.rpartition("data: ")) for part in text.split("\n\n")]


def stream_bytes(answer: dict[str, Any]) -> bytes:
    if "stream" in answer:
        return str(answer["stream"]).encode()
    return b"".join(step.write(step.data) for step in steps(answer))


def _frame(name: str, data: str) -> Step:
    return Step(data, lambda other: event(name, other.encode()))


def _server_event(head: str, field: str, data: str) -> Step:
    return Step(data, lambda other: f"{head}{field}{other}\n\n".encode())
