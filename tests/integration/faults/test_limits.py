"""More readers than there is room for: they are refused politely, and polling goes on."""

import asyncio
import json
from contextlib import AsyncExitStack

import httpx

from playhead.delivery.poll import WAITS_PER_USER
from tests.integration.faults.conftest import PER_PROCESS, PER_SESSION, PER_USER
from tests.support.connection import Connection
from tests.support.site import Person, Site, Web
from tests.support.waiting import ANSWER_S, async_until

WAIT_S = 20
POLL_S = 0.1


async def test_one_stream_too_many_is_refused_and_polling_goes_on(site: Site, narrow_web: Web) -> None:
    ada, bob = site.people(2)
    hers, his = ([site.session(person) for _ in range(PER_USER + 1)] for person in (ada, bob))
    async with AsyncExitStack() as stack:
        for session_id in hers[:PER_USER]:
            assert (await open_stream(stack, narrow_web, ada, session_id)).status == 200
        await is_refused(narrow_web, ada, hers[-1], 429, "too_many_streams")
        for session_id in his[: PER_PROCESS - PER_USER]:
            assert (await open_stream(stack, narrow_web, bob, session_id)).status == 200
        await is_refused(narrow_web, bob, his[-1], 503, "at_capacity")
        polled = await poll(narrow_web, bob, his[-1])
        assert polled.status_code == 200
        assert polled.headers["Playhead-Transport"].endswith("reason=at_capacity")
        assert int(polled.headers["Playhead-Poll-After-Ms"]) > 0
    await polled_transport(narrow_web, bob, his[-1], "stream; reason=flag_on")
    async with AsyncExitStack() as stack:
        assert (await open_stream(stack, narrow_web, bob, his[-1])).status == 200
    await async_until(lambda: not site.followed(*hers, *his), "there is room for others")


async def test_one_stream_of_a_session_too_many_is_refused(site: Site, narrow_web: Web) -> None:
    ada = site.person()
    one, another = site.session(ada), site.session(ada)
    async with AsyncExitStack() as stack:
        for _ in range(PER_SESSION):
            assert (await open_stream(stack, narrow_web, ada, one)).status == 200
        await is_refused(narrow_web, ada, one, 429, "too_many_streams")
        assert (await open_stream(stack, narrow_web, ada, another)).status == 200
        assert (await poll(narrow_web, ada, one)).status_code == 200
    await async_until(lambda: not site.followed(one, another), "there is room for others")


async def test_one_wait_too_many_is_answered_at_once(site: Site, web: Web) -> None:
    ada = site.person()
    with site.worker(site.session(ada)) as worker:
        known = await poll(web, ada, worker.session_id)
        asks = {"If-None-Match": known.headers["ETag"], "Prefer": f"wait={WAIT_S}"}
        waits = [asyncio.create_task(poll(web, ada, worker.session_id, **asks)) for _ in range(WAITS_PER_USER + 1)]
        answered, waiting = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        assert [(await one).status_code for one in answered] == [304]
        worker.say()
        told = [await one for one in waiting]
        assert {one.status_code for one in told} == {200}
        assert {one.json()["version"] for one in told} == {worker.newest.version}


async def open_stream(stack: AsyncExitStack, web: Web, person: Person, session_id: str) -> Connection:
    connection = await Connection.open(web.port, f"/api/v1/sessions/{session_id}/status/stream", person.headers)
    stack.callback(connection.close)
    return connection


async def polled_transport(web: Web, person: Person, session_id: str, transport: str) -> None:
    """Wait until a poll is told this."""
    async with asyncio.timeout(ANSWER_S):
        told = ""
        while told != transport:
            told = (await poll(web, person, session_id)).headers["Playhead-Transport"]
            await asyncio.sleep(POLL_S)


async def is_refused(web: Web, person: Person, session_id: str, status: int, code: str) -> None:
    answer = await get(web, f"/api/v1/sessions/{session_id}/status/stream", person.headers)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0
    assert json.loads(answer.content)["code"] == code


async def poll(web: Web, person: Person, session_id: str, **headers: str) -> httpx.Response:
    return await get(web, f"/api/v1/sessions/{session_id}/status", person.headers | headers)


async def get(web: Web, path: str, headers: dict[str, str]) -> httpx.Response:
    # Without a certificate store, which takes longer to load than all else here, each time.
    async with httpx.AsyncClient(base_url=web.url, trust_env=False, verify=False, timeout=2 * WAIT_S) as client:
        return await client.get(path, headers=headers)
