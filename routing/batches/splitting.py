"""The lines of a body that comes in chunks, none longer than a bound. Pure."""

from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Line:
    """One that is not at its end yet. What passes the bound is counted, and not kept."""

    most_bytes: int
    length: int = 0
    pieces: list[bytes] = field(default_factory=list)

    def add(self, piece: bytes) -> None:
        self.length += len(piece)
        if self.length > self.most_bytes:
            self.pieces.clear()
        else:
            self.pieces.append(piece)

    @property
    def whole(self) -> bytes | None:
        return None if self.length > self.most_bytes else b"".join(self.pieces)


async def lines_of(chunks: AsyncIterable[bytes], *, most_bytes: int) -> AsyncGenerator[bytes | None, None]:
    """Each without its end, blank ones as well; None in place of one that is longer."""
    line = _Line(most_bytes)
    async for chunk in chunks:
        first, *more = chunk.split(b"\n")
        line.add(first)
        for piece in more:
            yield line.whole
            line = _Line(most_bytes)
            line.add(piece)
    yield line.whole
