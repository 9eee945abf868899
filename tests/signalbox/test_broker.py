"""What Celery's connection does where the broker is gone while a task runs."""

import pytest
from kombu import Connection
from redis.exceptions import ConnectionError as BrokerLost
from signalbox import broker
from signalbox.celery import app


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_every_connection_of_celery_is_of_this_transport(scheme: str) -> None:
    assert app.connection(f"{scheme}://127.0.0.1:1/0").get_transport_cls() is broker.Transport


def test_a_task_that_ends_after_its_connection_was_given_up_ends_no_worker(valkey: str) -> None:
    with Connection(valkey) as connection:
        channel = connection.channel()
        queue = connection.SimpleQueue("given-up", channel=channel)
        queue.put({"task": "x"})
        message = queue.get(timeout=5)
        channel._pool, channel.connection.client = None, None  # as it is left where the broker is gone
        with pytest.raises(BrokerLost):
            channel.qos.restore_unacked()
        with pytest.raises(BrokerLost):
            channel.basic_ack(message.delivery_tag)
        assert isinstance(BrokerLost(), connection.connection_errors)
