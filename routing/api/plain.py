"""A response whose headers are plain already, so that nothing about them is looked at again.

Django tries each header that it is given for its encoding and for line ends; that costs more than the rest of
making a response. Ours are made of printable ASCII (routing.api.headers), under names in lower case.
"""

from django.http import HttpResponse
from django.http.response import ResponseHeaders


class PlainHeaders(ResponseHeaders):
    """Headers as they were told. What is set afterwards goes Django's way."""

    _store: dict[str, tuple[str, str]]

    def __init__(self, told: dict[str, str]) -> None:
        self._store = {name: (name, value) for name, value in told.items()}

    def encoded(self) -> list[tuple[bytes, bytes]]:
        """As ASGI takes them: names in lower case."""
        return [(name.encode("ascii"), value.encode("latin-1")) for name, (_, value) in self._store.items()]


class PlainResponse(HttpResponse):
    """`headers` are ASCII, each on one line, under names in lower case; `content-type` is among them."""

    headers: PlainHeaders

    def __init__(self, content: bytes, headers: dict[str, str]) -> None:
        super().__init__(content, content_type=headers["content-type"])
        self.headers = PlainHeaders(headers)
