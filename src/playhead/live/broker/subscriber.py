"""Receives statuses over Redis 6.2 or later, or Valkey."""

import asyncio
import contextlib
import logging
import random
import secrets
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from time import monotonic
from typing import Any, Generic

import msgspec
import redis
import redis.asyncio
from redis.asyncio.connection import AbstractConnection, BlockingConnectionPool, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from playhead.live.broker.errors import translated
from playhead.live.broker.keys import INDEXED_MAX, KEYS, SOCKET_TIMEOUT_S, STREAM_TTL_S, Keys
from playhead.live.broker.listening import ANSWERS, ASK_S, beside, check_canceled, keep_asking, messages
from playhead.live.broker.ports import Gap, LoginEnded, OpenStreams, Published, Received, StreamReplaced
from playhead.live.job import D

logger = logging.getLogger(__name__)

RETRY_MIN_S, RETRY_MAX_S = 0.1, 1.5
"""Seconds between attempts to listen again: readers are up to date within 2 s of the return of Redis."""
SILENT_MAX = 3
"""Unanswered questions after which a listener is not ready; a single late answer changes nothing."""
REPORT_TTL_S = 5
"""Seconds until a process's report expires. It renews it each second, so one that ended or hangs soon disappears."""
REPORT_STREAMS = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1])
for i, id in ipairs(ARGV) do
  if i > 4 + ARGV[4] then
    redis.call('ZREM', KEYS[1], id)
  elseif i > 4 then
    redis.call('ZADD', KEYS[1], now, id)
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
local ids = redis.call('ZRANGE', KEYS[1], 0, -1)
table.sort(ids)
for i = 1, #ids - ARGV[2] do
  redis.call('ZREM', KEYS[1], ids[i])
  redis.call('PUBLISH', KEYS[2], ARGV[3] .. '\\0' .. ids[i])
end
"""
"""Reports the streams of one person in one process: the open ones and those that were closed, after their number."""
NO_RETRY = Retry(NoBackoff(), 0)
"""The caller decides what to do about a failure; the listener connects again."""


class ValkeySubscriber(Generic[D]):
    """Receives statuses over Redis: one connection listens to all topics, and one reads snapshots.

    `watch` and `unwatch` only change the wanted topics; a task updates the connection. The server's reply to SUBSCRIBE
    is the `Gap`: messages arrive from then on, so what was read before may be old. After the loss of a connection all
    topics are subscribed to again, and each reply is a `Gap` again, because messages in between are lost. A connection
    without replies counts as lost, too.
    """

    def __init__(
        self, url: str, decode: Callable[[bytes | str], D], *, keys: Keys = KEYS, ask_s: float = ASK_S
    ) -> None:
        """
        Args:
            decode: reads a document; raises msgspec.DecodeError.
            ask_s: seconds between two questions to a silent server.
        """
        self._decode = decode
        self._keys = keys
        options: dict[str, Any] = {
            "socket_timeout": SOCKET_TIMEOUT_S,
            "socket_connect_timeout": SOCKET_TIMEOUT_S,
        }
        # A pool of its own: a connection that listens can do nothing else.
        self._listeners = ConnectionPool.from_url(url, retry=NO_RETRY, protocol=2, **options)
        self._redis = redis.asyncio.Redis.from_pool(
            BlockingConnectionPool.from_url(url, max_connections=1, timeout=SOCKET_TIMEOUT_S, retry=NO_RETRY, **options)
        )
        self._ask_s = ask_s
        self._key = keys.processes + secrets.token_hex(8)
        self._wanted: set[str] = set()
        self._watched: set[str] = set()
        self._unwatched: set[str] = set()
        """What has changed since the last commands to the server. A topic that is watched again is subscribed to again,
        whether or not the server still sends it: each watch has its reply."""
        self._changed = asyncio.Event()
        self._answered_at: float | None = None
        """When the server last answered the listener, or listening began, by `monotonic`; None: not listening."""

    def watch(self, topic: str) -> None:
        self._wanted.add(topic)
        self._watched.add(topic)
        self._unwatched.discard(topic)
        self._changed.set()

    def unwatch(self, topic: str) -> None:
        self._wanted.discard(topic)
        self._watched.discard(topic)
        self._unwatched.add(topic)
        self._changed.set()

    async def listen(self) -> AsyncGenerator[Received[D]]:
        delay_s, self._answered_at = RETRY_MIN_S, monotonic()
        try:
            while True:
                try:
                    async with contextlib.aclosing(self._listen_once()) as heard:
                        async for message in heard:
                            if delay_s > RETRY_MIN_S:
                                logger.info("listening works again")
                            delay_s = RETRY_MIN_S
                            yield message
                except (redis.RedisError, OSError) as error:
                    if delay_s == RETRY_MIN_S:
                        logger.warning("listening was interrupted, and is tried again until it works: %s", error)
                await asyncio.sleep(delay_s * random.uniform(0.5, 1))  # noqa: S311 - spreads reconnects, no secret
                delay_s = min(RETRY_MAX_S, delay_s * 2)
        finally:
            self._answered_at = None

    async def _listen_once(self) -> AsyncGenerator[Received[D]]:
        connection: AbstractConnection = self._listeners.make_connection()  # type: ignore[no-untyped-call]
        try:
            await connection.connect()  # type: ignore[no-untyped-call]
            self._changed.set()
            answered = asyncio.Event()
            asking = keep_asking(connection, self._keys.logins, answered, self._ask_s)
            async with beside(connection, self._subscribe(connection), asking):
                async for message in messages(connection):
                    if message[0] in ANSWERS:
                        self._answered_at = monotonic()
                        answered.set()
                    if (received := self._received(message)) is not None:
                        yield received
        finally:
            await connection.disconnect(nowait=True)

    async def _subscribe(self, connection: AbstractConnection) -> None:
        """Subscribe the connection to the wanted topics, and follow their changes until it is lost."""
        self._watched, self._unwatched = set(self._wanted), set()
        while await self._changed.wait():
            self._changed.clear()
            changes = ("SUBSCRIBE", self._watched), ("UNSUBSCRIBE", self._unwatched)
            self._watched, self._unwatched = set(), set()
            for command, topics in changes:
                if topics:
                    await connection.send_command(command, *map(self._keys.channel, topics))
                    check_canceled()

    async def snapshots(self, ids: Collection[str]) -> Mapping[str, D]:
        with translated():
            documents = await self._redis.mget(list(map(self._keys.channel, ids)))
        held = {of: self._status(of, document) for of, document in zip(ids, documents, strict=True) if document}
        return {of: status for of, status in held.items() if status is not None}

    async def snapshots_of(self, owner_id: str) -> Sequence[D]:
        with translated():
            ids: Any = await self._redis.zrevrange(self._keys.index(owner_id), 0, INDEXED_MAX - 1)
        return list((await self.snapshots([found.decode() for found in ids])).values()) if ids else []

    async def report_streams(self, people: Sequence[OpenStreams], per_user: int) -> None:
        with translated():
            async with self._redis.pipeline(transaction=False) as pipeline:
                for each in people:
                    keys = self._keys.streams(each.owner_id), self._keys.logins
                    numbers = STREAM_TTL_S, per_user, each.owner_id, len(each.opened)
                    pipeline.eval(REPORT_STREAMS, len(keys), *keys, *numbers, *each.opened, *each.closed)
                await pipeline.execute()

    async def announce(self, document: bytes) -> None:
        with translated():
            await self._redis.set(self._key, document, ex=REPORT_TTL_S)

    async def ping(self) -> None:
        silent_s = 0.0 if self._answered_at is None else monotonic() - self._answered_at
        if silent_s > SILENT_MAX * self._ask_s:
            raise ConnectionError(f"the listener has had no answer for {silent_s:.1f} s")
        with translated():
            await self._redis.ping()

    async def aclose(self) -> None:
        with contextlib.suppress(redis.RedisError, OSError):  # it expires by itself
            await self._redis.delete(self._key)
        await self._redis.aclose()

    def _received(self, message: list[Any]) -> Received[D] | None:
        kind, channel, data = message
        if channel == self._keys.logins.encode():
            return _of_a_person(data.decode()) if kind == b"message" else None
        topic = channel.decode().removeprefix(self._keys.statuses)
        if kind == b"subscribe":
            return Gap(topic)
        if kind != b"message":
            return None
        status = self._status(topic, data)
        return Published(topic, status) if status is not None else Gap(topic)

    def _status(self, topic: str, document: bytes | str) -> D | None:
        try:
            return self._decode(document)
        except msgspec.DecodeError as error:
            logger.warning("not a status: %s", error, extra={"topic": topic})
            return None


def _of_a_person(message: str) -> LoginEnded | StreamReplaced:
    owner_id, _, stream_id = message.partition("\0")
    return StreamReplaced(owner_id, stream_id) if stream_id else LoginEnded(owner_id)
