"""What a dossier is made of: steps with words, pairs and tables, and how values read."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Cell:
    """`tone` colours it (good, bad, plain); the text says the same without colour. `code` is monospaced."""

    text: str
    tone: str = ""
    code: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story: what it says, then details as pairs, then a table."""

    key: str
    title: str
    says: str
    details: tuple[tuple[str, str], ...] = ()
    table: Table | None = None
    tone: str = ""


def json_object(text: str) -> dict[str, Any]:
    value = json.loads(text) if text else {}
    return value if isinstance(value, dict) else {}


def json_list(text: str) -> list[str]:
    value = json.loads(text) if text else []
    return [str(item) for item in value] if isinstance(value, list) else []


def plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S.%f} UTC"
