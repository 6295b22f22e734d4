"""PostgreSQL is stopped and started again: streams stay open, and no final state is lost."""

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
"""At each heartbeat a stream asks the database whether the reader is still signed in, at each fourth the flags, too."""


async def test_streams_stay_open_and_go_on_when_it_is_back(
    fragile_site: Site, beating_web: Web, postgres: Postgres
) -> None:
    person = fragile_site.person()
    with fragile_site.worker(fragile_site.session(person)) as worker:
        readers = [Reader(beating_web.port, person, worker.session_id) for _ in range(READERS)]
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
async def test_restart_costs_no_stream_and_no_request_after_it(
    fragile_site: Site, beating_web: Web, postgres: Postgres, how: signal.Signals
) -> None:
    """Every connection that was pooled is dead then."""
    person = fragile_site.person()
    with fragile_site.worker(fragile_site.session(person)) as worker:
        readers = [Reader(beating_web.port, person, worker.session_id) for _ in range(READERS)]
        asks = f"{beating_web.url}/api/v1/sessions/{worker.session_id}"

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


async def test_final_status_said_while_it_was_gone_comes_with_its_words(
    fragile_site: Site, beating_web: Web, postgres: Postgres
) -> None:
    person = fragile_site.person()
    with fragile_site.worker(fragile_site.session(person)) as worker:
        readers = [Reader(beating_web.port, person, worker.session_id) for _ in range(READERS)]
        async with following(readers):
            await all_have(readers, worker.newest.version)
            n = worker.newest.segments
            final = advance(worker.newest, stage=Stage.COMPLETED, segments=n + 1, progress=1.0)
            worker.database.run(attempts.save, final, [Segment(n, 0.0, 1.0, "the last word")])
            worker.committed[final.version] = final
            await asyncio.to_thread(postgres.stop)
            worker.publisher.publish(final, person.id)
            # They were told of an end whose words cannot be read: they were let go, and come back to no database.
            await async_until(lambda: all(reader.refusals for reader in readers), "each was refused")
            assert not any(reader.is_over for reader in readers)
            await asyncio.to_thread(postgres.start)
        for reader in readers:
            reader.agrees_with(worker)


async def heartbeats(readers: list[Reader], count: int) -> None:
    """Wait until each heard so many heartbeats more."""

    def heard() -> list[int]:
        return [sum(visit.heartbeats for visit in reader.visits) for reader in readers]

    wanted = [before + count for before in heard()]
    await async_until(
        lambda: all(now >= then for now, then in zip(heard(), wanted, strict=True)), "the heartbeats arrive"
    )
