"""Sends statuses over Redis 6.2 or later, or Valkey.

A snapshot is stored with `SET … EX` and a message sent with `PUBLISH`, both with the whole document, in one round trip.
A message goes to the channel of its job and to that of its owner. The script drops a late status of an older attempt:
the higher version wins here too. The snapshot is best effort: a message is also sent if the server refuses writes, and
an invalid snapshot is replaced. Ended logins go to one channel that every listener is subscribed to.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, timedelta
from typing import Any, Generic, NamedTuple

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from playhead.live.broker.epoch import EPOCH
from playhead.live.broker.keys import FINAL_TTL_S, INDEXED_MAX, KEYS, LIVE_TTL_S, SOCKET_TIMEOUT_S, Keys
from playhead.live.broker.ports import Sending
from playhead.live.job import VERSIONS_PER_EPOCH, D

logger = logging.getLogger(__name__)

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
redis.call('PUBLISH', KEYS[1], ARGV[1])
redis.call('PUBLISH', ARGV[4], ARGV[1])
local stored = redis.pcall('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
if ARGV[6] ~= '' and not stored.err then
  redis.pcall('ZADD', ARGV[6], ARGV[7], ARGV[8])
  redis.pcall('ZREMRANGEBYRANK', ARGV[6], 0, -1 - ARGV[9])
  redis.pcall('EXPIRE', ARGV[6], ARGV[10])
end
return {wrong, stored.err or ''}
"""
"""Sends a status unless a newer one is stored, and keeps the list of its owner's jobs if there is one.

Returns what was wrong with the stored status, and why the new one is not stored. It is sent before it is stored: of one
that may not be sent nothing is stored, else the next attempt would find it and take it for sent.

It has no `#!lua` header: with one, a server that refuses writes (a replica, too few replicas, a failed disk) refuses
the whole script; without one it decides on each command."""


class _Outgoing(NamedTuple):
    """The arguments of the script, in their order."""

    key: bytes
    document: bytes
    version: int
    ttl_s: int
    owner: bytes
    late: str
    jobs: str
    updated_ms: int
    job_id: str
    indexed_max: int
    index_ttl_s: int


class ValkeySender(Generic[D]):
    """Sends statuses over Redis. Blocks for a few times `SOCKET_TIMEOUT_S` at most.

    Args:
        encode: makes the JSON of a document, with `version` and `updated_at` before any field of the app's own.
        final_ttl_s: seconds that a final snapshot is kept.
        has_store: whether a store has the truth, and snapshots are only copies. Then a status of a restored store
            replaces a snapshot of a later version (`LATE`); else nothing does, and the jobs of an owner are listed.
    """

    def __init__(
        self,
        url: str,
        *,
        encode: Callable[[D], bytes] = msgspec.json.encode,
        keys: Keys = KEYS,
        final_ttl_s: int = FINAL_TTL_S,
        has_store: bool = True,
    ) -> None:
        self._encode = encode
        self._keys = keys
        self._final_ttl_s = final_ttl_s
        self._has_store = has_store
        self._redis = redis.Redis.from_url(
            url,
            socket_timeout=SOCKET_TIMEOUT_S,
            socket_connect_timeout=SOCKET_TIMEOUT_S,
            retry=Retry(NoBackoff(), 1),
        )
        self._why_unstored = ""

    def send(self, batch: Sequence[Sending[D]]) -> list[Sending[D]]:
        prepared = [(sending, message) for sending in batch if (message := self._outgoing(*sending)) is not None]
        with self._redis.pipeline(transaction=False) as pipeline:
            for _, message in prepared:
                pipeline.eval(SEND, 1, *message)
            answers = pipeline.execute(raise_on_error=False)
        refused = []
        for (sending, message), answer in zip(prepared, answers, strict=True):
            job_id = sending[0].id
            if isinstance(answer, Exception):
                try:
                    self._publish(message)  # the server runs no scripts now, or none for this user
                except redis.ResponseError as error:
                    logger.warning("a status was refused: %s", error, extra={"id": job_id})
                    refused.append(sending)
                else:
                    self._note_unstored(job_id, str(answer))
            elif answer:
                wrong, why_unstored = (text.decode(errors="replace") for text in answer)
                if wrong:
                    logger.warning("a wrong snapshot was held: %s", wrong, extra={"id": job_id})
                self._note_unstored(job_id, why_unstored)
        return refused

    def _publish(self, message: _Outgoing) -> None:
        """Send the message without the snapshot."""
        with self._redis.pipeline(transaction=False) as pipeline:
            for channel in (message.key, message.owner):
                pipeline.publish(channel, message.document)
            pipeline.execute()

    def _note_unstored(self, job_id: str, why: str) -> None:
        """Log why snapshots are not stored, when the reason changes: it may hold for every status for hours."""
        if why and why != self._why_unstored:
            logger.warning("snapshots are not stored: %s", why, extra={"id": job_id})
        if "READONLY" in why:  # Redis 6.2 writes other text before it
            # The server was the primary and is a replica now: its address may belong to another server by now.
            self._redis.connection_pool.disconnect()
        self._why_unstored = why

    def next_epoch(self, job_id: str) -> int:
        keys = self._keys.epoch(job_id), self._keys.channel(job_id)
        kept_s = max(LIVE_TTL_S, self._final_ttl_s)
        epoch: Any = self._redis.eval(EPOCH, len(keys), *keys, VERSIONS_PER_EPOCH, kept_s)
        return int(epoch)

    def login_ended(self, owner_id: str) -> None:
        self._redis.publish(self._keys.logins, owner_id)

    def close(self) -> None:
        self._redis.close()

    def _outgoing(self, status: D, owner_id: str) -> _Outgoing | None:
        """The arguments for this status; None if it cannot be encoded, and so never sent."""
        try:
            return _Outgoing(
                self._keys.channel(status.id).encode(),
                self._encode(status),
                status.version,
                self._final_ttl_s if status.is_final else LIVE_TTL_S,
                self._keys.channel_of(owner_id).encode(),
                self._late(status),
                self._keys.index(owner_id) if owner_id and not self._has_store else "",
                int(status.updated_at.timestamp() * 1000),
                status.id,
                INDEXED_MAX,
                max(LIVE_TTL_S, self._final_ttl_s),
            )
        except (msgspec.MsgspecError, ValueError, TypeError) as error:
            logger.error("a status that cannot be written is dropped: %r", error)
            return None

    def _late(self, status: D) -> str:
        """The time from which on a stored status of a later version counts as newer; empty: whenever it is from."""
        if not self._has_store:
            return ""
        # In the format of the document, so that strings compare as times; seconds are precise enough.
        return (status.updated_at.astimezone(UTC) - LATE).strftime("%Y-%m-%dT%H:%M:%S")
