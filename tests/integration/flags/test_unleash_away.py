"""Unleash hangs, and is stopped: what was decided holds, also for who starts then, until it is back and is changed."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx

from tests.integration.flags.console import Console
from tests.integration.flags.obeyed import until_obeyed
from tests.integration.flags.told import ASK_S, FLAG_OFF, KILL_SWITCH, STREAM, UNAVAILABLE, transports
from tests.support.ports import free_port
from tests.support.programs import environ, program
from tests.support.readers import Reader, all_have, following
from tests.support.site import WEB, Site, Web
from tests.support.unleash import Unleash
from tests.support.waiting import async_until, until

CROWD = 20
"""So many that it takes a million runs to find all of them on one side of the slider."""
READERS = 3
INTERVAL_S = 1.0


@contextmanager
def stopped(unleash: Unleash) -> Iterator[None]:
    unleash.stop()
    try:
        yield
    finally:
        unleash.start()


@contextmanager
def ignorant_web(site: Site, settings: dict[str, str]) -> Iterator[Web]:
    """A web process that has never heard of a flag, and so is alive, but not ready."""
    data = site.folder / "empty"
    port = free_port()
    places = {"DATABASE_URL": site.database_url, "REDIS_URL": site.redis.url, "DATA_DIR": str(data)}
    with program(WEB, environ(PORT=str(port), **places | settings), site.folder / "ignorant") as running:
        web = Web(port, running)
        until(lambda: alive(web), f"it is alive: {running.out}{running.err}")
        yield web


def alive(web: Web) -> bool:
    try:
        return httpx.get(f"{web.url}/healthz", trust_env=False, verify=False).is_success
    except httpx.TransportError:
        return False


async def test_what_was_decided_holds_until_it_is_back(
    unleash: Unleash, console: Console, settings: dict[str, str], site: Site, web: Web
) -> None:
    crowd = site.people(CROWD)
    console.roll_out("sse.status-stream", 50)
    with ExitStack() as stack:
        until_obeyed(site, console, web)
        told, answers = [STREAM, FLAG_OFF], transports(web, crowd)
        people = [crowd[answers.index(one)] for one in told]
        worker = stack.enter_context(site.worker(site.session(people[0])))
        stack.enter_context(worker.at_work(INTERVAL_S))
        readers = [Reader(web.port, people[0], worker.session_id) for _ in range(READERS)]

        async def nobody_notices() -> None:
            assert transports(web, people) == told
            await all_have(readers, worker.newest.version + 1)
            assert [len(reader.visits) for reader in readers] == [1] * READERS, "no stream has ended"

        async with following(readers):
            await all_have(readers, 1)
            with unleash.hung():
                late = stack.enter_context(site.web(**settings))
                ignorant = stack.enter_context(ignorant_web(site, settings))
                assert transports(late, people) == told, "the last good flags were kept"
                assert transports(ignorant, people) == [UNAVAILABLE] * 2
                assert not ignorant.ready()
                await nobody_notices()
            await async_until(
                lambda: transports(ignorant, people) == told, "it has asked again by itself", look_s=ASK_S
            )
            assert ignorant.ready()
            with stopped(unleash):
                await nobody_notices()
            await nobody_notices()
            console.turn("sse.allowed", False)
            nobody = [[KILL_SWITCH] * 2] * 3
            await async_until(
                lambda: [transports(one, people) for one in (web, late, ignorant)] == nobody,
                "all are told",
                look_s=ASK_S,
            )
        assert [(reader.visits[0].goodbye or {}).get("reason") for reader in readers] == ["kill_switch"] * READERS
