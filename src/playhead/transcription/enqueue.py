"""The web's end of the queue: a task's name and a session's id, nothing of the worker's code."""

from celery import Celery
from kombu.exceptions import OperationalError

NAME = "transcribe_audio"
SEND_TIMEOUT_S = 2
"""A broker that takes longer is treated as gone: the session waits in the database and is sent again."""


class Queue:
    """Sends tasks to the broker. Blocks for a bounded time, so an event loop calls it in a thread."""

    def __init__(self, broker_url: str) -> None:
        timeouts = {"socket_timeout": SEND_TIMEOUT_S, "socket_connect_timeout": SEND_TIMEOUT_S}
        self._celery = Celery(broker=broker_url)
        self._celery.conf.update(broker_connection_retry=False, broker_transport_options={**timeouts, "max_retries": 0})

    def send(self, session_id: str) -> None:
        """Raises OSError when the broker does not take the message."""
        try:
            self._celery.send_task(NAME, args=[session_id], retry=False, ignore_result=True)
        except OperationalError as error:  # kombu's word for whatever its transports raise
            raise ConnectionError(f"the broker did not take the task: {error}") from error

    def close(self) -> None:
        self._celery.close()
