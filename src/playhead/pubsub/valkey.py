"""Sends and receives statuses over Redis 6.2 or later, or Valkey.

A snapshot is stored with `SET … EX` and a message sent with `PUBLISH`, both with the whole document, in one round trip.
A message goes to the channel of its session and to that of its owner. The script drops a late status of an older
attempt: the higher version wins here too. The snapshot is best effort: a message is also sent if the server refuses
writes, and an invalid snapshot is replaced. Ended logins go to one channel that every listener is subscribed to.
"""

import asyncio
import contextlib
import random
import secrets
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from datetime import UTC, timedelta
from time import monotonic
from typing import Any, NamedTuple

import msgspec
import redis
import redis.asyncio
from redis.asyncio.connection import AbstractConnection, BlockingConnectionPool, ConnectionPool
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from playhead import log
from playhead.pubsub import instances
from playhead.pubsub.listening import ANSWERS, ASK_S, beside, check_canceled, keep_asking, messages
from playhead.pubsub.ports import Gap, LoginEnded, Published, Sending, topic_of
from playhead.sessions.status import Status, decode, encode

PREFIX = "playhead:status:"
"""The prefix of keys and channels; database numbers do not separate channels."""
LOGINS = "playhead:logins"
"""The channel of ended logins, by the ids of their people. Every listener receives it: people sign out rarely."""
LIVE_TTL_S = 6 * 3600
"""Seconds that a snapshot is kept: longer than any silence of a running session. Each key expires (`noeviction`)."""
FINAL_TTL_S = 600
"""Seconds that a final snapshot is kept, for readers of snapshots to see the end; the database keeps it."""
SOCKET_TIMEOUT_S = 2.0
"""Seconds until a call to Redis fails: the next status comes in a second or two."""
RETRY_MIN_S, RETRY_MAX_S = 0.1, 1.5
"""Seconds between attempts to listen again: readers are up to date within 2 s of the return of Redis."""
SILENT_MAX = 3
"""Unanswered questions after which a listener is not ready; a single late answer changes nothing."""

NO_RETRY = AsyncRetry(NoBackoff(), 0)
"""The caller decides what to do about a failure; the listener connects again."""

LATE = timedelta(seconds=5)
"""By how much the clocks of workers may differ. All statuses of an older attempt were committed before those of a newer
one. So if a lower version is this much younger than the stored one, the stored one is of a database that was restored
since."""

SEND = """
local held, wrong = redis.pcall('GET', KEYS[1]), ''
if type(held) == 'table' then
  wrong = held.err
elseif held then
  local version = tonumber(string.match(held, '"version":(%d+)'))
  if not version then
    wrong = 'not a status'
  elseif version >= tonumber(ARGV[2]) then
    if (string.match(held, '"updated_at":"([^"]+)"') or '') >= ARGV[5] then return {'', ''} end
    wrong = 'version ' .. version .. ' of another history'
  end
end
local stored = redis.pcall('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
redis.call('PUBLISH', KEYS[1], ARGV[1])
redis.call('PUBLISH', ARGV[4], ARGV[1])
return {wrong, stored.err or ''}
"""
"""Sends a status unless a newer one is stored. Returns what was wrong with the stored one, and why the new one is not
stored.

It has no `#!lua` header: with one, a server that refuses writes (a replica, too few replicas, a failed disk) refuses
the whole script; without one it decides on each command."""


class ValkeySender:
    """Sends statuses over Redis. Blocks for a few times `SOCKET_TIMEOUT_S` at most."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url,
            socket_timeout=SOCKET_TIMEOUT_S,
            socket_connect_timeout=SOCKET_TIMEOUT_S,
            retry=Retry(NoBackoff(), 1),
        )
        self._why_unstored = ""

    def send(self, batch: Sequence[Sending]) -> list[Sending]:
        prepared = [(sending, message) for sending in batch if (message := _outgoing(*sending)) is not None]
        with self._redis.pipeline(transaction=False) as pipeline:
            for _, message in prepared:
                pipeline.eval(SEND, 1, *message)
            answers = pipeline.execute(raise_on_error=False)
        refused = []
        for (sending, message), answer in zip(prepared, answers, strict=True):
            session_id = sending[0].session_id
            if isinstance(answer, Exception):
                try:
                    self._publish(message)  # the server runs no scripts now, or none for this user
                except redis.ResponseError as error:
                    log.get(__name__).warning("a status was refused", session_id=session_id, error=str(error))
                    refused.append(sending)
                else:
                    self._note_unstored(session_id, str(answer))
            elif answer:
                wrong, why_unstored = (text.decode(errors="replace") for text in answer)
                if wrong:
                    log.get(__name__).warning("a wrong snapshot was held", session_id=session_id, error=wrong)
                self._note_unstored(session_id, why_unstored)
        return refused

    def _publish(self, message: "_Outgoing") -> None:
        """Send the message without the snapshot."""
        with self._redis.pipeline(transaction=False) as pipeline:
            for channel in (message.key, message.owner):
                pipeline.publish(channel, message.document)
            pipeline.execute()

    def _note_unstored(self, session_id: str, why: str) -> None:
        """Log why snapshots are not stored, when the reason changes: it may hold for every status for hours."""
        if why and why != self._why_unstored:
            log.get(__name__).warning("snapshots are not stored", session_id=session_id, error=why)
        if "READONLY" in why:  # Redis 6.2 writes other text before it
            # The server was the primary and is a replica now: its address may belong to another server by now.
            self._redis.connection_pool.disconnect()
        self._why_unstored = why

    def login_ended(self, owner_id: str) -> None:
        self._redis.publish(LOGINS, owner_id)

    def close(self) -> None:
        self._redis.close()


class ValkeySubscriber:
    """Receives statuses over Redis: one connection listens to all topics, and one reads snapshots.

    `watch` and `unwatch` only change the wanted topics; a task updates the connection. The server's reply to SUBSCRIBE
    is the `Gap`: messages arrive from then on, so what was read before may be old. After the loss of a connection all
    topics are subscribed to again, and each reply is a `Gap` again, because messages in between are lost. A connection
    without replies counts as lost, too.
    """

    def __init__(self, url: str, *, ask_s: float = ASK_S) -> None:
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
        self._key = instances.PREFIX + secrets.token_hex(8)
        self._wanted: set[str] = set()
        self._changed = asyncio.Event()
        self._answered_at: float | None = None
        """When the server last answered the listener, or listening began, by `monotonic`; None: not listening."""

    def watch(self, topic: str) -> None:
        self._wanted.add(topic)
        self._changed.set()

    def unwatch(self, topic: str) -> None:
        self._wanted.discard(topic)
        self._changed.set()

    async def listen(self) -> AsyncGenerator[Published | Gap | LoginEnded]:
        delay_s, self._answered_at = RETRY_MIN_S, monotonic()
        try:
            while True:
                try:
                    async with contextlib.aclosing(self._listen_once()) as heard:
                        async for message in heard:
                            delay_s = RETRY_MIN_S
                            yield message
                except (redis.RedisError, OSError) as error:
                    log.get(__name__).warning("listening was interrupted", error=str(error), retry_in_s=delay_s)
                await asyncio.sleep(delay_s * random.uniform(0.5, 1))  # noqa: S311 - spreads reconnects, no secret
                delay_s = min(RETRY_MAX_S, delay_s * 2)
        finally:
            self._answered_at = None

    async def _listen_once(self) -> AsyncGenerator[Published | Gap | LoginEnded]:
        connection: AbstractConnection = self._listeners.make_connection()  # type: ignore[no-untyped-call]
        try:
            await connection.connect()  # type: ignore[no-untyped-call]
            self._changed.set()
            answered = asyncio.Event()
            asking = keep_asking(connection, LOGINS, answered, self._ask_s)
            async with beside(connection, self._subscribe(connection), asking):
                async for message in messages(connection):
                    if message[0] in ANSWERS:
                        self._answered_at = monotonic()
                        answered.set()
                    if (received := _received(message)) is not None:
                        yield received
        finally:
            await connection.disconnect(nowait=True)

    async def _subscribe(self, connection: AbstractConnection) -> None:
        """Subscribe the connection to the wanted topics, and follow their changes until it is lost."""
        listening: set[str] = set()
        while await self._changed.wait():
            self._changed.clear()
            wanted = set(self._wanted)
            for command, topics in (("SUBSCRIBE", wanted - listening), ("UNSUBSCRIBE", listening - wanted)):
                if topics:
                    await connection.send_command(command, *(PREFIX + topic for topic in topics))
                    check_canceled()
            listening = wanted

    async def snapshots(self, session_ids: Collection[str]) -> Mapping[str, Status]:
        try:
            documents = await self._redis.mget([PREFIX + session_id for session_id in session_ids])
        except redis.RedisError as error:
            raise ConnectionError(str(error)) from error
        held = {key: _status(key, document) for key, document in zip(session_ids, documents, strict=True) if document}
        return {key: status for key, status in held.items() if status is not None}

    async def announce(self, document: bytes) -> None:
        try:
            await self._redis.set(self._key, document, ex=instances.TTL_S)
        except redis.RedisError as error:
            raise ConnectionError(str(error)) from error

    async def ping(self) -> None:
        silent_s = 0.0 if self._answered_at is None else monotonic() - self._answered_at
        if silent_s > SILENT_MAX * self._ask_s:
            raise ConnectionError(f"the listener has had no answer for {silent_s:.1f} s")
        try:
            await self._redis.ping()
        except redis.RedisError as error:
            raise ConnectionError(str(error)) from error

    async def aclose(self) -> None:
        with contextlib.suppress(redis.RedisError, OSError):  # it expires by itself
            await self._redis.delete(self._key)
        await self._redis.aclose()


class _Outgoing(NamedTuple):
    """The arguments of the script, in their order."""

    key: bytes
    document: bytes
    version: int
    ttl_s: int
    owner: bytes
    late: str


def _outgoing(status: Status, owner_id: str) -> _Outgoing | None:
    """The arguments for this status; None if it cannot be encoded, and so never sent."""
    try:
        return _Outgoing(
            (PREFIX + status.session_id).encode(),
            encode(status),
            status.version,
            FINAL_TTL_S if status.is_final else LIVE_TTL_S,
            (PREFIX + topic_of(owner_id)).encode(),
            # In the format of the document, so that strings compare as times; seconds are precise enough.
            (status.updated_at.astimezone(UTC) - LATE).strftime("%Y-%m-%dT%H:%M:%S"),
        )
    except (msgspec.MsgspecError, ValueError, TypeError) as error:
        log.get(__name__).error("a status that cannot be written is dropped", error=repr(error))
        return None


def _received(message: list[Any]) -> Published | Gap | LoginEnded | None:
    kind, channel, data = message
    if channel == LOGINS.encode():
        return LoginEnded(data.decode()) if kind == b"message" else None
    topic = channel.decode().removeprefix(PREFIX)
    if kind == b"subscribe":
        return Gap(topic)
    if kind != b"message":
        return None
    status = _status(topic, data)
    return Published(topic, status) if status is not None else Gap(topic)


def _status(topic: str, document: bytes | str) -> Status | None:
    try:
        return decode(document)
    except msgspec.DecodeError as error:
        log.get(__name__).warning("not a status", topic=topic, error=str(error))
        return None
