"""Server-sent events, decoded step by step: any split of the bytes in, whole events out.

Follows the WHATWG event stream format: LF, CRLF and CR end a line, a line that starts with a colon is a
comment, several `data` lines join with LF, a leading byte order mark is skipped. It works on bytes, so that a
character cut in two by the network needs no care. Lines that belong to no field are kept (a little of them):
a provider that answers a stream with a JSON error or an HTML page is told from one that went silent.
"""

from msgspec import Struct

from routing.adapters.contract import MAX_EVENT_BYTES, MAX_STREAM_BYTES, ProviderError

MAX_STRAY_BYTES = 16 * 1024
_BOM = b"\xef\xbb\xbf"


class ServerEvent(Struct, frozen=True):
    name: bytes
    data: bytes


class SseDecoder:
    """Feed it bytes, get events. Raises ProviderError when an event or the stream grows past its bound."""

    __slots__ = (
        "_data",
        "_data_bytes",
        "_max_event_bytes",
        "_max_stream_bytes",
        "_name",
        "_partial",
        "_partial_bytes",
        "_skip_lf",
        "_stray",
        "_total_bytes",
    )

    def __init__(
        self, max_event_bytes: int = MAX_EVENT_BYTES, max_stream_bytes: int = MAX_STREAM_BYTES
    ) -> None:
        self._max_event_bytes = max_event_bytes
        self._max_stream_bytes = max_stream_bytes
        self._partial: list[bytes] = []  # pieces of the line that is not ended yet
        self._data: list[bytes] = []
        self._partial_bytes = 0
        self._data_bytes = 0
        self._name = b""
        self._skip_lf = False
        self._stray = b""
        self._total_bytes = 0

    @property
    def stray(self) -> bytes:
        """The first lines that were no field of an event."""
        return self._stray

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        if not chunk:
            return []
        self._count(chunk)
        if self._skip_lf and chunk[0] == 0x0A:
            chunk = chunk[1:]
        self._skip_lf = False
        if b"\r" in chunk:
            # A CR at the end may be half of a CRLF: it ends the line now, and its LF is skipped later.
            self._skip_lf = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = chunk.split(b"\n")
        if self._partial and len(lines) > 1:
            lines[0] = b"".join((*self._partial, lines[0]))
            self._partial.clear()
            self._partial_bytes = 0
        rest = lines.pop()
        if rest:
            self._partial.append(rest)
            self._partial_bytes += len(rest)
            self._check_size()
        return self._read(lines) if lines else []

    def close(self) -> list[ServerEvent]:
        """The event that the end of the body left without its blank line, if there is one.

        The standard drops it; some providers end without the blank line. What it holds must still parse,
        and the stream must still have had its own end, so a half event is never taken for a whole one.
        """
        tail = b"".join(self._partial)
        self._partial.clear()
        return self._read([tail, b""]) if tail else self._read([b""])

    def _read(self, lines: list[bytes]) -> list[ServerEvent]:
        events: list[ServerEvent] = []
        for line in lines:
            if not line:
                if self._data:
                    events.append(self._dispatch())
                self._name = b""
                self._data_bytes = 0
            elif line.startswith(b"data:"):
                value = line[6:] if line[5:6] == b" " else line[5:]
                self._data.append(value)
                self._data_bytes += len(value)
                self._check_size()
            elif line.startswith(b"event:"):
                self._name = line[6:].removeprefix(b" ")
            elif line[0] != 0x3A:  # a colon: comments keep the connection alive and say nothing
                self._field(line)
        return events

    def _field(self, line: bytes) -> None:
        name, _, value = line.removeprefix(_BOM).partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._name = value
        elif name == b"data":  # after a byte order mark, or with no colon: an empty line of data
            self._data.append(value)
        elif name not in (b"id", b"retry", b"") and len(self._stray) < MAX_STRAY_BYTES:
            self._stray = (self._stray + line + b"\n")[:MAX_STRAY_BYTES]

    def _dispatch(self) -> ServerEvent:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        self._data = []
        return ServerEvent(self._name, data)

    def _count(self, chunk: bytes) -> None:
        self._total_bytes += len(chunk)
        if self._total_bytes > self._max_stream_bytes:
            raise ProviderError("The provider's stream is too long.", kind="error", retryable=False)

    def _check_size(self) -> None:
        if self._data_bytes + self._partial_bytes > self._max_event_bytes:
            raise ProviderError(
                "An event of the provider's stream is too long.", kind="error", retryable=False
            )
