"""Which request the running task is about, for its log lines. Decides nothing."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
