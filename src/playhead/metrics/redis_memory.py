"""Measures how full Redis is: the memory that counts against its limit, as a share of the limit."""

import time
from collections.abc import Callable, Collection
from typing import Any

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from playhead.live.broker.errors import translated
from playhead.live.broker.keys import SOCKET_TIMEOUT_S
from playhead.metrics.answers import EVERY_S
from playhead.metrics.catalog import REDIS_MEMORY
from playhead.metrics.metrics import Metrics

KEPT_S = 3 * EVERY_S
"""After this time without an answer there is no value."""


class RedisMemory:
    """Asks one Redis or Valkey, each time on a new connection, as it is then seen that new ones are accepted.

    Args:
        url: of the server, as redis-py has it.
        clock: seconds, monotonic.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url, self._clock = url, clock
        self._share: float | None = None
        self._asked_at = 0.0

    async def ask(self) -> None:
        """Asks once. Raises ConnectionError."""
        timeouts: dict[str, Any] = {"socket_timeout": SOCKET_TIMEOUT_S, "socket_connect_timeout": SOCKET_TIMEOUT_S}
        with translated():
            async with redis.asyncio.Redis.from_url(self._url, retry=Retry(NoBackoff(), 0), **timeouts) as client:
                await client.ping()  # INFO is answered also by a server that still loads its data
                self._share, self._asked_at = await _share(client), self._clock()

    def share(self) -> float | None:
        """The share of the last answer; None without a limit, without permission to ask, or if the answer is old."""
        return self._share if self._clock() - self._asked_at < KEPT_S else None


def measure(metrics: Metrics, servers: Collection[RedisMemory]) -> None:
    """Adds the gauge: the share of the fullest of these servers."""
    metrics.gauge(
        REDIS_MEMORY, lambda: max((share for one in servers if (share := one.share()) is not None), default=None)
    )


async def _share(client: Any) -> float | None:
    try:
        found = await client.info("memory")
    except redis.ResponseError:  # this user may not, or the server has no such command
        return None
    limit, used = found.get("maxmemory", 0), found.get("used_memory")
    if not limit or used is None:  # what only speaks Redis' protocol may leave both out
        return None
    # Buffers of replicas and of the log do not count against the limit.
    return float((used - found.get("mem_not_counted_for_evict", 0)) / limit)
