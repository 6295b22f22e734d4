"""Two web processes behind nginx are restarted one after the other, under a running session and its readers."""

import asyncio
import signal
from collections import Counter
from contextlib import ExitStack

from tests.support.nginx import nginx
from tests.support.readers import Reader, all_have, following, measured
from tests.support.site import Site

PEOPLE, READERS_EACH = 5, 5
"""A person may open 120 streams a minute, and one that is refused comes again."""
INTERVAL_S = 0.2


async def test_readers_behind_a_balancer_lose_nothing(site: Site) -> None:
    people = site.people(PEOPLE)
    with ExitStack() as stack:
        left, right = (stack.enter_context(site.web()) for _ in range(2))
        port = stack.enter_context(nginx(site.folder / "nginx", [left, right]))
        workers = [stack.enter_context(site.worker(site.session(person))) for person in people]
        groups = [
            [Reader(port, person, worker.session_id) for _ in range(READERS_EACH)]
            for person, worker in zip(people, workers, strict=True)
        ]
        readers = [reader for group in groups for reader in group]

        async def all_hear_more() -> None:
            for worker, group in zip(workers, groups, strict=True):
                await all_have(group, worker.newest.version + 1)

        async with following(readers):
            with ExitStack() as busy:
                for worker in workers:
                    busy.enter_context(worker.at_work(INTERVAL_S))
                await all_hear_more()
                assert await asyncio.to_thread(left.program.end, signal.SIGTERM) == 0
                await all_hear_more()
                await asyncio.to_thread(stack.enter_context, site.web(left.port))
                assert await asyncio.to_thread(right.program.end, signal.SIGTERM) == 0
                await all_hear_more()
            for worker in workers:
                worker.finish()
        told = Counter(str(visit.goodbye and visit.goodbye["reason"]) for reader in readers for visit in reader.visits)
        refused = Counter(status for reader in readers for status in reader.refusals)
        measured.info("goodbyes: %s; refused: %s", dict(told), dict(refused))
        assert told["draining"] >= len(readers), "each was on one of the two"
        assert set(told) == {"draining", "final"}, "nobody was cut"
        for worker, group in zip(workers, groups, strict=True):
            for reader in group:
                reader.agrees_with(worker)
