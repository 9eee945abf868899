"""What every script of checks shares: where Signalbox is, what is asked, and how a check is told."""

import asyncio
import inspect
import json
import os
import traceback
from collections.abc import Callable
from typing import Any

URL = os.environ["SIGNALBOX_URL"]
API_URL = URL + "/v1"
KEY = os.environ["SIGNALBOX_KEY"]
MODEL = "auto"
HELLO = "Say hello."
WHERE = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ANSWER_SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "count": {"type": "integer"}},
    "required": ["name", "count"],
    "additionalProperties": False,
}
AT_ONCE = 16


def run(*checks: Callable[[], Any]) -> None:
    """Run each check and say what came of it, one line of JSON each."""
    for check in checks:
        problem = ""
        try:
            found = check()
            if inspect.isawaitable(found):
                asyncio.run(_awaited(found))
        except BaseException as error:  # whatever a client raises is what the check found
            last = traceback.extract_tb(error.__traceback__)[-1]
            problem = f"{type(error).__name__} at line {last.lineno}: {str(error)[:300]}"
        print(json.dumps({"check": check.__name__, "problem": problem.replace("\n", " ")}), flush=True)


async def _awaited(found: Any) -> Any:
    return await found


def refused(kind: type[Exception], ask: Callable[[], Any]) -> Any:
    """The error that `ask` raises, which must be of its kind."""
    try:
        ask()
    except kind as error:
        return error
    raise AssertionError("nothing was refused")
