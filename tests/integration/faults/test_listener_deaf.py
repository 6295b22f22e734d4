"""A relay in front of Redis stops carrying bytes, keeps connections open and answers keepalive: nobody says a word."""

import asyncio
from collections.abc import Iterator

import pytest
from infra.proxies.relay import Mode, Relay, relay

from tests.integration.conftest import NO_HEARTBEAT
from tests.support.readers import Reader, all_have, following, measured
from tests.support.site import Site, Web
from tests.support.waiting import until

READERS = 10
DEAF_S = 12.0
"""7 s are promised; the rest is for two busy cores. Without a question it would be two heartbeats of a minute."""


@pytest.fixture
def way(site: Site) -> Iterator[Relay]:
    with relay(site.redis.port) as way:
        yield way


@pytest.fixture
def far_web(site: Site, way: Relay) -> Iterator[Web]:
    """A web process that reaches Redis by the relay; its worker does not."""
    with site.web(**NO_HEARTBEAT, REDIS_URL=site.redis.url_at(way.port)) as web:
        yield web


async def test_streams_are_healed_when_the_way_to_redis_carries_nothing(site: Site, far_web: Web, way: Relay) -> None:
    person = site.person()
    loop = asyncio.get_running_loop()
    with site.worker(site.session(person)) as worker:
        readers = [Reader(far_web.port, person, worker.session_id) for _ in range(READERS)]
        async with following(readers):
            with worker.at_work():
                await all_have(readers, worker.newest.version + 1)
                way.behave(Mode.MUTE, new=False)
                deaf_at, version = loop.time(), worker.newest.version
                await all_have(readers, version + 1, DEAF_S)
                measured.info("healed after %.1f s", loop.time() - deaf_at)

                way.behave(Mode.MUTE)
                await asyncio.to_thread(until, lambda: not far_web.ready(), "it is not ready")
                way.behave(Mode.PASS, old=False)
                await all_have(readers, worker.newest.version + 1, DEAF_S)
                await asyncio.to_thread(until, far_web.ready, "it is ready again")
            worker.finish()
        for reader in readers:
            assert len(reader.visits) == 1
            reader.agrees_with(worker)
    assert far_web.program.err.count("no answer for 5.0 s") >= 2
