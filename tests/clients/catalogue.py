"""The clients, what each needs, and how its environment is made."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Client:
    script: str  # beside this file; .mjs runs in Node, .py in Python
    needs: tuple[str, ...]

    def install(self, place: Path, *, timeout_s: float) -> list[str]:
        """The command that runs a script with what is needed; installed once, and again when that changed.

        Raises CalledProcessError, TimeoutExpired and OSError.
        """
        node = self.script.endswith(".mjs")
        command = ["node"] if node else [str(place / "bin" / "python")]
        done = place / "installed.json"
        wanted = json.dumps(self.needs)
        if done.exists() and done.read_text() == wanted:
            return command
        place.mkdir(parents=True, exist_ok=True)
        for step in self._node_steps() if node else self._python_steps(place):
            options = {"capture_output": True, "text": True, "timeout": timeout_s}
            subprocess.run(step, cwd=place, check=True, **options)  # type: ignore[call-overload]
        done.write_text(wanted)
        return command

    def version(self, place: Path) -> str:
        """Of what it is about, as installed there; "" where that can't be told."""
        name = re.split(r"[\[=]", self.needs[0])[0]
        if self.script.endswith(".mjs"):
            package = json.loads((place / "node_modules" / self.needs[0] / "package.json").read_text())
            return str(package["version"])
        asked = f"import importlib.metadata as m; print(m.version({name!r}))"
        command = [str(place / "bin" / "python"), "-c", asked]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    def _node_steps(self) -> list[list[str]]:
        return [["npm", "init", "--yes"], ["npm", "install", "--no-fund", "--no-audit", *self.needs]]

    def _python_steps(self, place: Path) -> list[list[str]]:
        pip = [
            str(place / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        return [[sys.executable, "-m", "venv", str(place)], [*pip, *self.needs]]


CLIENTS = {
    "openai": Client("python/openai_chat.py", ("openai",)),
    "openai-responses": Client("python/openai_responses.py", ("openai",)),
    "anthropic": Client("python/anthropic_messages.py", ("anthropic",)),
    "langchain-openai": Client("python/langchain_client.py", ("langchain-openai",)),
    "pydantic-ai": Client("python/pydantic_ai_client.py", ("pydantic-ai-slim[openai,anthropic]",)),
    "instructor": Client("python/instructor_client.py", ("instructor",)),
    "llama-index": Client(
        "python/llama_index_client.py", ("llama-index-llms-openai-like", "llama-index-embeddings-openai-like")
    ),
    "openai-agents": Client("python/openai_agents_client.py", ("openai-agents",)),
    "llm": Client("python/llm_command.py", ("llm",)),
    "litellm": Client(
        "python/litellm_client.py", ("litellm==1.106.2", "mcp")
    ),  # some releases were compromised
    "openai-node": Client("node/openai.mjs", ("openai",)),
    "anthropic-node": Client("node/anthropic.mjs", ("@anthropic-ai/sdk",)),
    "ai-node": Client("node/ai.mjs", ("ai", "@ai-sdk/openai", "@ai-sdk/anthropic", "zod")),
}
