"""Sends tasks to the broker from a web process, without importing the worker's code."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celery import Celery

NAME = "transcribe_audio"
QUEUE = "playhead"
"""Playhead's own queue: in a broker shared with other Celery apps, a worker would take their tasks and drop them."""
OLD_QUEUE = "celery"
"""Celery's default queue, which releases up to 0.1 used."""
UNACKED = {f"{name}_key": f"playhead:{name}" for name in ("unacked", "unacked_index", "unacked_mutex")}
"""Playhead's own keys: other Celery apps on the same broker would redeliver its messages by their own visibility
timeout."""
OVERDUE = timedelta(minutes=1)
"""A message whose next try was due so long ago was left by a worker that died."""
SEND_TIMEOUT_S = 2
"""A broker that takes longer counts as gone: the session waits in the database and is sent again."""


class Queue:
    """Sends tasks to the broker. Its methods block for a bounded time, so an event loop calls them in a thread.

    The first send imports Celery, on that thread, because the import is a tenth of the start of a web process. It takes
    0.2 s, once, and delays the loop by 30 ms at most.
    """

    def __init__(self, broker_url: str) -> None:
        self._broker_url = broker_url
        self._opening = threading.Lock()
        self._celery: Celery | None = None

    def send(self, session_id: str) -> None:
        """Sends the message of a session. Raises OSError if the broker does not take it."""
        with self._broker() as celery:
            celery.send_task(NAME, args=[session_id], retry=False, ignore_result=True)

    def is_empty(self) -> bool:
        """Whether no message waits, in the queue or in a worker that delays it for a later try.

        Delayed messages count, because a worker whose database is away would otherwise get another message for the same
        session every 10 s, and hold all of them.

        Raises:
            OSError: the broker does not answer.
        """
        with self._broker() as celery, celery.connection_for_read() as connection:
            channel = connection.default_channel
            if celery.amqp.queues[QUEUE].bind(channel).queue_declare().message_count:
                return False
            with channel.conn_or_acquire() as client:
                return not any(map(_is_delayed, client.hvals(UNACKED["unacked_key"])))

    @contextmanager
    def _broker(self) -> "Iterator[Celery]":
        from kombu.exceptions import OperationalError
        from redis.exceptions import RedisError

        with self._opening:
            celery = self._celery = self._celery or _open(self._broker_url)
        try:
            yield celery
        except (OperationalError, RedisError) as error:  # kombu translates Redis's errors in some places only
            raise ConnectionError(f"the broker cannot be used: {error}") from error

    def close(self) -> None:
        if self._celery is not None:
            self._celery.close()


def _is_delayed(held: bytes) -> bool:
    """Whether an unacknowledged message, as kombu stores it, has a time in the future."""
    try:
        return datetime.fromisoformat(json.loads(held)[0]["headers"]["eta"]) > datetime.now(UTC) - OVERDUE
    except (ValueError, LookupError, TypeError):  # no time, so a worker is running it; or it cannot be read
        return False


def _open(broker_url: str) -> "Celery":
    from celery import Celery

    timeouts = {"socket_timeout": SEND_TIMEOUT_S, "socket_connect_timeout": SEND_TIMEOUT_S}
    celery = Celery(broker=broker_url)
    celery.conf.update(
        task_default_queue=QUEUE, broker_connection_retry=False, broker_transport_options={**timeouts, "max_retries": 0}
    )
    return celery
