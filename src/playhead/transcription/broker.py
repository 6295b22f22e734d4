"""Kombu's Redis transport, which outlives messages that cannot be read and connections that carry nothing.

Kombu parses a message in the worker's event loop, and an exception there ends the worker. Here such a message is put
aside, with a line in the log. The methods that begin with an underscore are private names of kombu's (hence the bound
in pyproject.toml): there are no others between the network and the parser.
"""

import contextlib
import json
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis

from playhead import log
from playhead.transcription.enqueue import NAME, OLD_QUEUE, QUEUE, UNACKED

SOCKET_TIMEOUT_S = 5
"""A broker that takes longer for a command is as good as gone."""
HEALTH_S = 5
"""How often kombu looks whether its BRPOP of one second was answered: a deaf connection is left within 11 s."""
OPTIONS = {
    "socket_timeout": SOCKET_TIMEOUT_S,
    "socket_connect_timeout": SOCKET_TIMEOUT_S,
    "health_check_interval": HEALTH_S,
    **UNACKED,
}
"""The transport's, as Celery's `broker_transport_options`."""
UNREADABLE = "playhead:unreadable"
"""The list of what was put aside, newest first, for whoever sent it by mistake."""
OLD_MOST = 10_000
"""Messages of the old queue that are looked through: it may be another app's, and 10,000 are 5 MB and 0.1 s."""
KEPT, KEPT_S = 100, 7 * 24 * 3600
"""Messages, and seconds: a week is enough to find the sender, and no key is for ever (`noeviction`)."""
ERRORS = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What parsing raises: JSON, also where it is nested too deeply, base64, an unknown encoding or compression, a field
that is missing or of another type."""


class Channel(redis.Channel):
    """Reads messages from the queues' lists."""

    def _on_connection_disconnect(self, connection: Any) -> None:
        """Drop the connections for other commands with the one that waits for messages: they are as dead as it."""
        super()._on_connection_disconnect(connection)  # type: ignore[no-untyped-call]
        if self._pool is not None:
            self._pool.disconnect(inuse_connections=False)

    def _brpop_read(self, **options: Any) -> bool:
        try:
            return bool(super()._brpop_read(**options))  # type: ignore[no-untyped-call]
        except ERRORS as error:  # no JSON; what it was, only its parser says
            put_aside(self, getattr(error, "doc", ""), error)
            raise Empty from error


class Transport(redis.Transport):
    """Carries messages to those who consume a queue."""

    Channel = Channel

    def _deliver(self, message: Any, queue: str) -> None:
        try:
            super()._deliver(message, queue)  # type: ignore[no-untyped-call]
        except ERRORS as error:
            put_aside(self.channels[0], json.dumps(message), error)
            for channel in self.channels:
                _let_go(channel, message)


def use() -> None:
    """Let connections to Redis in this process use this transport."""
    TRANSPORT_ALIASES.update(redis=f"{__name__}:Transport", rediss=f"{__name__}:Transport")


def _let_go(channel: Channel, message: Any) -> None:
    """Acknowledge a message if it was already handed out: it would come back for ever, and take the worker's turn."""
    with contextlib.suppress(*ERRORS):
        tag = message["properties"]["delivery_tag"]
        channel.qos.get(tag)
        channel.basic_ack(tag)  # type: ignore[no-untyped-call]


def put_aside(channel: Channel, message: str, error: Exception) -> None:
    """Log that a message cannot be read, and keep it where nobody takes it from; empty: it is not known any more."""
    if not message:
        log.get(__name__).error("a message cannot be read and was dropped", error=repr(error))
    else:
        log.get(__name__).error("a message cannot be read and was put aside", list=UNREADABLE, error=repr(error))
        with channel.conn_or_acquire() as client:
            client.pipeline().lpush(UNREADABLE, message).ltrim(UNREADABLE, 0, KEPT - 1).expire(
                UNREADABLE, KEPT_S
            ).execute()


def take_over_old(channel: Channel) -> int:
    """Move our messages from the queue that earlier releases shared with every Celery app; how many.

    To be dropped with the release after 0.2: the sweep of the web finds every session whose message is lost.
    """
    moved = 0
    with channel.conn_or_acquire() as client:
        for message in client.lrange(OLD_QUEUE, -OLD_MOST, -1):
            if f'"task": "{NAME}"'.encode() in message and client.lrem(OLD_QUEUE, 1, message):
                client.lpush(QUEUE, message)
                moved += 1
    return moved
