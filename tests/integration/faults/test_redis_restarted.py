"""Fault: Redis crashes and is restarted at once. Streams stay open and resume by themselves."""

import asyncio

from tests.support.readers import HEALED_S, Reader, all_have, following
from tests.support.site import Site, Web

READERS = 10
CRASHES = 3


async def test_streams_stay_open_and_resume_after_a_redis_restart(fragile_site: Site, fragile_web: Web) -> None:
    person = fragile_site.person()
    with fragile_site.worker(fragile_site.session(person)) as worker:
        readers = [Reader(fragile_web.port, person, worker.session_id) for _ in range(READERS)]
        async with following(readers):
            with worker.at_work():
                for _ in range(CRASHES):
                    await all_have(readers, worker.newest.version + 1)
                    fragile_site.redis.kill()
                    await asyncio.to_thread(fragile_site.redis.start)
                    await all_have(readers, worker.newest.version + 1, HEALED_S)
            worker.finish()
        for reader in readers:
            assert len(reader.visits) == 1
            reader.agrees_with(worker)
