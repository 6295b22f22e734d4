"""Kombu's Redis transport, made to survive malformed messages and dead connections.

Kombu parses a message in the worker's event loop, and an exception there ends the worker. Here such a message is put
aside and logged. The overridden methods that begin with an underscore are private names of kombu's (hence the bound in
pyproject.toml): it has no public ones between the network and the parser.
"""

import contextlib
import json
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis

from playhead import log
from playhead.transcription.enqueue import NAME, OLD_QUEUE, QUEUE, UNACKED

SOCKET_TIMEOUT_S = 5
"""A broker that takes longer for a command counts as gone."""
HEALTH_S = 5
"""Between kombu's checks whether its BRPOP of one second was answered: a dead connection is left within 11 s."""
OPTIONS = {
    "socket_timeout": SOCKET_TIMEOUT_S,
    "socket_connect_timeout": SOCKET_TIMEOUT_S,
    "health_check_interval": HEALTH_S,
    **UNACKED,
}
"""Celery's `broker_transport_options`."""
UNREADABLE = "playhead:unreadable"
"""The Redis list of messages that were put aside, newest first, so that their sender can be found."""
OLD_QUEUE_MAX = 10_000
"""Messages of the old queue that are searched: it may be another app's, and 10,000 are 5 MB and 0.1 s."""
UNREADABLE_MAX, UNREADABLE_S = 100, 7 * 24 * 3600
"""Messages kept, and for how many seconds: a week is enough to find the sender. Every key needs an expiry, because
Redis runs with `noeviction`."""
PARSE_ERRORS = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What parsing raises: for bad or too deeply nested JSON, bad base64, an unknown encoding or compression, and a field
that is missing or of another type."""


class Channel(redis.Channel):
    """Reads messages from the lists of the queues."""

    def _on_connection_disconnect(self, connection: Any) -> None:
        """Also drops the idle connections for other commands, which are dead when this one is."""
        super()._on_connection_disconnect(connection)  # type: ignore[no-untyped-call]
        if self._pool is not None:
            self._pool.disconnect(inuse_connections=False)

    def _brpop_read(self, **options: Any) -> bool:
        try:
            return bool(super()._brpop_read(**options))  # type: ignore[no-untyped-call]
        except PARSE_ERRORS as error:  # not JSON; only the parser's error holds the message
            put_aside(self, getattr(error, "doc", ""), error)
            raise Empty from error


class Transport(redis.Transport):
    """Delivers messages to the consumers of a queue, and puts those aside that cannot be parsed."""

    Channel = Channel

    def _deliver(self, message: Any, queue: str) -> None:
        try:
            super()._deliver(message, queue)  # type: ignore[no-untyped-call]
        except PARSE_ERRORS as error:
            put_aside(self.channels[0], json.dumps(message), error)
            for channel in self.channels:
                _acknowledge(channel, message)


def use() -> None:
    """Makes this transport the one for `redis://` and `rediss://` in this process."""
    TRANSPORT_ALIASES.update(redis=f"{__name__}:Transport", rediss=f"{__name__}:Transport")


def _acknowledge(channel: Channel, message: Any) -> None:
    """Acknowledges a message that was already delivered: otherwise it would be delivered again and again."""
    with contextlib.suppress(*PARSE_ERRORS):
        tag = message["properties"]["delivery_tag"]
        channel.qos.get(tag)
        channel.basic_ack(tag)  # type: ignore[no-untyped-call]


def put_aside(channel: Channel, message: str, error: Exception) -> None:
    """Logs that a message cannot be read and keeps it in the list `UNREADABLE`; an empty one is only logged."""
    if not message:
        log.get(__name__).error("a message cannot be read and was dropped", error=repr(error))
    else:
        log.get(__name__).error("a message cannot be read and was put aside", list=UNREADABLE, error=repr(error))
        with channel.conn_or_acquire() as client:
            client.pipeline().lpush(UNREADABLE, message).ltrim(UNREADABLE, 0, UNREADABLE_MAX - 1).expire(
                UNREADABLE, UNREADABLE_S
            ).execute()


def take_over_old(channel: Channel) -> int:
    """Moves Playhead's messages out of the queue that earlier releases shared with every Celery app.

    To be removed with the release after 0.2: the sweep finds every session whose message is lost.

    Returns:
        The number of messages moved.
    """
    moved = 0
    with channel.conn_or_acquire() as client:
        for message in client.lrange(OLD_QUEUE, -OLD_QUEUE_MAX, -1):
            if f'"task": "{NAME}"'.encode() in message and client.lrem(OLD_QUEUE, 1, message):
                client.lpush(QUEUE, message)
                moved += 1
    return moved
