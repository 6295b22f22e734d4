"""The web's end of the task queue, against a real broker: what is sent is there, and a lost one is an OSError."""

import asyncio
import json

import pytest
import redis

from playhead.transcription.enqueue import NAME, Queue
from tests.support.valkey import Valkey


def test_task_is_in_the_broker_with_the_id_and_nothing_else(own_server: Valkey) -> None:
    queue = Queue(own_server.url)
    queue.send("session-1")
    queue.close()
    with redis.Redis.from_url(own_server.url) as client:
        (message,) = client.lrange("celery", 0, -1)
    task = json.loads(message)
    assert task["headers"]["task"] == NAME
    assert "session-1" in task["headers"]["argsrepr"]


async def test_broker_that_is_gone_is_an_os_error_and_it_is_used_again_when_it_is_back(own_server: Valkey) -> None:
    queue = Queue(own_server.url)
    own_server.kill()
    for _ in range(2):
        with pytest.raises(OSError, match="did not take"):
            queue.send("session-1")
    await asyncio.to_thread(own_server.start)
    queue.send("session-2")
    own_server.kill()
    with pytest.raises(OSError, match="did not take"):
        queue.send("session-3")
    queue.close()


def test_broker_that_hangs_is_an_os_error(own_server: Valkey) -> None:
    queue = Queue(own_server.url)
    queue.send("session-1")
    with own_server.hung(), pytest.raises(OSError, match="did not take"):
        queue.send("session-2")
    queue.close()
