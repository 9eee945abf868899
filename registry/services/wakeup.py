"""A wake-up on Valkey, so that processes look at the pointer at once. Only a wake-up: they also poll it."""

import logging

import redis
from django.conf import settings

CHANNEL = "sb:changed"
TIMEOUT_S = 0.5

logger = logging.getLogger(__name__)


def announce() -> None:
    """Tell every process to look now. Where that fails, they look within their interval all the same."""
    options = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, **options) as client:
            client.publish(CHANNEL, b"1")
    except redis.RedisError as error:
        logger.info("No wake-up was sent; processes will poll.", extra={"error": type(error).__name__})
