"""Which request the running task is about, and by which access token it came. Decides nothing."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
access_token: ContextVar[str] = ContextVar("access_token", default="")
