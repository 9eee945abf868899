"""The demo provider's ASGI application.

POST …/chat/completions    the provider
POST …/embeddings, …/moderations, …/images/generations, …/audio/speech, …/audio/transcriptions
                           what else it does (see `operations`)
POST …/files, …/batches     batches (see `batching`), Anthropic's …/messages/batches, and Gemini's
                           behind …/v1beta/
GET  …/models              what it is called; any other id is answered as well
GET  /demo/stats           what it has seen (see `stats`)
GET  /demo/labels          how many requests came with each label (see `faults`)
POST /demo/reset           forget that
"""

import itertools
from collections.abc import Coroutine, MutableMapping
from dataclasses import replace
from typing import Any

import msgspec

from signalbox.demo_provider import faults as directives
from signalbox.demo_provider.batching import Batches, Mute
from signalbox.demo_provider.chat import MAX_ECHO_CHARS, ChatIn, answer
from signalbox.demo_provider.client import BodyTooLarge, Client, ClientGone, Headers, Receive, Send
from signalbox.demo_provider.exchange import JSON, Cut, exchange, plain
from signalbox.demo_provider.generate_batches import BASE, GenerateBatches
from signalbox.demo_provider.message_batches import CHAT, MessageBatches
from signalbox.demo_provider.operations import BY_PATH, read_request, said_in
from signalbox.demo_provider.stats import Stats
from signalbox.demo_provider.wire import completion_body, error_body

MODELS = ("demo-small", "demo-large", "demo-reasoner", "demo-slow", "demo-down", "demo-limited")
CREATED = 1_767_225_600
Scope = MutableMapping[str, Any]
_decode = msgspec.json.Decoder(ChatIn).decode
_encode = msgspec.json.Encoder().encode


class DemoProvider:
    """With an `api_key`, only requests that carry it are answered."""

    def __init__(self, api_key: str = "") -> None:
        self.stats = Stats()
        self._authorization = f"Bearer {api_key}".encode() if api_key else b""
        self._numbers = itertools.count(1)
        self._batches = Batches(self._answer_line, self._faults_of_line)
        self._messages = MessageBatches(self._answer_line, self._faults_of_line)
        self._generate = GenerateBatches(self._answer_line, self._faults_of_line)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        with Client(receive, send) as client:
            path, method = scope["path"], scope["method"]
            operation = next((name for name in BY_PATH if path.endswith(name)), "")
            if method == "POST" and path.endswith(CHAT):
                await self._chat(client, scope)
            elif method == "POST" and operation:
                await self._operation(client, scope, operation)
            elif "/files" in path or "/batches" in path or path.endswith(":batchGenerateContent"):
                await self._batching(client, scope)
            elif method == "GET" and path.endswith("/models"):
                await client.respond(200, [JSON], _models())
            elif method == "GET" and path == "/demo/stats":
                await client.respond(200, [JSON], _encode(self.stats.report()))
            elif method == "GET" and path == "/demo/labels":
                await client.respond(200, [JSON], _encode(self.stats.by_label))
            elif method == "POST" and path == "/demo/reset":
                self.stats = Stats(in_flight=self.stats.in_flight)
                await client.respond(200, [JSON], b"{}")
            else:
                await client.respond(404, [JSON], error_body(404, f"There is nothing at {method} {path}."))

    async def _body(self, client: Client, headers: dict[bytes, bytes]) -> bytes | None:
        """The request's body; None where it was refused, or its client has gone."""
        try:
            body = await client.body()
        except ClientGone:
            return None
        except BodyTooLarge:
            await client.respond(413, [JSON], error_body(413))
            return None
        if self._authorization and headers.get(b"authorization") != self._authorization:
            await client.respond(401, [JSON], error_body(401))
            return None
        return body

    async def _operation(self, client: Client, scope: Scope, operation: str) -> None:
        headers = dict(scope["headers"])
        body = await self._body(client, headers)
        if body is None:
            return
        try:
            request = read_request(headers.get(b"content-type", b"").decode("latin-1"), body)
            model, text = request["model"], said_in(request)
            faults, _ = directives.read(model, text, headers.get(b"x-demo-fault", b"").decode("latin-1"), "")
            kind, answer = BY_PATH[operation](request)
        except (LookupError, TypeError, ValueError, RecursionError) as error:
            await client.respond(400, [JSON], error_body(400, str(error)))
            return
        self.stats.last_user_text = text[:MAX_ECHO_CHARS]
        self.stats.began(model, stream=False, label=faults.label)
        await self._counted(model, faults, plain(client, kind, answer, faults, next(self._numbers)))

    async def _chat(self, client: Client, scope: Scope) -> None:
        headers = dict(scope["headers"])
        body = await self._body(client, headers)
        if body is None:
            return
        try:
            request = _decode(body)
            faults = self._faults(request, headers.get(b"x-demo-fault", b"").decode("latin-1"))
        except (ValueError, RecursionError) as error:
            await client.respond(400, [JSON], error_body(400, str(error)))
            return
        await self._answer(client, request, faults)

    async def _batching(self, client: Client, scope: Scope) -> None:
        headers = dict(scope["headers"])
        body = await self._body(client, headers)
        if body is None:
            return
        kind = headers.get(b"content-type", b"").decode("latin-1")
        try:
            before, _, rest = scope["path"].partition("/messages/batches")
            if before != scope["path"]:
                found = self._messages.asked(scope["method"], rest.split("/")[1:], body)
            elif BASE in scope["path"]:
                found = self._generate.asked(scope["method"], scope["path"], kind, body)
            else:
                found = self._batches.asked(scope["method"], scope["path"], kind, body)
        except (LookupError, TypeError, ValueError, RecursionError) as error:
            found = 404 if isinstance(error, LookupError) else 400, error_body(400, str(error))
        except Mute:
            await client.start(200, [JSON, (b"content-length", b"100")])
            return  # unfinished, which closes the connection
        await client.respond(*(_with_kind(found) if found else (404, [JSON], error_body(404))))

    def _faults_of_line(self, path: str, body: bytes) -> directives.Faults:
        if path.endswith(CHAT):
            return self._faults(_decode(body), "")
        request = read_request("", body)
        return directives.read(request["model"], said_in(request), "", "")[0]

    def _answer_line(self, path: str, body: bytes) -> tuple[int, bytes]:
        """One line of a batch, counted as a request."""
        faults, model = self._faults_of_line(path, body), read_request("", body)["model"]
        self.stats.began(model, stream=False, label=faults.label)
        self.stats.ended(model, faults.status or 200, "ok")
        if faults.status:
            return faults.status, error_body(faults.status)
        operation = next((name for name in BY_PATH if path.endswith(name)), "")
        if operation:
            return 200, BY_PATH[operation](read_request("", body))[1]
        request = _decode(body)
        return 200, completion_body(answer(request, faults), request, next(self._numbers), faults)

    def _faults(self, request: ChatIn, header: str) -> directives.Faults:
        metadata = str((request.metadata or {}).get("demo", ""))
        faults, told = directives.read(request.model, request.last_user_text(), header, metadata)
        if faults.first and self.stats.told(f"{request.model} {told}") > faults.first:
            return replace(directives.NONE, label=faults.label)
        return faults

    async def _answer(self, client: Client, request: ChatIn, faults: directives.Faults) -> None:
        stats = self.stats
        stats.last_user_text = request.last_user_text()[:MAX_ECHO_CHARS]
        stats.began(request.model, stream=bool(request.stream), label=faults.label)
        answering = exchange(client, request, faults, next(self._numbers), stats)
        await self._counted(request.model, faults, answering)

    async def _counted(
        self, model: str, faults: directives.Faults, answering: Coroutine[Any, Any, None]
    ) -> None:
        stats = self.stats
        how = "ok"
        try:
            await answering
        except ClientGone:
            how = "cancelled"
        except Cut:
            how = "cut"  # returning with the response unfinished makes the server close the connection
        finally:
            stats.ended(model, faults.status or 200, how, faults.label)
            if stats is not self.stats:  # it was reset meanwhile
                self.stats.in_flight -= 1


def _with_kind(found: tuple[int, bytes]) -> tuple[int, Headers, bytes]:
    status, body = found
    return status, [JSON], body


def _models() -> bytes:
    data = [{"id": name, "object": "model", "created": CREATED, "owned_by": "signalbox"} for name in MODELS]
    return _encode({"object": "list", "data": data})
