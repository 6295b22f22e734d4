"""A canary before a real web process: what it finds behind proxies, without streams, and without Redis."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from infra.proxies.proxy import proxy

from playhead.cli.canary_round import Round, run_round
from playhead.flags.file import documents
from tests.support.programs import environ, program
from tests.support.scraped import Scraped
from tests.support.site import PLAYHEAD, Site, Web, site_on
from tests.support.valkey import valkey
from tests.support.waiting import async_until

METRICS_TOKEN = "metrics"
HEARTBEAT = {"HEARTBEAT_S": "60", "METRICS_TOKEN": METRICS_TOKEN}
"""At a heartbeat a stream reads everything again, and would hide that a message did not arrive."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with valkey(folder / "valkey") as redis, site_on(f"sqlite:///{folder}/db", folder, redis) as site:
        yield site


@pytest.fixture(scope="module")
def web(site: Site) -> Iterator[Web]:
    with site.web(**HEARTBEAT) as web:
        yield web


def outcomes(found: Round) -> tuple[str, ...]:
    """Of the stream and of the polls."""
    return tuple(leg.outcome for leg in found.legs)


async def a_round(site: Site, port: int) -> Round:
    """A round of an account of its own."""
    (person,) = site.people(1, "canary")
    return await run_round(f"http://127.0.0.1:{port}", person.token)


async def settled(site: Site, port: int, *expected: str) -> Round:
    """A round with these outcomes, out of three: on a busy machine one may be late by itself."""
    for _ in range(3):
        found = await a_round(site, port)
        if outcomes(found) == expected:
            break
    assert outcomes(found) == expected
    return found


def _lags_of_streams(counted: Scraped) -> float:
    lags = counted.values("paint_lag_seconds_count")
    return sum(lags[f"stream,{precise}"] for precise in ("yes", "no"))


async def test_stream_that_is_held_back_fails_alone(site: Site, web: Web, tmp_path: Path) -> None:
    (watching,) = site.people(1, "canary")
    with ExitStack() as stack:
        held = [stack.enter_context(proxy(web.port, manner)).port for manner in ("hold-body", "hold-headers")]
        settings = environ(PLAYHEAD_TOKEN=watching.token)
        command = stack.enter_context(program([*PLAYHEAD, "canary", web.url], settings, tmp_path / "canary"))
        direct, *_ = await asyncio.gather(
            settled(site, web.port, "passed", "passed"),
            *(settled(site, port, "failed", "passed") for port in held),
        )
        await asyncio.to_thread(command.wait_for, "Z passed: stream passed")
        assert command.end() == 0
    stream, poll = direct.legs
    assert (direct.outcome, stream.mode, poll.mode, len(stream.lags_ms)) == ("passed", "stream", "wait", 6)
    counted = Scraped(web.port, METRICS_TOKEN)
    found = counted.values("canary_rounds_total")
    assert (found["stream,passed"] >= 2, found["stream,failed"] >= 2, found["poll,passed"] >= 4) == (True, True, True)
    # Reports are written in batches, those of a slow round last.
    await async_until(lambda: counted.values("finals_total").get("in_time,browser", 0) >= 2, look_s=0.5)
    await async_until(lambda: _lags_of_streams(counted) >= 2 * 6, "both streams have reported", look_s=0.5)


async def test_canaries_of_one_account_wait_for_each_other(site: Site, web: Web) -> None:
    (person,) = site.people(1, "canary")
    found = await asyncio.gather(*(run_round(web.url, person.token) for _ in range(2)))
    assert [len(one.legs) for one in found] == [2, 2], [one.sentence for one in found]
    assert len({one.legs[0].session_id for one in found}) == 2


async def test_kill_switch_is_no_failure(site: Site, web: Web) -> None:
    (person,) = site.people(1, "canary")

    def may_stream() -> bool:
        answer = httpx.get(f"{web.url}/api/v1/me", headers=person.headers, trust_env=False)
        return bool(answer.json()["transport"]["mode"] == "stream")

    site.database.run(documents.switch_off, "a test", "to see")
    try:
        await async_until(lambda: not may_stream(), "nobody streams", look_s=0.2)
        found = await settled(site, web.port, "not_allowed", "passed")
    finally:
        site.database.run(documents.lift)
    assert (found.outcome, found.legs[0].why) == ("passed", "kill_switch")
    await async_until(may_stream, "people stream again", look_s=0.2)


async def test_redis_that_is_away_fails(site: Site, web: Web) -> None:
    site.redis.kill()
    try:
        found = await a_round(site, web.port)
    finally:
        site.redis.start()
    assert (outcomes(found)[0], found.legs[0].why) == ("failed", "no_final")
