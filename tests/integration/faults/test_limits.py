"""Limits of streams: over the limit of a person the oldest ends, in a full process the newest is refused."""

import asyncio
import json
import time
from contextlib import AsyncExitStack, aclosing

import httpx
import pytest

from playhead.live.poll import WAITS_PER_USER
from tests.integration.faults.conftest import PER_PROCESS, PER_SESSION, PER_USER
from tests.support.connection import Connection
from tests.support.readers import measured
from tests.support.site import Person, Site, Web
from tests.support.waiting import ANSWER_S, async_until

WAIT_S = 20
POLL_S = 0.1


async def test_full_process_refuses_a_stream_and_polling_works(site: Site, narrow_web: Web) -> None:
    people = site.people(PER_PROCESS + 1)
    sessions = [site.session(person) for person in people]
    bob, his = people[-1], sessions[-1]
    async with AsyncExitStack() as stack:
        for person, session_id in zip(people[:-1], sessions, strict=False):
            assert (await open_stream(stack, narrow_web, person, session_id)).status == 200
        await is_refused(narrow_web, bob, his, 503, "at_capacity")
        polled = await poll(narrow_web, bob, his)
        assert polled.status_code == 200
        assert polled.headers["Playhead-Transport"].endswith("reason=at_capacity")
        assert int(polled.headers["Playhead-Poll-After-Ms"]) > 0
    await polled_transport(narrow_web, bob, his, "stream; reason=flag_on")
    async with AsyncExitStack() as stack:
        assert (await open_stream(stack, narrow_web, bob, his)).status == 200
    await async_until(lambda: not site.followed(*sessions), "the slots are free")


@pytest.mark.parametrize("sessions", [PER_USER + 1, 1], ids=["of a person", "of a session"])
async def test_newest_stream_over_the_limit_replaces_the_oldest(site: Site, narrow_web: Web, sessions: int) -> None:
    """The readers do not close their connections, as behind a proxy that keeps them open when readers leave."""
    ada = site.person()
    hers = [site.session(ada) for _ in range(sessions)] * 2
    async with AsyncExitStack() as stack:
        streams = [await open_stream(stack, narrow_web, ada, session_id) for session_id in hers]
        assert {stream.status for stream in streams} == {200}
        began = time.monotonic()
        goodbyes = [await last_event(stream) for stream in streams[: -PER_USER if sessions > 1 else -PER_SESSION]]
        measured.info("the replaced ones had ended %.3f s after the last came", time.monotonic() - began)
        assert {(goodbye["reason"], goodbye["next"]) for goodbye in goodbyes} == {("replaced", "wait")}
        with site.worker(hers[-1]) as worker:
            async with aclosing(streams[-1].events()) as events:
                while (event := await anext(events)).last_event_id != str(worker.newest.version):
                    assert event.event != "goodbye"
    await async_until(lambda: not site.followed(*hers), "the slots are free")


async def test_long_poll_over_the_limit_is_answered_at_once(site: Site, web: Web) -> None:
    ada = site.person()
    with site.worker(site.session(ada)) as worker:
        present = await poll(web, ada, worker.session_id)
        asks = {"If-None-Match": present.headers["ETag"], "Prefer": f"wait={WAIT_S}"}
        waits = [asyncio.create_task(poll(web, ada, worker.session_id, **asks)) for _ in range(WAITS_PER_USER + 1)]
        answered, waiting = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        assert [(await one).status_code for one in answered] == [304]
        worker.advance()
        responses = [await one for one in waiting]
        assert {one.status_code for one in responses} == {200}
        assert {one.json()["version"] for one in responses} == {worker.newest.version}


async def open_stream(stack: AsyncExitStack, web: Web, person: Person, session_id: str) -> Connection:
    connection = await Connection.open(web.port, f"/api/v1/sessions/{session_id}/status/stream", person.headers)
    stack.callback(connection.close)
    return connection


async def last_event(connection: Connection) -> dict[str, object]:
    """The data of the stream's goodbye; checks that the response is whole and its connection closed."""
    async with asyncio.timeout(ANSWER_S), aclosing(connection.events()) as events:
        received = [event async for event in events]
    assert received[-1].event == "goodbye"
    assert await connection.is_over()
    goodbye: dict[str, object] = json.loads(received[-1].data)
    return goodbye


async def polled_transport(web: Web, person: Person, session_id: str, transport: str) -> None:
    """Waits until a poll gets this transport."""
    async with asyncio.timeout(ANSWER_S):
        header = ""
        while header != transport:
            header = (await poll(web, person, session_id)).headers["Playhead-Transport"]
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
    # Without a certificate store, whose loading takes longer than the rest, each time.
    async with httpx.AsyncClient(base_url=web.url, trust_env=False, verify=False, timeout=2 * WAIT_S) as client:
        return await client.get(path, headers=headers)
