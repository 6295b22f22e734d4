"""The web's end of the queue: a task's name and a session's id, nothing of the worker's code."""

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
"""Of our own: in a broker that other Celery apps use, too, a worker would take their tasks and throw them away."""
OLD_QUEUE = "celery"
"""Celery's default, which releases up to 0.1 used."""
UNACKED = {f"{name}_key": f"playhead:{name}" for name in ("unacked", "unacked_index", "unacked_mutex")}
"""Apart from those of other Celery apps on the same broker, which give back ours by their own visibility timeout."""
OVERDUE = timedelta(minutes=1)
"""A message that a worker was to try again so long ago was left by one that died."""
SEND_TIMEOUT_S = 2
"""A broker that takes longer is treated as gone: the session waits in the database and is sent again."""


class Queue:
    """Sends tasks to the broker. Blocks for a bounded time, so an event loop calls it in a thread.

    Celery is imported by the first send, on that thread: it would be a tenth of the start of a web process. That send
    takes 0.2 s for it, once, and the loop is late by 30 ms at most meanwhile.
    """

    def __init__(self, broker_url: str) -> None:
        self._broker_url = broker_url
        self._opening = threading.Lock()
        self._celery: Celery | None = None

    def send(self, session_id: str) -> None:
        """Raises OSError when the broker does not take the message."""
        with self._broker() as celery:
            celery.send_task(NAME, args=[session_id], retry=False, ignore_result=True)

    def is_empty(self) -> bool:
        """Whether no message waits, in the queue or in a worker that holds it for a later try.

        Without the latter, a worker that cannot work (its database is away) would be sent another message for the
        same session every 10 s, and hold all of them.

        Raises:
            OSError: the broker does not answer.
        """
        with self._broker() as celery, celery.connection_for_read() as connection:
            channel = connection.default_channel
            if celery.amqp.queues[QUEUE].bind(channel).queue_declare().message_count:
                return False
            with channel.conn_or_acquire() as client:
                return not any(map(_is_for_later, client.hvals(UNACKED["unacked_key"])))

    @contextmanager
    def _broker(self) -> "Iterator[Celery]":
        from kombu.exceptions import OperationalError
        from redis.exceptions import RedisError

        with self._opening:
            celery = self._celery = self._celery or _open(self._broker_url)
        try:
            yield celery
        except (OperationalError, RedisError) as error:  # the first is kombu's word for it, but not everywhere
            raise ConnectionError(f"the broker cannot be used: {error}") from error

    def close(self) -> None:
        if self._celery is not None:
            self._celery.close()


def _is_for_later(held: bytes) -> bool:
    """Whether a message in the hands of a worker, as kombu keeps it, has a time that is to come."""
    try:
        return datetime.fromisoformat(json.loads(held)[0]["headers"]["eta"]) > datetime.now(UTC) - OVERDUE
    except (ValueError, LookupError, TypeError):  # no time: it is being worked on; or nothing that can be read
        return False


def _open(broker_url: str) -> "Celery":
    from celery import Celery

    timeouts = {"socket_timeout": SEND_TIMEOUT_S, "socket_connect_timeout": SEND_TIMEOUT_S}
    celery = Celery(broker=broker_url)
    celery.conf.update(
        task_default_queue=QUEUE, broker_connection_retry=False, broker_transport_options={**timeouts, "max_retries": 0}
    )
    return celery
