"""Structured logs: one JSON object a line on standard output, with the request's id and never its content.

Loggers say what happened in `message` and facts in `extra`. As a last line of defence, whatever looks like
one of our keys, a bearer token or a password in a URL is struck out.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from audit.core.current import request_id

MAX_FIELD_CHARACTERS = 2_000
MAX_TRACE_CHARACTERS = 8_000
STRUCK = "[struck out]"

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}
_SECRETS = (
    (re.compile(r"\b(sb-[a-z2-7]{12})-[A-Za-z0-9_-]{8,}"), rf"\1-{STRUCK}"),
    (re.compile(r"\bsk-[A-Za-z0-9_-]{12,}"), STRUCK),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {STRUCK}"),
    (
        re.compile(
            r"""(?i)\b(authorization|x-api-key|x-goog-api-key|api[_-]?key)"""
            r"""(["']?\s*[:=]\s*["']?)(?!bearer\b|basic\b)[^\s"',}]{6,}"""
        ),
        rf"\1\2{STRUCK}",
    ),
    (re.compile(r"(://[^:/@\s]*):[^@/\s]+@"), rf"\1:{STRUCK}@"),
)


def redact(text: str) -> str:
    """`text` with whatever looks like a secret struck out."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class JsonFormatter(logging.Formatter):
    """time, level, logger, message; request_id where one is known; what the logger gave in `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage())[:MAX_FIELD_CHARACTERS],
        }
        if current := request_id.get():
            line["request_id"] = current
        for name, value in vars(record).items():
            if name not in _STANDARD and not name.startswith("_"):
                line[name] = _plain(value)
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))[-MAX_TRACE_CHARACTERS:]
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """Numbers and truth values as they are; everything else as bounded, redacted text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact(str(value))[:MAX_FIELD_CHARACTERS]


class StandardStream(logging.StreamHandler[TextIO]):
    """Writes to whatever standard output (or error) is at that moment, so that capturing it works."""

    def __init__(self, which: str) -> None:
        logging.Handler.__init__(self)
        self._which = which

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        found: TextIO = getattr(sys, self._which)
        return found


def configuration(level: str, *, stream: str = "stdout", plain: bool = False) -> dict[str, Any]:
    """For LOGGING: one handler at the root; servers and Celery lose theirs and hand their lines up.

    `stream` is stdout or stderr; `plain` is for a person at a terminal: readable lines instead of JSON.
    """
    through_root: dict[str, Any] = {"handlers": [], "propagate": True}
    formatter: dict[str, Any] = (
        {"format": "%(levelname)s %(name)s: %(message)s"} if plain else {"()": "signalbox.logs.JsonFormatter"}
    )
    handed_up = ("uvicorn", "uvicorn.error", "celery", "celery.task", "kombu", "django", "django.server")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {
            "standard": {"class": "signalbox.logs.StandardStream", "which": stream, "formatter": "line"},
        },
        "root": {"level": level, "handlers": ["standard"]},
        "loggers": {
            **dict.fromkeys(handed_up, through_root),
            # Access lines hold paths and addresses, and cost much; /metrics has the numbers.
            "uvicorn.access": {"handlers": [], "propagate": False},
            # A client error is the client's, and is on the register; a warning each would drown ours.
            "django.request": {"level": "ERROR"},
            "httpx": {"level": "WARNING"},
            # Five lines for each sign-in, of which the register has the fact.
            "axes": {"level": "WARNING"},
        },
    }
