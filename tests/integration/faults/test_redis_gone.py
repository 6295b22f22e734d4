"""Redis is away for longer than every time-out and pause in the way: streams go on from the database."""

import asyncio

from tests.support.readers import HEALED_S, Reader, all_have, following
from tests.support.site import Site, Web

READERS = 10
GONE_S = 6.0
"""Above what a connection (2 s), the pauses between attempts (1.5 s) and that of the limits (5 s) take: all is at its
slowest. At two quiet heartbeats, a second each, the database is read."""


async def test_streams_go_on_from_the_database_until_it_is_back(fragile_site: Site, beating_web: Web) -> None:
    person = fragile_site.person()
    loop = asyncio.get_running_loop()
    with fragile_site.worker(fragile_site.session(person)) as worker:
        early, late = ([Reader(beating_web.port, person, worker.session_id) for _ in range(READERS)] for _ in range(2))
        async with following(early) as join:
            with worker.at_work():
                await all_have(early, worker.newest.version + 1)
                fragile_site.redis.kill()
                join(late)
                back_at = loop.time() + GONE_S
                while loop.time() < back_at:
                    # What was committed since, although nobody can tell of it.
                    await all_have(early + late, worker.newest.version + 1)
                await asyncio.to_thread(fragile_site.redis.start)
                await all_have(early + late, worker.newest.version + 1, HEALED_S)
            assert worker.newest.attempt == 1
            worker.finish()
        for reader in early + late:
            assert len(reader.visits) == 1
            assert reader.refusals == []
            reader.agrees_with(worker)
