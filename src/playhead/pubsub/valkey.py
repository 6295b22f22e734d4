"""The carrier between processes: Redis 6.2 or later, or Valkey.

A snapshot is `SET … EX`, a message is `PUBLISH`, both of the whole document, in one round trip; a message goes to the
channel of its session and to that of its owner. The script drops a status that an older attempt sends late: the higher
version wins here too. That a login ended goes to one channel that every listener hears.
"""

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from time import monotonic
from typing import Any

import hiredis
import msgspec
import redis
import redis.asyncio
from redis.asyncio.connection import AbstractConnection, BlockingConnectionPool, ConnectionPool
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from playhead import log
from playhead.pubsub.ports import Gap, LoginEnded, News, Sending, topic_of
from playhead.sessions.status import Status, decode, encode

PREFIX = "playhead:status:"
"""Of keys and channels alike; database numbers do not scope channels."""
LOGINS = "playhead:logins"
"""The channel that every listener hears: the ids of people one of whose logins ended. A person signs out seldom."""
LIVE_TTL_S = 6 * 3600
"""A snapshot outlives the longest silence of a running session, and no key is for ever (`noeviction`)."""
FINAL_TTL_S = 600
"""A final status is in the database; the snapshot only spares it the rush of readers at the end."""
SOCKET_TIMEOUT_S = 2.0
"""A carrier that takes longer is as good as gone for a status; the next one comes in a second or two."""
RETRY_MIN_S, RETRY_MAX_S = 0.1, 1.5
"""Between attempts to listen again: readers are to be healed within 2 s of its return."""
KEEPALIVE = {
    number: seconds
    for name, seconds in (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 3))
    if (number := getattr(socket, name, None)) is not None
}
"""A listener that has nothing to send learns in 11 s that the machine at the other end vanished."""
PING_S = 1.0
"""Between two PINGs of a listener: a relay in between may answer keepalive and carry nothing. 14 bytes a second."""
UNANSWERED_MAX = 5
"""PINGs without an answer, after which a listener connects anew: readers of a mute connection are healed within 7 s.
They are counted, not timed, so that a process that stood still itself does not take that for its server's silence."""
SILENT_MAX = 3
"""A listener without an answer for the time of so many PINGs is not ready; one that is late changes nothing."""

ANSWERS = frozenset((b"pong", b"subscribe", b"unsubscribe"))
"""What the server says only when it was asked: it hears this listener. A message proves but one of the two ways."""
READ = 64 * 1024
"""Bytes taken from the network at once: a hundred messages."""
NO_RETRY = AsyncRetry(NoBackoff(), 0)
"""Whoever asks decides what to do about a failure; the listener begins anew."""

SEND = """
local held = redis.call('GET', KEYS[1])
if held and tonumber(string.match(held, '"version":(%d+)')) >= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
redis.call('PUBLISH', KEYS[1], ARGV[1])
redis.call('PUBLISH', ARGV[4], ARGV[1])
return 1
"""


class ValkeySender:
    """Sends from a worker, or from a web process's own changes. Blocks for a few times `SOCKET_TIMEOUT_S` at most."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url,
            socket_timeout=SOCKET_TIMEOUT_S,
            socket_connect_timeout=SOCKET_TIMEOUT_S,
            retry=Retry(NoBackoff(), 1),
        )

    def send(self, batch: Sequence[Sending]) -> None:
        with self._redis.pipeline(transaction=False) as pipeline:
            for status, owner_id in batch:
                ttl_s = FINAL_TTL_S if status.is_final else LIVE_TTL_S
                key, owner = PREFIX + status.session_id, PREFIX + topic_of(owner_id)
                pipeline.eval(SEND, 1, key, encode(status), status.version, ttl_s, owner)
            pipeline.execute()

    def login_ended(self, owner_id: str) -> None:
        self._redis.publish(LOGINS, owner_id)

    def close(self) -> None:
        self._redis.close()


class ValkeySubscriber:
    """One connection that listens, whatever the number of topics, and one for snapshots.

    `watch` and `unwatch` only change what is wanted; a task brings the connection in line. The server's answer to
    SUBSCRIBE is the `Gap`: from then on messages arrive, so what was read before may be old. After a lost connection
    everything is subscribed to anew, and so answered anew: what was sent in between is lost without a word. A
    connection that carries nothing any more counts as lost, too.
    """

    def __init__(self, url: str, *, ping_s: float = PING_S) -> None:
        options: dict[str, Any] = {
            "socket_timeout": SOCKET_TIMEOUT_S,
            "socket_connect_timeout": SOCKET_TIMEOUT_S,
            "socket_keepalive": True,
            "socket_keepalive_options": KEEPALIVE,
        }
        # Apart: a connection that listens can do nothing else.
        self._listeners = ConnectionPool.from_url(url, retry=NO_RETRY, protocol=2, **options)
        self._redis = redis.asyncio.Redis.from_pool(
            BlockingConnectionPool.from_url(url, max_connections=1, timeout=SOCKET_TIMEOUT_S, retry=NO_RETRY, **options)
        )
        self._ping_s = ping_s
        self._wanted: set[str] = set()
        self._changed = asyncio.Event()
        self._answered_at: float | None = None
        """When the server last answered the listener, or listening began; None while nobody listens."""

    def watch(self, topic: str) -> None:
        self._wanted.add(topic)
        self._changed.set()

    def unwatch(self, topic: str) -> None:
        self._wanted.discard(topic)
        self._changed.set()

    async def listen(self) -> AsyncGenerator[News | Gap | LoginEnded]:
        delay_s, self._answered_at = RETRY_MIN_S, monotonic()
        try:
            while True:
                try:
                    async with contextlib.aclosing(self._listen_once()) as messages:
                        async for message in messages:
                            delay_s = RETRY_MIN_S
                            yield message
                except (redis.RedisError, OSError) as error:
                    log.get(__name__).warning("listening was interrupted", error=str(error), retry_in_s=delay_s)
                await asyncio.sleep(delay_s * random.uniform(0.5, 1))  # noqa: S311 - spreads reconnects, no secret
                delay_s = min(RETRY_MAX_S, delay_s * 2)
        finally:
            self._answered_at = None

    async def _listen_once(self) -> AsyncGenerator[News | Gap | LoginEnded]:
        connection: AbstractConnection = self._listeners.make_connection()  # type: ignore[no-untyped-call]
        try:
            await connection.connect()  # type: ignore[no-untyped-call]
            await connection.send_command("SUBSCRIBE", LOGINS)
            self._changed.set()
            answered = asyncio.Event()
            beside = [
                asyncio.create_task(self._subscribe(connection), name="subscribe"),
                asyncio.create_task(_ping(connection, answered, self._ping_s), name="ping"),
            ]
            try:
                async for message in _messages(connection):
                    if message[0] in ANSWERS:
                        self._answered_at = monotonic()
                        answered.set()
                    if (received := _received(message)) is not None:
                        yield received
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)  # their own end only, not ours
        finally:
            await connection.disconnect(nowait=True)

    async def _subscribe(self, connection: AbstractConnection) -> None:
        """Bring what the connection is subscribed to in line with what is wanted, until it is lost."""
        listening: set[str] = set()
        try:
            while await self._changed.wait():
                self._changed.clear()
                wanted = set(self._wanted)
                for command, topics in (("SUBSCRIBE", wanted - listening), ("UNSUBSCRIBE", listening - wanted)):
                    if topics:
                        await connection.send_command(command, *(PREFIX + topic for topic in topics))
                        _check_canceled()
                listening = wanted
        except Exception:
            await connection.disconnect(nowait=True)  # wakes the reading side, which starts anew
            raise

    async def snapshots(self, session_ids: Collection[str]) -> Mapping[str, Status]:
        try:
            documents = await self._redis.mget([PREFIX + session_id for session_id in session_ids])
        except redis.RedisError as error:
            raise ConnectionError(str(error)) from error
        held = {key: _status(key, document) for key, document in zip(session_ids, documents, strict=True) if document}
        return {key: status for key, status in held.items() if status is not None}

    async def ping(self) -> None:
        silent_s = 0.0 if self._answered_at is None else monotonic() - self._answered_at
        if silent_s > SILENT_MAX * self._ping_s:
            raise ConnectionError(f"the listener has had no answer for {silent_s:.1f} s")
        try:
            await self._redis.ping()
        except redis.RedisError as error:
            raise ConnectionError(str(error)) from error

    async def aclose(self) -> None:
        await self._redis.aclose()


async def _ping(connection: AbstractConnection, answered: asyncio.Event, ping_s: float) -> None:
    """Ask for an answer, again and again; if none comes, the reading side gets an error, and starts anew."""
    unanswered = 0
    while unanswered < UNANSWERED_MAX:
        answered.clear()
        await connection.send_command("PING")
        _check_canceled()
        await asyncio.sleep(ping_s)
        unanswered = 0 if answered.is_set() else unanswered + 1
    reader = connection._reader  # noqa: SLF001 - as in `_messages`
    if reader is not None:
        reader.set_exception(ConnectionError(f"no answer for {UNANSWERED_MAX * ping_s:.1f} s"))


async def _messages(connection: AbstractConnection) -> AsyncGenerator[list[Any]]:
    """What the server pushes, as `[kind, channel, data]`. Raises OSError when the connection is lost.

    redis-py takes each message through a dozen calls: 46 % of a busy web process (20,000 messages a second). Its
    connection is used, which knows addresses, passwords and TLS, and its parser's parser.
    """
    _check_canceled()
    reader, parser = connection._reader, hiredis.Reader()  # noqa: SLF001 - as said above
    assert reader is not None
    while data := await reader.read(READ):
        parser.feed(data)
        while (message := parser.gets()) is not False:
            if isinstance(message, Exception):
                raise ConnectionError(str(message))
            yield message
    raise ConnectionError("the connection was closed")


def _check_canceled() -> None:
    """Python 3.11's `wait_for`, which redis-py sends with, may swallow a cancellation that comes as it ends."""
    if (task := asyncio.current_task()) is not None and task.cancelling():
        raise asyncio.CancelledError


def _received(message: list[Any]) -> News | Gap | LoginEnded | None:
    if message[0] == b"pong":
        return None
    kind, channel, data = message
    if channel == LOGINS.encode():
        return LoginEnded(data.decode()) if kind == b"message" else None
    topic = channel.decode().removeprefix(PREFIX)
    if kind == b"subscribe":
        return Gap(topic)
    if kind != b"message":
        return None
    status = _status(topic, data)
    return News(topic, status) if status is not None else Gap(topic)


def _status(topic: str, document: bytes | str) -> Status | None:
    try:
        return decode(document)
    except msgspec.DecodeError:
        log.get(__name__).warning("not a status", topic=topic)
        return None
