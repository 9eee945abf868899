"""Fixtures by hand, after the documentation: `NAME.json`, and `NAME-DIALECT.json` for one dialect."""

import json
from pathlib import Path
from typing import Any

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
