"""The `llm` command, with Signalbox as one of its extra models of OpenAI's kind."""

import json
import os
import subprocess
import sys
from pathlib import Path

from checking import ANSWER_SCHEMA, API_URL, HELLO, KEY, MODEL, run

HOME = Path(os.environ["HOME"]) / "llm"
HOME.mkdir(exist_ok=True)
ENTRY = """
- model_id: {id}
  model_name: {name}
  api_base: {url}
  api_key_name: box
  supports_schema: true
  supports_tools: true
"""
NAMED = {"box": MODEL, "none": "no-such-model"}
ENTRIES = [ENTRY.format(id=name, name=model, url=API_URL) for name, model in NAMED.items()]
(HOME / "extra-openai-models.yaml").write_text("".join(ENTRIES))
(HOME / "keys.json").write_text(json.dumps({"box": KEY}))


def _llm(*arguments):
    command = [str(Path(sys.executable).parent / "llm"), *arguments]
    environment = {**os.environ, "LLM_USER_PATH": str(HOME)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def chat():
    assert HELLO in _llm("--no-stream", "-m", "box", HELLO).stdout


def stream():
    assert HELLO in _llm("-m", "box", HELLO).stdout


def schema():
    answer = _llm("-m", "box", "--schema", json.dumps(ANSWER_SCHEMA), HELLO).stdout
    assert set(json.loads(answer)) == {"name", "count"}


def tools():
    tool = "def weather(city: str) -> str:\n    'The weather.'\n    return 'Sunny in ' + city"
    assert "Sunny" in _llm("-m", "box", "--functions", tool, HELLO).stdout


def errors():
    failed = _llm("-m", "none", HELLO)
    assert failed.returncode
    assert "no-such-model" in failed.stderr


run(chat, stream, schema, tools, errors)
