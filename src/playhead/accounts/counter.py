"""Counts calls against a rate limit: in Redis, shared by all processes, or in this process while Redis is unavailable.

Concurrent calls are one command to Redis, over one connection: no call waits for a connection, and a count takes the
same few turns of the event loop however many there are.
"""

import asyncio
import hashlib
import math
import time
from collections.abc import Collection, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from playhead import log
from playhead.live.loader import Loader

V = TypeVar("V")

KEY_PREFIX = "playhead:limits"
REDIS_TIMEOUT_S = 0.5
"""A count is not worth a slow answer: Redis nearby answers within a few ms."""
LOOKS = 10
"""Checks within that time, each after a turn of the event loop: a busy process that stood still for a second has not
waited for Redis. With one check, 90 requests a second found a healthy Redis too slow."""
REDIS_PAUSE_S = 5.0
"""After a failure, how long each process counts alone without asking Redis."""

# Counts a call against each key. The answer for a key is nil if it is allowed, the seconds until the oldest of the
# allowed number leaves the window, or after a "!" the error of this key, which hurts no other. A key has a list of the
# newest calls, by Redis's clock, so that the machines' clocks need not agree. A call in the future is from before the
# clock was set back, and is ignored: it would lock people out for as long as that.
COUNT = """
local time = redis.call('time')
local now = time[1] + time[2] / 1000000
local function count(key, limit, window)
    local oldest = tonumber(redis.call('lindex', key, limit - 1) or nil)
    if oldest and oldest >= now - window and oldest <= now then
        return tostring(oldest + window - now)
    end
    redis.call('lpush', key, now)
    redis.call('ltrim', key, 0, limit - 1)
    redis.call('expire', key, window)
    return false
end
local answers = {}
for n, key in ipairs(KEYS) do
    local counted, answer = pcall(count, key, tonumber(ARGV[2 * n - 1]), tonumber(ARGV[2 * n]))
    if counted then
        answers[n] = answer
    else
        answers[n] = '!' .. (type(answer) == 'table' and answer.err or tostring(answer))
    end
end
return answers
"""
COUNT_DIGEST = hashlib.sha1(COUNT.encode(), usedforsecurity=False).hexdigest()
"""By which Redis has the script, once it has got it: no call sends or compiles it again."""


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One call, equal to no other one against the same key."""

    rate: RateLimitItem
    key: tuple[str, ...]


class Counter:
    """The counter of one process."""

    def __init__(self, redis_url: str, pause_s: float = REDIS_PAUSE_S) -> None:
        self._redis: Redis = Redis.from_url(redis_url, retry=Retry(NoBackoff(), 1))  # Redis may have been restarted
        self._shared: Loader[Call, float] = Loader(self._count)
        self._alone = MovingWindowRateLimiter(MemoryStorage())
        self._pause_s = pause_s
        self._paused_until = 0.0
        self._failing = False

    async def hit(self, rate: RateLimitItem, *key: str) -> float | None:
        """Count one call; returns None if it is allowed, else the seconds to wait."""
        if time.monotonic() >= self._paused_until:
            try:
                return await self._shared.load(Call(rate, key))
            except (RedisError, OSError) as error:
                self._pause(error)
        if await self._alone.hit(rate, *key):
            return None
        window = await self._alone.get_window_stats(rate, *key)
        return float(max(1, math.ceil(window.reset_time - time.time())))

    async def close(self) -> None:
        await self._redis.aclose()

    async def _count(self, calls: Collection[Call]) -> Mapping[Call, float | Exception]:
        if time.monotonic() < self._paused_until:  # it failed while these calls were queued
            return dict.fromkeys(calls, RedisError("it failed a moment ago"))
        try:
            waits = await _in_time(self._asked(calls), REDIS_TIMEOUT_S)
        except (RedisError, OSError) as error:
            self._pause(error)
            return dict.fromkeys(calls, error)
        if not any(isinstance(wait, Exception) for wait in waits.values()):
            self._failing = False
        return waits

    async def _asked(self, calls: Collection[Call]) -> Mapping[Call, float | Exception]:
        keys: list[str] = []
        limits: list[int] = []
        for call in calls:
            keys.append(f"{KEY_PREFIX}:{call.rate.key_for(*call.key)}")
            limits += (call.rate.amount, call.rate.get_expiry())
        try:
            answers = await self._redis.evalsha(COUNT_DIGEST, len(keys), *keys, *limits)
        except NoScriptError:  # of a server that was just started; this leaves the script there
            answers = await self._redis.eval(COUNT, len(keys), *keys, *limits)
        return {call: _wait(answer) for call, answer in zip(calls, answers, strict=True) if answer is not None}

    def _pause(self, error: Exception) -> None:
        if time.monotonic() < self._paused_until:
            return
        self._paused_until = time.monotonic() + self._pause_s
        if not self._failing:
            log.get(__name__).warning("limits are counted per process", error=f"Redis: {error}")
        self._failing = True


async def _in_time(work: Coroutine[Any, Any, V], timeout_s: float) -> V:
    """Await `work`. Raises TimeoutError if it takes longer while the event loop turns."""
    task = asyncio.ensure_future(work)
    try:
        for _ in range(LOOKS):
            await asyncio.wait({task}, timeout=timeout_s / LOOKS)
            if task.done():
                return task.result()
    finally:
        task.cancel()
    await asyncio.wait({task})
    raise TimeoutError(f"no answer within {timeout_s} s")


def _wait(answer: bytes) -> float | Exception:
    """The wait in whole seconds, rounded up, so that a call after it is allowed; or why the key cannot be counted."""
    if answer.startswith(b"!"):
        return RedisError(answer[1:].decode(errors="replace"))
    return float(max(1, math.ceil(float(answer))))
