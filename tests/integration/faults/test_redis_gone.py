"""Fault: Redis is gone for longer than every timeout and pause. Streams read the database."""

import asyncio

from tests.support.readers import HEALED_S, Reader, all_have, following
from tests.support.site import Site, Web

READERS = 10
GONE_S = 6.0
"""Above the timeout of a connection (2 s), the pauses between attempts (1.5 s) and that of the limits (5 s), so that
all are at their longest. The database is read after two heartbeats without a status, a second each."""


async def test_streams_read_the_database_while_redis_is_gone(fragile_site: Site, heartbeat_web: Web) -> None:
    person = fragile_site.person()
    loop = asyncio.get_running_loop()
    with fragile_site.worker(fragile_site.session(person)) as worker:
        early, late = (
            [Reader(heartbeat_web.port, person, worker.session_id) for _ in range(READERS)] for _ in range(2)
        )
        async with following(early) as join:
            with worker.at_work():
                await all_have(early, worker.newest.version + 1)
                fragile_site.redis.kill()
                join(late)
                back_at = loop.time() + GONE_S
                while loop.time() < back_at:
                    # Statuses that were committed but cannot be published.
                    await all_have(early + late, worker.newest.version + 1)
                await asyncio.to_thread(fragile_site.redis.start)
                await all_have(early + late, worker.newest.version + 1, HEALED_S)
            assert worker.newest.attempt == 1
            worker.finish()
        for reader in early + late:
            assert len(reader.visits) == 1
            assert reader.refusals == []
            reader.agrees_with(worker)
