"""A relay in front of PostgreSQL that cuts its first connection instead of passing on a COMMIT's answer."""

import socket
import threading
from contextlib import suppress
from typing import Self

ANSWER = b"C\x00\x00\x00\x0bCOMMIT\x00"
CHUNK_BYTES = 65_536


class Cutter:
    """Listens on `port` of this host while it is open; `cut` is set once an answer was thrown away."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cut = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._relay, args=(source, sink), daemon=True).start()

    def _relay(self, source: socket.socket, sink: socket.socket) -> None:
        with source, sink, suppress(OSError):
            while data := source.recv(CHUNK_BYTES):
                if ANSWER in data and not self.cut.is_set():
                    self.cut.set()
                    break
                sink.sendall(data)
            for end in (source, sink):
                end.shutdown(socket.SHUT_RDWR)
