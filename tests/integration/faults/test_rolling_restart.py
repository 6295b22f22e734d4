"""Two web processes behind nginx are restarted one after the other, while sessions run and readers follow them."""

import asyncio
import signal
from collections import Counter
from contextlib import ExitStack

from tests.support.nginx import nginx
from tests.support.readers import Reader, all_have, following, measured
from tests.support.site import Site

PEOPLE, READERS_EACH = 5, 5
"""Several people, because a person may open 120 streams a minute, and a refused reader reconnects."""
INTERVAL_S = 0.2


async def test_rolling_restart_behind_nginx_loses_no_status(site: Site) -> None:
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

        async def all_receive_more() -> None:
            for worker, group in zip(workers, groups, strict=True):
                await all_have(group, worker.newest.version + 1)

        async with following(readers):
            with ExitStack() as busy:
                for worker in workers:
                    busy.enter_context(worker.at_work(INTERVAL_S))
                await all_receive_more()
                assert await asyncio.to_thread(left.program.end, signal.SIGTERM) == 0
                await all_receive_more()
                await asyncio.to_thread(stack.enter_context, site.web(left.port))
                assert await asyncio.to_thread(right.program.end, signal.SIGTERM) == 0
                await all_receive_more()
            for worker in workers:
                worker.finish()
        ends = Counter(str(visit.goodbye and visit.goodbye["reason"]) for reader in readers for visit in reader.visits)
        refused = Counter(status for reader in readers for status in reader.refusals)
        measured.info("goodbyes: %s; refused: %s", dict(ends), dict(refused))
        assert ends["draining"] >= len(readers), "each was on one of the two"
        assert set(ends) == {"draining", "final"}, "none was cut off"
        for worker, group in zip(workers, groups, strict=True):
            for reader in group:
                reader.agrees_with(worker)
