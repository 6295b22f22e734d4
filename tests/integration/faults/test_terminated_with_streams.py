"""A web process with many open streams is told to end: all hear goodbye, come back elsewhere and lose nothing."""

import asyncio
import signal
import threading
from contextlib import ExitStack, suppress

import httpx

from tests.support.readers import Reader, all_have, following
from tests.support.site import Site, Web
from tests.support.waiting import async_until

PEOPLE, STREAMS_EACH = 20, 50
RETURNING_EACH = 10
"""Of each person's readers: those who come back, and are held to everything that is said. The others hear goodbye."""
VANISHING = 10
"""Readers that leave without a word at the same moment, and take no goodbye."""
SPREAD_MS = 3000
OPEN_S = 120.0
"""For a thousand streams, each of them a request: 10 s of CPU here and there, on two busy cores."""
GONE_S = 10.0
"""3 s are promised; the rest is for two busy cores, and for this process, which reads a thousand streams beside it."""


async def test_all_hear_goodbye_and_who_comes_back_loses_nothing(site: Site, other_web: Web) -> None:
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
            asked = threading.Event()
            ready = asyncio.create_task(asyncio.to_thread(readiness, web, asked))
            await asyncio.to_thread(asked.wait)
            for task in vanished:
                task.cancel()
            web.program.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(web.program.process.wait, GONE_S) == 0
            assert "Traceback" not in web.program.err
            told = await ready
            assert True in told
            assert told[-1] is False
            await asyncio.gather(*visits)
            for worker in workers:
                worker.advance()
            await async_until(lambda: all(len(reader.visits) == 2 for reader in returning), "they came back")
            for worker in workers:
                worker.finish()
        goodbyes = [reader.visits[0].goodbye for reader in readers]
        assert all(reader.visits[0].is_whole for reader in readers)
        assert {(said["reason"], said["next"]) for said in goodbyes if said} == {("draining", "stream")}
        later_ms = [int(str(said["retry_after_ms"])) for said in goodbyes if said]
        assert len(later_ms) == len(readers)
        assert max(later_ms) <= SPREAD_MS
        assert len(set(later_ms)) > len(readers) / 2
        for group, worker in zip(groups, workers, strict=True):
            for reader in group[:RETURNING_EACH]:
                reader.agrees_with(worker)


def readiness(web: Web, asked: threading.Event) -> list[bool]:
    """What it says of itself until it is gone, asked again and again as a balancer does, only faster."""
    told: list[bool] = []
    with httpx.Client(base_url=web.url, trust_env=False, verify=False) as client, suppress(httpx.TransportError):
        while web.program.process.returncode is None:
            told.append(client.get("/readyz").json()["accepting"])
            asked.set()
    return told
