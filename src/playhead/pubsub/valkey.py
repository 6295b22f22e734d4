"""The broker between processes: Redis 6.2 or later, or Valkey.

A snapshot is `SET … EX`, a message is `PUBLISH`, both of the whole document, in one round trip; a message goes to the
channel of its session and to that of its owner. The script drops a status that an older attempt sends late: the higher
version wins here too. The snapshot is best effort: a message also goes out where the server refuses writes, and a
snapshot that cannot be right is replaced. That a login ended goes to one channel that every listener hears.
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
"""Of keys and channels alike; database numbers do not scope channels."""
LOGINS = "playhead:logins"
"""The channel that every listener hears: the ids of people one of whose logins ended. A person signs out seldom."""
LIVE_TTL_S = 6 * 3600
"""A snapshot outlives the longest silence of a running session, and no key is for ever (`noeviction`)."""
FINAL_TTL_S = 600
"""Long enough for whoever goes by snapshots to see the end; the database keeps it."""
SOCKET_TIMEOUT_S = 2.0
"""A broker that takes longer is as good as gone for a status; the next one comes in a second or two."""
RETRY_MIN_S, RETRY_MAX_S = 0.1, 1.5
"""Between attempts to listen again: readers are to be healed within 2 s of its return."""
SILENT_MAX = 3
"""A listener without an answer for the time of so many questions is not ready; one that is late changes nothing."""

NO_RETRY = AsyncRetry(NoBackoff(), 0)
"""Whoever asks decides what to do about a failure; the listener begins anew."""

LATE = timedelta(seconds=5)
"""By how much the clocks of workers may differ. An older version that was made so much later than the one held is not
an older attempt's, whose statuses were all committed before: the one held is of a database that was restored since."""

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
"""Sends unless a newer status is held. Says what was wrong with the snapshot held, and why the new one is not stored.

Without `#!lua`, a server looks at each command of the script by itself: with it, where writes are refused (a replica,
too few replicas, a disk that failed) it refuses all of it."""


class ValkeySender:
    """Sends from a worker, or from a web process's own changes. Blocks for a few times `SOCKET_TIMEOUT_S` at most."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url,
            socket_timeout=SOCKET_TIMEOUT_S,
            socket_connect_timeout=SOCKET_TIMEOUT_S,
            retry=Retry(NoBackoff(), 1),
        )
        self._why_unstored = ""

    def send(self, batch: Sequence[Sending]) -> list[Sending]:
        letters = [(sending, letter) for sending in batch if (letter := _letter(*sending)) is not None]
        with self._redis.pipeline(transaction=False) as pipeline:
            for _, letter in letters:
                pipeline.eval(SEND, 1, *letter)
            answers = pipeline.execute(raise_on_error=False)
        refused = []
        for (sending, letter), answer in zip(letters, answers, strict=True):
            session_id = sending[0].session_id
            if isinstance(answer, Exception):
                try:
                    self._publish(letter)  # by a server that runs no scripts now, or none of ours
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

    def _publish(self, letter: "_Letter") -> None:
        """The message without the snapshot."""
        with self._redis.pipeline(transaction=False) as pipeline:
            for channel in (letter.key, letter.owner):
                pipeline.publish(channel, letter.document)
            pipeline.execute()

    def _note_unstored(self, session_id: str, why: str) -> None:
        """Log why snapshots are not stored, when that begins or changes: it may be so of every status for hours."""
        if why and why != self._why_unstored:
            log.get(__name__).warning("snapshots are not stored", session_id=session_id, error=why)
        if "READONLY" in why:  # Redis 6.2 writes a place and a dash before it
            # It was the primary: its address may be another server's by now. What it is told goes no further.
            self._redis.connection_pool.disconnect()
        self._why_unstored = why

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

    def __init__(self, url: str, *, ask_s: float = ASK_S) -> None:
        options: dict[str, Any] = {
            "socket_timeout": SOCKET_TIMEOUT_S,
            "socket_connect_timeout": SOCKET_TIMEOUT_S,
        }
        # Apart: a connection that listens can do nothing else.
        self._listeners = ConnectionPool.from_url(url, retry=NO_RETRY, protocol=2, **options)
        self._redis = redis.asyncio.Redis.from_pool(
            BlockingConnectionPool.from_url(url, max_connections=1, timeout=SOCKET_TIMEOUT_S, retry=NO_RETRY, **options)
        )
        self._ask_s = ask_s
        self._key = instances.PREFIX + secrets.token_hex(8)
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
        """Bring what the connection is subscribed to in line with what is wanted, until it is lost."""
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


class _Letter(NamedTuple):
    """What the script is given, in its order."""

    key: bytes
    document: bytes
    version: int
    ttl_s: int
    owner: bytes
    late: str


def _letter(status: Status, owner_id: str) -> _Letter | None:
    """None for a status that can never be sent: no JSON is made of it."""
    try:
        return _Letter(
            (PREFIX + status.session_id).encode(),
            encode(status),
            status.version,
            FINAL_TTL_S if status.is_final else LIVE_TTL_S,
            (PREFIX + topic_of(owner_id)).encode(),
            # As it stands in the document, and so in the order of time; to the second is enough.
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
