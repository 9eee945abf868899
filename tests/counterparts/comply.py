"""llm-comply: our surfaces by the documents of the formats that they speak, on a stack of its own."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

PACKAGE = "llm-comply==0.5.0"
SCRIPT = "comply.py"
FORMATS = ("openai-chat", "open-responses", "anthropic")
ROOT = Path(__file__).resolve().parents[2]


async def checks(place: Path) -> AsyncIterator[tuple[str, str]]:
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "platform")]
    from tests.stack import started

    with tempfile.TemporaryDirectory() as directory, started(Path(directory)) as stack:
        for name in FORMATS:
            asked = ("-u", stack.api_url, "-k", stack.keys["main"], "-m", "auto", "--format", name, "--json")
            for found in await _run(str(place / "bin" / "llm-comply"), *asked):
                passed = found.get("status") in ("passed", "skipped")
                what = f"{name}: {found.get('name') or found.get('id')}"
                yield what, "" if passed else json.dumps(found)


async def _run(*command: str) -> list[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    results: list[dict[str, Any]] = json.loads(said)["results"]
    return results
