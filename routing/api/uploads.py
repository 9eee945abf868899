"""A form with one file: bytes in, fields and the file out, or InvalidRequest and nothing else."""

import re
from io import BytesIO
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from routing.errors import InvalidRequest

FORM = "multipart/form-data"
MAX_NAME_CHARS = 200
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")
OF_NO_TYPE = "application/octet-stream"


def read_form(content_type: str, body: bytes) -> dict[str, Any]:
    """The form's fields: texts, lists of texts where the name ends in `[]`, and `file` as
    `{name, content_type, data}`. Raises InvalidRequest."""
    given = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body))}
    try:
        fields, files = MultiPartParser(given, BytesIO(body), [_InMemory()]).parse()
    except (MultiPartParserError, SuspiciousOperation, ValueError) as error:
        raise InvalidRequest("The form of the request can't be read.") from error
    form: dict[str, Any] = {}
    for name, values in fields.lists():
        form[name.removesuffix("[]")] = list(map(str, values)) if name.endswith("[]") else str(values[-1])
    file = files.get("file")
    if file is None or len(files) > 1:
        raise InvalidRequest("The form must hold one file, as 'file'.", "file")
    data = file.read()
    if not data:
        raise InvalidRequest("Invalid 'file': it is empty.", "file")
    kind = (file.content_type or "").lower()
    return {
        **form,
        "file": {
            "name": (file.name or "file")[:MAX_NAME_CHARS],
            "content_type": kind if _TYPE.fullmatch(kind) else OF_NO_TYPE,
            "data": data,
        },
    }


class _InMemory(MemoryFileUploadHandler):
    """A file of any size: the whole body is in memory already, within its own bound."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = True
