"""Reads what Redis pushes on a connection that listens, and checks that the server still answers."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import hiredis
from redis.asyncio.connection import AbstractConnection

ASK_S = 1.0
"""Seconds between two questions of a listener, 50 bytes each: a relay may answer TCP keepalive and forward nothing."""
UNANSWERED_MAX = 5
"""Questions without an answer, after which a listener connects again: readers are up to date within 7 s of the fault.
Questions are counted, not seconds: a process that was suspended itself must not blame its server."""
ANSWERS = frozenset((b"subscribe", b"unsubscribe"))
"""Replies to commands: they prove that the connection works in both directions. A message proves one direction."""
READ = 64 * 1024
"""Bytes per read from the network: about a hundred messages."""


@asynccontextmanager
async def beside(connection: AbstractConnection, *work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run coroutines beside the reading of a connection; an error of one ends the reading with that error.

    At the end the connection is aborted. Closing is not enough: a connection with unsent bytes stays open, and its
    reader waits, for as long as nobody takes them.
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
        await asyncio.gather(*tasks, return_exceptions=True)  # only the end of these tasks, not of this one
        writer.transport.abort()


async def keep_asking(
    connection: AbstractConnection, channel: str, answered: asyncio.Event, every_s: float = ASK_S
) -> None:
    """Ask the server for an answer every `every_s` seconds.

    The question is to subscribe again to a subscribed channel. A PING may be refused where SUBSCRIBE and PUBLISH are
    allowed: by a replica that lost its primary and serves no stale data, or to a user with few permissions.

    Args:
        answered: set by the reader of the connection at each reply.

    Raises:
        ConnectionError: `UNANSWERED_MAX` questions had no answer.
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
    """Yield what the server pushes, as `[kind, channel, data]`. Raises OSError if the connection is lost.

    redis-py handles each message in a dozen calls: 46 % of the CPU time of a busy web process (20,000 messages a
    second). Therefore only its connection is used, for addresses, passwords and TLS, and hiredis parses the bytes.
    """
    check_canceled()
    reader, parser = connection._reader, hiredis.Reader()  # noqa: SLF001 - see above
    assert reader is not None
    while data := await reader.read(READ):
        parser.feed(data)
        while (message := parser.gets()) is not False:
            if isinstance(message, Exception):
                raise ConnectionError(str(message))
            yield message
    raise ConnectionError("the connection was closed")


def check_canceled() -> None:
    """Raise CancelledError if this task was canceled.

    redis-py sends with `wait_for`, which in Python 3.11 may swallow a cancellation that arrives as it ends.
    """
    if (task := asyncio.current_task()) is not None and task.cancelling():
        raise asyncio.CancelledError
