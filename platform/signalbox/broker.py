"""Celery's transport over Redis, told apart in one thing: what becomes of a connection that was given up.

Celery closes a broken connection a second time, and acknowledges tasks that ran meanwhile by it. Kombu's
channel then asks a client that is gone for its host, and the AttributeError ends the worker. Here it is a
broken connection, which Celery expects: it connects again, and the lane beside it never stops.
"""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import ConnectionError as BrokerLost


class Channel(redis.Channel):
    def _connparams(self, *args: Any, **kwargs: Any) -> Any:
        if self.connection.client is None:
            raise BrokerLost("The connection to the broker was given up.")
        return super()._connparams(*args, **kwargs)  # type: ignore[misc]  # its stubs leave it out


class Transport(redis.Transport):
    Channel = Channel


def install() -> None:
    """For every `redis://` and `rediss://` of this process."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__name__}"
