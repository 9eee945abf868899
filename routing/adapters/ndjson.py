"""Newline-delimited JSON, decoded step by step: any split of the bytes in, whole lines out."""

from routing.adapters.contract import MAX_EVENT_BYTES, MAX_STREAM_BYTES, ProviderError


class LineDecoder:
    """Feed it bytes, get lines without their ends. Empty ones, which keep the connection, are left out."""

    __slots__ = ("_partial", "_partial_bytes", "_total_bytes")

    def __init__(self) -> None:
        self._partial: list[bytes] = []  # pieces of the line that is not ended yet
        self._partial_bytes = 0
        self._total_bytes = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        self._total_bytes += len(chunk)
        if self._total_bytes > MAX_STREAM_BYTES:
            raise ProviderError("The provider's stream is too long.", kind="error", retryable=False)
        lines = chunk.split(b"\n")
        if self._partial and len(lines) > 1:
            lines[0] = b"".join((*self._partial, lines[0]))
            self._partial.clear()
            self._partial_bytes = 0
        rest = lines.pop()
        if rest:
            self._keep(rest)
        return [line for line in map(bytes.strip, lines) if line]

    def _keep(self, rest: bytes) -> None:
        self._partial.append(rest)
        self._partial_bytes += len(rest)
        if self._partial_bytes > MAX_EVENT_BYTES:
            raise ProviderError("A line of the provider's stream is too long.", kind="error", retryable=False)

    def close(self) -> list[bytes]:
        """The line that the end of the body left without its own end, if there is one."""
        tail = b"".join(self._partial).strip()
        self._partial.clear()
        return [tail] if tail else []
