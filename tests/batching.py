"""A batch on a stack: begun as an application would, and looked at from all sides."""

import json
import uuid
from typing import Any

import httpx

from tests.stack import Stack, wait_until

CHAT = "/v1/chat/completions"
EMBEDDINGS = "/v1/embeddings"
ENDS = ("completed", "failed", "cancelled", "expired")
ENDED_WITHIN_S = 150  # past a lease and the next sweep, where a worker died


class Batch:
    """One batch of the stack's: lines for one model, each with a directive for its provider; of embeddings,
    where it is a model for these."""

    def __init__(
        self, stack: Stack, http: httpx.Client, directives: tuple[str, ...], model: str = "bulk"
    ) -> None:
        self.stack = stack
        self.label = uuid.uuid4().hex
        self._http = http
        self._model = model
        self._endpoint = EMBEDDINGS if model == "bulk-embed" else CHAT
        lines = [self._line(at, directive) for at, directive in enumerate(directives)]
        data = "\n".join(map(json.dumps, lines)).encode()
        file = self._http.post("/files", data={"purpose": "batch"}, files={"file": ("in.jsonl", data)})
        asked = {"input_file_id": file.json()["id"], "endpoint": self._endpoint, "completion_window": "24h"}
        self.id = self._http.post("/batches", json=asked).json()["id"]

    def _line(self, at: int, directive: str) -> dict[str, Any]:
        label = f"{self.label}-{at}"
        demo = ",".join(filter(None, (directive, f"label={label}")))
        text = f"Line {at} [[demo:{demo}]]"
        body: dict[str, Any] = {"model": self._model}
        if self._endpoint == CHAT:
            messages = [{"role": "user", "content": text}]
            body |= {"metadata": {"tags": label}, "max_tokens": 50, "messages": messages}
        else:
            body |= {"input": [text, "and another"]}
        return {"custom_id": f"n{at}", "method": "POST", "url": self._endpoint, "body": body}

    @property
    def value(self) -> dict[str, Any]:
        return dict(self._http.get(f"/batches/{self.id}").json())

    def cancel(self) -> None:
        self._http.post(f"/batches/{self.id}/cancel").raise_for_status()

    def ended(self) -> dict[str, Any]:
        wait_until(lambda: self.value["status"] in ENDS, f"{self.id} to end", ENDED_WITHIN_S)
        return self.value

    def said(self, kind: str = "output") -> dict[str, Any]:
        file = self.value[f"{kind}_file_id"]
        text = self._http.get(f"/files/{file}/content").text if file else ""
        return {each["custom_id"]: each for each in map(json.loads, text.splitlines())}

    @property
    def sent(self) -> list[dict[str, Any]]:
        """What is on record of the batches at the provider."""
        wanted = self.id.removeprefix("batch_")
        wanted = wanted if self.stack.on_sqlite else str(uuid.UUID(wanted))
        return self.stack.rows("SELECT * FROM routing_providerbatch WHERE batch_id = %s", wanted)

    @property
    def calls(self) -> list[int]:
        """How often each line was called that was."""
        labels = self.stack.provider_labels()
        return [count for label, count in labels.items() if label.startswith(self.label)]

    def attempt(self, request_id: str) -> dict[str, Any]:
        wanted = request_id.replace("-", "") if self.stack.on_sqlite else request_id
        (row,) = self.stack.rows("SELECT * FROM audit_attempt WHERE request_id = %s", wanted)
        return row
