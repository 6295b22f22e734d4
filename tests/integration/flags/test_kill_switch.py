"""What is turned in Unleash reaches every stream that is open, and whoever loses one misses nothing."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.integration.flags.console import Console
from tests.integration.flags.fallback import FallingBack
from tests.integration.flags.told import ASK_S, STREAM, transports, within
from tests.support.connection import Connection
from tests.support.readers import Reader, following, measured
from tests.support.site import Site, Web
from tests.support.waiting import async_until

PEOPLE, STREAMS_EACH = 20, 5
"""Of one person so many that their polls, one in 3 s, stay within what one person may ask in a minute."""
INTERVAL_S = 2.0
"""Ten statuses a second in all, each for five readers."""
CROWD = 30


async def test_the_kill_switch_reaches_everybody_and_nobody_misses_a_word(
    site: Site, console: Console, web: Web
) -> None:
    people = site.people(PEOPLE)
    with ExitStack() as stack:
        workers = [stack.enter_context(site.worker(site.session(person))) for person in people]
        readers = {
            worker: [FallingBack(web.port, person, worker.session_id) for _ in range(STREAMS_EACH)]
            for person, worker in zip(people, workers, strict=True)
        }
        everybody = [reader for group in readers.values() for reader in group]
        async with following([*everybody]):
            with ExitStack() as at_work:
                for worker in workers:
                    at_work.enter_context(worker.at_work(INTERVAL_S))
                await async_until(lambda: all(reader.statuses for reader in everybody), "all stream")
                await asyncio.to_thread(console.turn, "sse.allowed", False)
                await async_until(lambda: all(reader.goodbye for reader in everybody), "all are told")
                measured.info("%d streams ended", len(everybody))
                await async_until(lambda: all(reader.transports for reader in everybody), "all poll")
            for worker in workers:
                worker.finish()
        for worker, group in readers.items():
            for reader in group:
                assert (reader.goodbye or {}).get("reason") == "kill_switch"
                assert [visit.is_whole for visit in reader.visits] == [True], "it streamed once, and to the end"
                assert {*reader.transports[:-1]} == {"wait; reason=kill_switch"}
                assert reader.transports[-1] == "poll; reason=final"
                reader.agrees_with(worker)
        console.turn("sse.allowed", True)
        await async_until(lambda: transports(web, people[:1]) == [STREAM], "streams are allowed again", look_s=ASK_S)
        path = f"/api/v1/sessions/{site.session(people[0])}/status/stream"
        again = await Connection.open(web.port, path, people[0].headers)
        again.close()
        assert again.status == httpx.codes.OK


async def test_the_slider_moved_down_ends_the_streams_of_those_who_fell_out(
    site: Site, console: Console, web: Web, tmp_path: Path
) -> None:
    people = site.people(CROWD)
    share = within(50, people, tmp_path)
    readers = [Reader(web.port, person, site.session(person)) for person in people]
    async with following(readers):
        await async_until(lambda: all(reader.statuses for reader in readers), "all stream")
        await asyncio.to_thread(console.roll_out, "sse.status-stream", 50)
        fallen = [reader for reader in readers if reader.person not in share]
        await async_until(lambda: all(reader.visits[0].goodbye for reader in fallen), "those who fell out are told")
        await asyncio.to_thread(console.turn, "sse.allowed", False)
    for reader in readers:
        reason = "kill_switch" if reader.person in share else "flag_off"
        assert (reader.visits[0].goodbye or {}).get("reason") == reason, "the others went on until there was more"
