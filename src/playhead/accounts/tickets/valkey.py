"""Tickets for all processes, in Redis 6.2 or later, or Valkey. Every key expires."""

from typing import Any

import msgspec
import redis.asyncio
from redis.asyncio.connection import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from playhead.accounts.tickets.ports import LIFE_S, OUTSTANDING_MAX, Ticket
from playhead.live.broker.errors import translated
from playhead.live.broker.keys import NAMESPACE, SOCKET_TIMEOUT_S

CONNECTIONS_MAX = 4
"""Anybody can send what looks like a ticket, so a flood of them waits here and does not take the connections of a small
Redis. Each call is done in under a millisecond: four connections carry the thousands a second that a process could."""

KEEP = """
local time = redis.call('TIME')
local now, life, most = time[1] * 1000 + math.floor(time[2] / 1000), tonumber(ARGV[3]), tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if redis.call('ZCARD', KEYS[2]) >= most then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', life)
redis.call('ZADD', KEYS[2], now + life, ARGV[1])
redis.call('PEXPIRE', KEYS[2], life)
return 1
"""
"""Keeps a ticket, and its digest among those of its person by the time of its end, in ms by the clock of Redis; 0 if
there are too many."""

_tickets = msgspec.json.Decoder(Ticket)


class ValkeyTicketStore:
    """Keeps each ticket under its digest: whoever reads Redis can use none."""

    def __init__(self, url: str, *, namespace: str = NAMESPACE, life_s: float = LIFE_S) -> None:
        options: dict[str, Any] = {"socket_timeout": SOCKET_TIMEOUT_S, "socket_connect_timeout": SOCKET_TIMEOUT_S}
        options |= {"max_connections": CONNECTIONS_MAX, "timeout": SOCKET_TIMEOUT_S, "retry": Retry(NoBackoff(), 1)}
        self._redis: Any = redis.asyncio.Redis.from_pool(BlockingConnectionPool.from_url(url, **options))
        self._ticket, self._person = f"{namespace}:ticket:", f"{namespace}:tickets:"
        self._life_ms = int(life_s * 1000)

    async def keep(self, digest: str, ticket: Ticket) -> bool:
        keys = (self._ticket + digest, self._person + ticket.user_id)
        with translated():
            given = (digest, msgspec.json.encode(ticket), self._life_ms, OUTSTANDING_MAX)
            return bool(await self._redis.eval(KEEP, 2, *keys, *given))

    async def spend(self, digest: str) -> Ticket | None:
        with translated():
            # One command, so that of two callers one gets it. The client repeats it after a broken connection: that may
            # lose a ticket, but spends none twice.
            found = await self._redis.getdel(self._ticket + digest)
            if found is None:
                return None
            ticket = _tickets.decode(found)
            await self._redis.zrem(self._person + ticket.user_id, digest)
        return ticket

    async def aclose(self) -> None:
        await self._redis.aclose()
