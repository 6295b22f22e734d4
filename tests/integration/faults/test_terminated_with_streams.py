"""A web process with many open streams is terminated: all get a goodbye, reconnect elsewhere and lose nothing."""

import asyncio
import signal
from contextlib import ExitStack

from tests.support.readers import Reader, all_have, following
from tests.support.site import Site, Web
from tests.support.waiting import async_until

PEOPLE, STREAMS_EACH = 20, 50
RETURNING_EACH = 10
"""Readers of each person that reconnect and whose statuses are checked. The others only get the goodbye."""
VANISHING = 10
"""Readers that disconnect at the same moment, and get no goodbye."""
SPREAD_MS = 3000
OPEN_S = 120.0
"""For a thousand streams, each a request: 10 s of CPU in each of two processes, on two busy cores."""
GONE_S = 10.0
"""3 s are promised; the rest is for two busy cores, and for this process, which reads a thousand streams."""


async def test_all_get_a_goodbye_and_lose_nothing_by_reconnecting(site: Site, other_web: Web) -> None:
    people = site.people(PEOPLE)
    with site.web() as web, ExitStack() as stack:
        workers = [stack.enter_context(site.worker(site.session(person))) for person in people]
        groups = [
            [Reader(web.port, person, worker.session_id) for _ in range(STREAMS_EACH)]
            for person, worker in zip(people, workers, strict=True)
        ]
        readers = [reader for group in groups for reader in group]
        returning = [reader for group in groups for reader in group[:RETURNING_EACH]]
        vanishing = [Reader(web.port, people[0], workers[0].session_id) for _ in range(VANISHING)]
        async with following(returning):
            visits = [asyncio.create_task(reader.visit()) for reader in readers if reader not in returning]
            vanished = [asyncio.create_task(reader.visit()) for reader in vanishing]
            await all_have(readers + vanishing, 1, OPEN_S)
            for reader in returning:
                reader.port = other_web.port
            for task in vanished:
                task.cancel()
            web.program.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(web.program.process.wait, GONE_S) == 0
            assert "Traceback" not in web.program.err
            await asyncio.gather(*visits)
            for worker in workers:
                worker.advance()
            await async_until(lambda: all(len(reader.visits) == 2 for reader in returning), "they came back")
            for worker in workers:
                worker.finish()
        goodbyes = [reader.visits[0].goodbye for reader in readers]
        assert all(reader.visits[0].is_whole for reader in readers)
        assert {(goodbye["reason"], goodbye["next"]) for goodbye in goodbyes if goodbye} == {("draining", "stream")}
        later_ms = [int(str(goodbye["retry_after_ms"])) for goodbye in goodbyes if goodbye]
        assert len(later_ms) == len(readers)
        assert max(later_ms) <= SPREAD_MS
        assert len(set(later_ms)) > len(readers) / 2
        for group, worker in zip(groups, workers, strict=True):
            for reader in group[:RETURNING_EACH]:
                reader.agrees_with(worker)
