"""A connection that listens to Redis: what the server pushes, and whether it still answers."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import asynccontextmanager
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


@asynccontextmanager
async def beside(connection: AbstractConnection, *work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run work beside the reading of a connection; whichever fails ends the reading with its error.

    To close the connection is not enough: while it has bytes to send it stays, and its reader waits, for as long as
    nobody takes them. At the end these are thrown away with it.
    """
    reader, writer = connection._reader, connection._writer  # noqa: SLF001 - as in `messages`
    assert reader is not None
    assert writer is not None

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            reader.set_exception(error)

    tasks = [asyncio.create_task(each) for each in work]
    for task in tasks:
        task.add_done_callback(ended)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # their own end only, not ours
        writer.transport.abort()


async def keep_asking(
    connection: AbstractConnection, channel: str, answered: asyncio.Event, every_s: float = ASK_S
) -> None:
    """Ask for an answer, again and again. Raises ConnectionError if none comes.

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
    raise ConnectionError(f"no answer for {UNANSWERED_MAX * every_s:.1f} s")


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
