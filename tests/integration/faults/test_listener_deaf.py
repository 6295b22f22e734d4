"""Fault: a relay in front of Redis carries no bytes, but keeps connections open and answers keepalive."""

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
"""7 s are promised; the rest is for two busy cores. Without the listener's own checks it would be two minutes."""


@pytest.fixture
def way(site: Site) -> Iterator[Relay]:
    with relay(site.redis.port) as way:
        yield way


@pytest.fixture
def far_web(site: Site, way: Relay) -> Iterator[Web]:
    """A web process that reaches Redis through the relay; the worker does not."""
    with site.web(**NO_HEARTBEAT, REDIS_URL=site.redis.url_at(way.port)) as web:
        yield web


async def test_streams_recover_from_a_dead_connection_to_redis(site: Site, far_web: Web, way: Relay) -> None:
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
