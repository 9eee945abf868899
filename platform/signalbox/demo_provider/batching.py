"""The demo provider's batches, as OpenAI has them: files, batches of them, and files of answers, in memory.

A batch is in progress when it is first looked at, and has ended the next time; only then its lines are
answered. The directive `batch` of a line says what goes wrong (see `faults`):

hold     the batch goes on until it is cancelled
expire   the line is not begun, and the batch has expired
lose     the line is answered, and its answer is in no file
mute     the batch is made, and whoever asked for it is not told
"""

import itertools
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from signalbox.demo_provider.faults import Faults
from signalbox.demo_provider.operations import read_form

MAX_KEPT = 200  # files, and batches; the oldest are forgotten
CREATED = 1_767_225_600
LOOKS = 2  # until it has ended
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode

Answer = tuple[int, bytes]
AnswerLine = Callable[[str, bytes], Answer]  # path and body of a request → the answer; counts it as one
FaultsOf = Callable[[str, bytes], Faults]


class Mute(Exception):
    """What was asked for is done, and nobody is told."""


@dataclass
class Held:
    """A batch."""

    name: str
    lines: list[dict[str, Any]]
    metadata: Mapping[str, Any] | None
    input_file: str
    state: str = "validating"
    looks: int = 0
    files: dict[str, str] = field(default_factory=dict)

    def value(self) -> dict[str, Any]:
        return {
            "id": self.name,
            "object": "batch",
            "endpoint": self.lines[0]["url"],
            "errors": None,
            "input_file_id": self.input_file,
            "completion_window": "24h",
            "status": self.state,
            "output_file_id": self.files.get("output"),
            "error_file_id": self.files.get("error"),
            "created_at": CREATED,
            "metadata": self.metadata,
        }


class Batches:
    def __init__(self, answer: AnswerLine, faults_of: FaultsOf) -> None:
        self._answer = answer
        self._faults_of = faults_of
        self._files: OrderedDict[str, bytes] = OrderedDict()
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._numbers = itertools.count(1)

    def asked(self, method: str, path: str, content_type: str, body: bytes) -> Answer | None:
        """None where there is nothing at the path. Raises ValueError, LookupError for what can't be read, and
        Mute."""
        parts = path.rstrip("/").split("/")
        at = next((at for at, part in enumerate(parts) if part in ("files", "batches")), None)
        if at is None:
            return None
        kind, *rest = parts[at:]
        if kind == "files":
            return self._of_files(method, rest, content_type, body)
        return self._of_batches(method, rest, body)

    def _of_files(self, method: str, rest: list[str], content_type: str, body: bytes) -> Answer | None:
        match method, rest:
            case "POST", []:
                name = self._keep(read_form(content_type, body)["file"][1])
                return 200, _encode({"id": name, "object": "file", "purpose": "batch"})
            case "GET", [name, "content"]:
                return 200, self._files[name]
            case "DELETE", [name]:
                del self._files[name]
                return 200, _encode({"id": name, "object": "file", "deleted": True})
        return None

    def _of_batches(self, method: str, rest: list[str], body: bytes) -> Answer | None:
        match method, rest:
            case "POST", []:
                return 200, _encode(self._create(_decode(body)).value())
            case "GET", []:
                listed = [held.value() for held in reversed(self._held.values())]
                return 200, _encode({"object": "list", "data": listed, "has_more": False})
            case "GET", [name]:
                return 200, _encode(self._look(self._held[name]).value())
            case "POST", [name, "cancel"]:
                self._end(self._held[name], "cancelled")
                return 200, _encode(self._held[name].value())
        return None

    def _create(self, asked: Mapping[str, Any]) -> Held:
        lines = [_decode(line) for line in self._files[asked["input_file_id"]].splitlines() if line]
        name = f"batch_demo_{next(self._numbers)}"
        held = self._held[name] = Held(name, lines, asked.get("metadata"), asked["input_file_id"])
        if len(self._held) > MAX_KEPT:
            self._held.popitem(last=False)
        if self._has(held, "mute"):
            raise Mute
        return held

    def _look(self, held: Held) -> Held:
        if held.state in ("validating", "in_progress"):
            held.looks += 1
            held.state = "in_progress"
            if held.looks >= LOOKS and not self._has(held, "hold"):
                self._end(held, "expired" if self._has(held, "expire") else "completed")
        return held

    def _end(self, held: Held, state: str) -> None:
        if held.state not in ("validating", "in_progress"):
            return
        held.state = state
        said: dict[str, list[bytes]] = {"output": [], "error": []}
        for number, line in enumerate(held.lines, 1):
            found = self._said(held, line, number)
            if found is not None:
                said[found[0]].append(_encode(found[1]))
        held.files = {kind: self._keep(b"\n".join(told) + b"\n") for kind, told in said.items() if told}

    def _said(self, held: Held, line: Mapping[str, Any], number: int) -> tuple[str, dict[str, Any]] | None:
        """(file, line) of an answer; None where there is none."""
        path, body = line["url"], _encode(line["body"])
        fault = self._faults_of(path, body).batch
        told: dict[str, Any] = {"id": f"{held.name}_{number}", "custom_id": line["custom_id"]}
        if held.state == "cancelled" or fault == "expire":
            error = {"code": f"batch_{held.state}", "message": "This request was not run."}
            return "error", {**told, "response": None, "error": error}
        status, answer = self._answer(path, body)
        response = {"status_code": status, "request_id": told["id"], "body": msgspec.Raw(answer)}
        if fault == "lose":
            return None
        return "output" if status < 400 else "error", {**told, "response": response, "error": None}

    def _has(self, held: Held, fault: str) -> bool:
        lines = ((line["url"], _encode(line["body"])) for line in held.lines)
        return any(self._faults_of(*line).batch == fault for line in lines)

    def _keep(self, data: bytes) -> str:
        name = f"file-demo{next(self._numbers)}"
        self._files[name] = data
        if len(self._files) > MAX_KEPT:
            self._files.popitem(last=False)
        return name
