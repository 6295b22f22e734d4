"""A connection that listens to Redis: what the server pushes, and whether it still answers."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import hiredis
from redis.asyncio.connection import AbstractConnection

ASK_S = 1.0
"""Between two questions of a listener: a relay in between may answer keepalive and carry nothing. 50 bytes a second."""
UNANSWERED_MAX = 5
"""Questions without an answer, after which a listener connects anew: readers are healed within 7 s of the fault. They
are counted, not timed, so that a process that stood still itself does not take that for its server's silence."""
ANSWERS = frozenset((b"subscribe", b"unsubscribe"))
"""What the server says only when it was asked: it hears this listener. A message proves but one of the two ways."""
READ = 64 * 1024
"""Bytes taken from the network at once: a hundred messages."""


async def keep_asking(
    connection: AbstractConnection, channel: str, answered: asyncio.Event, every_s: float = ASK_S
) -> None:
    """Ask for an answer, again and again; if none comes, the reading side gets an error, and starts anew.

    The question is to subscribe to what is subscribed already. A PING is refused where SUBSCRIBE and PUBLISH are not:
    by a replica that lost its primary and serves nothing stale, and to a user who may do nothing else.
    """
    unanswered = 0
    while unanswered < UNANSWERED_MAX:
        answered.clear()
        await connection.send_command("SUBSCRIBE", channel)
        check_canceled()
        await asyncio.sleep(every_s)
        unanswered = 0 if answered.is_set() else unanswered + 1
    reader = connection._reader  # noqa: SLF001 - as in `messages`
    if reader is not None:
        reader.set_exception(ConnectionError(f"no answer for {UNANSWERED_MAX * every_s:.1f} s"))


async def messages(connection: AbstractConnection) -> AsyncGenerator[list[Any]]:
    """What the server pushes, as `[kind, channel, data]`. Raises OSError when the connection is lost.

    redis-py takes each message through a dozen calls: 46 % of a busy web process (20,000 messages a second). Its
    connection is used, which knows addresses, passwords and TLS, and its parser's parser.
    """
    check_canceled()
    reader, parser = connection._reader, hiredis.Reader()  # noqa: SLF001 - as said above
    assert reader is not None
    while data := await reader.read(READ):
        parser.feed(data)
        while (message := parser.gets()) is not False:
            if isinstance(message, Exception):
                raise ConnectionError(str(message))
            yield message
    raise ConnectionError("the connection was closed")


def check_canceled() -> None:
    """Python 3.11's `wait_for`, which redis-py sends with, may swallow a cancellation that comes as it ends."""
    if (task := asyncio.current_task()) is not None and task.cancelling():
        raise asyncio.CancelledError
