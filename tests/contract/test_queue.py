"""The web's end of the task queue, against a real broker: what is sent is there, and a lost one is an OSError."""

import asyncio
import json
from contextlib import closing

import pytest
import redis

from playhead.transcription.enqueue import NAME, QUEUE, Queue
from tests.support.valkey import Valkey


def test_task_is_in_the_broker_with_the_id_and_nothing_else(own_server: Valkey) -> None:
    queue = Queue(own_server.url)
    queue.send("session-1")
    queue.close()
    with redis.Redis.from_url(own_server.url) as client:
        (message,) = client.lrange(QUEUE, 0, -1)
    task = json.loads(message)
    assert task["headers"]["task"] == NAME
    assert "session-1" in task["headers"]["argsrepr"]


def test_queue_is_empty_until_something_is_sent(own_server: Valkey) -> None:
    with closing(Queue(own_server.url)) as queue:
        assert queue.is_empty()
        queue.send("session-1")
        assert not queue.is_empty()


async def test_broker_that_is_gone_is_an_os_error_and_it_is_used_again_when_it_is_back(own_server: Valkey) -> None:
    queue = Queue(own_server.url)
    own_server.kill()
    for _ in range(2):
        with pytest.raises(OSError, match="cannot be used"):
            queue.send("session-1")
        with pytest.raises(OSError, match="cannot be used"):
            queue.is_empty()
    await asyncio.to_thread(own_server.start)
    queue.send("session-2")
    own_server.kill()
    with pytest.raises(OSError, match="cannot be used"):
        queue.send("session-3")
    queue.close()


def test_broker_that_hangs_is_an_os_error(own_server: Valkey) -> None:
    queue = Queue(own_server.url)
    queue.send("session-1")
    with own_server.hung(), pytest.raises(OSError, match="cannot be used"):
        queue.send("session-2")
    queue.close()
