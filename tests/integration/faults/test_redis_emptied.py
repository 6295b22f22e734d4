"""Fault: Redis loses all its data, while it runs or in a restart. Readers still get what the database has."""

import asyncio
import shutil
from collections.abc import Callable

import pytest
from redis import Redis

from tests.support.readers import HEALED_S, Reader, all_have, following
from tests.support.site import Site, Web

READERS = 10


def flush(site: Site) -> None:
    with Redis.from_url(site.redis.url) as client:
        client.flushall()


def lose_the_disk(site: Site) -> None:
    site.redis.kill()
    shutil.rmtree(site.folder / "valkey" / "appendonlydir")
    site.redis.start()


@pytest.mark.parametrize("empty", [flush, lose_the_disk])
async def test_versions_continue_after_redis_was_emptied(
    fragile_site: Site, fragile_web: Web, empty: Callable[[Site], None]
) -> None:
    person = fragile_site.person()
    with fragile_site.worker(fragile_site.session(person)) as worker:
        early, late = ([Reader(fragile_web.port, person, worker.session_id) for _ in range(READERS)] for _ in range(2))
        async with following(early) as join:
            with worker.at_work():
                await all_have(early, worker.newest.version + 1)
                await asyncio.to_thread(empty, fragile_site)
                await all_have(early, worker.newest.version + 1, HEALED_S)
            # Readers that come when Redis is empty and nothing is published.
            await asyncio.to_thread(flush, fragile_site)
            join(late)
            await all_have(late, worker.newest.version, HEALED_S)
            worker.finish()
        for reader in early + late:
            assert len(reader.visits) == 1
            reader.agrees_with(worker)
