"""A provider's batch service over the wire: what it is asked, and what it answers."""

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from routing.adapters.batch_contract import (
    MAX_ANSWER_BYTES,
    MAX_ANSWERS_BYTES,
    Answered,
    BatchService,
    Line,
    Standing,
)
from routing.adapters.contract import PreparedRequest, ProviderError, Target
from routing.adapters.failures import failure
from routing.batches.splitting import lines_of
from routing.batches.toolbox import Toolbox
from routing.core.execution import FailureKind
from routing.lane.flight import endpoint_host
from routing.lane.transport import Reply, TooLong

log = logging.getLogger(__name__)

Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Door:
    """Each method raises ProviderError: ConnectFailed where nothing was sent, with a status where the
    provider has refused, with neither where it is not known what it did."""

    tools: Toolbox
    service: BatchService
    target: Target

    async def upload(self, lines: Sequence[Line], mark: str) -> str:
        """The provider's name of the file; "" where the lines go with the batch."""
        prepared = self.service.upload(lines, self.target, mark=mark)
        return "" if prepared is None else self.service.uploaded(*await self._ask(prepared))

    async def create(self, lines: Sequence[Line], file: str, mark: str) -> Standing:
        prepared = self.service.create(lines, self.target, file=file, mark=mark)
        return self.service.standing(*await self._ask(prepared))

    async def find(self, mark: str) -> Standing | None:
        prepared = self.service.listing(self.target)
        return None if prepared is None else self.service.marked(*await self._ask(prepared), mark=mark)

    async def look(self, batch: str) -> Standing:
        return self.service.standing(*await self._ask(self.service.look(self.target, batch)))

    async def cancel(self, batch: str) -> None:
        """One that has ended meanwhile can't be, which the next look shows."""
        status, headers, body = await self._ask(self.service.cancel(self.target, batch))
        if status >= 500:
            raise failure(status, headers, body.decode(errors="replace"))

    async def forget(self, file: str, standing: Standing) -> None:
        """What can't be deleted goes by the provider's own time."""
        for prepared in self.service.forget(self.target, file=file, standing=standing):
            try:
                status, _, _ = await self._ask(prepared)
            except ProviderError as error:
                log.warning("a provider keeps a batch", extra={"batch": standing.batch, "error": str(error)})
                return
            if status >= 400:
                log.warning("a provider keeps a batch", extra={"batch": standing.batch, "status": status})

    async def answers(self, standing: Standing) -> AsyncGenerator[Answered, None]:
        """As they stand in the provider's files; what is no answer is passed over."""
        for prepared in self.service.results(self.target, standing):
            async with aclosing(self._lines(prepared)) as lines:
                async for line in lines:
                    try:
                        yield self.service.answered(line)
                    except (ValueError, TypeError):  # also of msgspec
                        log.warning("a line of a batch can't be read", extra={"batch": standing.batch})

    async def _lines(self, prepared: PreparedRequest) -> AsyncGenerator[bytes, None]:
        async with await self._open(prepared) as reply:
            if reply.status >= 400:
                raise failure(reply.status, reply.headers, (await reply.read()).decode(errors="replace"))
            try:
                async with aclosing(reply.chunks(MAX_ANSWERS_BYTES)) as chunks:
                    async for line in lines_of(chunks, most_bytes=MAX_ANSWER_BYTES):
                        if line is None:
                            log.warning("an answer of a batch is too long", extra={"url": prepared.url})
                        elif line.strip():
                            yield line
            except TooLong:
                log.warning("answers of a batch are too long", extra={"url": prepared.url})

    async def _ask(self, prepared: PreparedRequest) -> Answer:
        async with await self._open(prepared) as reply:
            return reply.status, dict(reply.headers), await reply.read()

    async def _open(self, prepared: PreparedRequest) -> Reply:
        """The credential is its host's, so nothing goes to another."""
        if endpoint_host(prepared.url) != endpoint_host(self.target.base_url):
            message = "the dialect points to another host"
            raise ProviderError(message, kind=FailureKind.ERROR, retryable=False)
        return await self.tools.open(prepared)
