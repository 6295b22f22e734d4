"""Fault: PostgreSQL is stopped and started again. Streams stay open, and no final state is lost."""

import asyncio
import signal

import httpx
import pytest

from playhead.sessions import attempts
from playhead.sessions.advance import advance
from playhead.sessions.models import Segment
from playhead.sessions.status import Stage
from tests.support.postgres import Postgres
from tests.support.readers import HEALED_S, Reader, all_have, following
from tests.support.site import Site, Web
from tests.support.waiting import ANSWER_S, async_until

READERS = 10
GONE_HEARTBEATS = 5
"""At each heartbeat a stream checks the login in the database, at each fourth the flags, too."""


async def test_streams_stay_open_and_resume_after_a_database_outage(
    fragile_site: Site, heartbeat_web: Web, postgres: Postgres
) -> None:
    person = fragile_site.person()
    with fragile_site.worker(fragile_site.session(person)) as worker:
        readers = [Reader(heartbeat_web.port, person, worker.session_id) for _ in range(READERS)]
        async with following(readers):
            with worker.at_work():
                await all_have(readers, worker.newest.version + 1)
                await asyncio.to_thread(postgres.stop)
                await heartbeats(readers, GONE_HEARTBEATS)
                await asyncio.to_thread(postgres.start)
                back = worker.newest.version
                await all_have(readers, back + 2, HEALED_S)
            worker.finish()
        for reader in readers:
            assert len(reader.visits) == 1
            reader.agrees_with(worker)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["stopped", "crashed"])
async def test_database_restart_ends_no_stream_and_fails_no_request(
    fragile_site: Site, heartbeat_web: Web, postgres: Postgres, how: signal.Signals
) -> None:
    """Afterwards all connections of the pool are dead."""
    person = fragile_site.person()
    with fragile_site.worker(fragile_site.session(person)) as worker:
        readers = [Reader(heartbeat_web.port, person, worker.session_id) for _ in range(READERS)]
        asks = f"{heartbeat_web.url}/api/v1/sessions/{worker.session_id}"

        async def answers() -> set[int]:
            async with httpx.AsyncClient(headers=person.headers, timeout=ANSWER_S) as client:
                given = await asyncio.gather(*(client.get(asks) for _ in range(READERS)))
            return {answer.status_code for answer in given}

        async with following(readers):
            with worker.at_work():
                await all_have(readers, worker.newest.version + 1)
                assert await answers() == {200}
                await asyncio.to_thread(postgres.stop, how)
                await asyncio.to_thread(postgres.start)
                assert await answers() == {200}
                await all_have(readers, worker.newest.version + 1, HEALED_S)
            worker.finish()
        for reader in readers:
            assert len(reader.visits) == 1
            reader.agrees_with(worker)


async def test_final_status_of_an_outage_comes_with_its_segments(
    fragile_site: Site, heartbeat_web: Web, postgres: Postgres
) -> None:
    person = fragile_site.person()
    with fragile_site.worker(fragile_site.session(person)) as worker:
        readers = [Reader(heartbeat_web.port, person, worker.session_id) for _ in range(READERS)]
        async with following(readers):
            await all_have(readers, worker.newest.version)
            n = worker.newest.segments
            final = advance(worker.newest, stage=Stage.COMPLETED, segments=n + 1, progress=1.0)
            worker.database.run(attempts.save, final, [Segment(n, 0.0, 1.0, "the last word")])
            worker.committed[final.version] = final
            await asyncio.to_thread(postgres.stop)
            worker.publisher.publish(final, person.id)
            # The segments of the final status cannot be read, so the streams end, and reconnecting is refused.
            await async_until(lambda: all(reader.refusals for reader in readers), "each was refused")
            assert not any(reader.is_over for reader in readers)
            await asyncio.to_thread(postgres.start)
        for reader in readers:
            reader.agrees_with(worker)


async def heartbeats(readers: list[Reader], count: int) -> None:
    """Waits until each reader received `count` heartbeats more."""

    def received() -> list[int]:
        return [sum(visit.heartbeats for visit in reader.visits) for reader in readers]

    wanted = [before + count for before in received()]
    await async_until(
        lambda: all(now >= then for now, then in zip(received(), wanted, strict=True)), "the heartbeats arrive"
    )
