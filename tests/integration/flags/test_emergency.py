"""Unleash hangs, and streams must end: the switch that works without it, told to real processes by the command line."""

import asyncio
import time

from tests.integration.flags.conftest import Command
from tests.integration.flags.console import Console
from tests.integration.flags.told import ASK_S, KILL_SWITCH, STREAM, transports
from tests.support.readers import Reader, following
from tests.support.site import Site, Web
from tests.support.unleash import Unleash
from tests.support.waiting import ANSWER_S, async_until, until

SET_S = 5.0
"""How long the command waits for Unleash; its own start comes on top."""


async def test_emergency_ends_all_streams_while_unleash_hangs(
    site: Site, console: Console, web: Web, unleash: Unleash, settings: dict[str, str], command: Command
) -> None:
    person = site.person()
    session_id = site.session(person)
    with site.web() as by_file:
        webs = [web, by_file]
        readers = [Reader(one.port, person, session_id) for one in webs for _ in range(2)]
        async with following(readers):
            await async_until(lambda: all(reader.statuses for reader in readers), "all stream")
            with unleash.hung():
                began = time.monotonic()
                refused = await asyncio.to_thread(command, "set", "sse.allowed", "off")
                assert refused.returncode == 3, refused.stdout + refused.stderr
                assert refused.stderr.endswith("To stop all streams without it: playhead flags emergency off\n")
                assert time.monotonic() - began < SET_S + ANSWER_S
                done = await asyncio.to_thread(command, "emergency", "off", "--reason", "too many streams")
                assert done.returncode == 0, done.stderr
                assert "Obeyed by 2 of 2 processes after" in done.stderr
                await async_until(
                    lambda: all(reader.visits and reader.visits[0].goodbye for reader in readers),
                    "all streams have ended",
                )
        reasons = {(reader.visits[0].goodbye or {}).get("reason") for reader in readers}
        assert reasons == {"kill_switch"}
    site.redis.kill()
    site.redis.start()
    with site.web() as restarted:
        assert transports(restarted, [person]) == [KILL_SWITCH], "neither restart lifted it"
        assert "too many streams" in command("list").stderr
        assert command("emergency", "lift").returncode == 0
        until(lambda: transports(restarted, [person]) == [STREAM], "the flags decide again", look_s=ASK_S)
