"""A real web process over TCP: streams get every change, and it shuts down gracefully. Sessions stay queued here."""

import asyncio
import json
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from httpx_sse import ServerSentEvent, aconnect_sse

from tests.integration.flags.told import STREAM, transports
from tests.support.flags_data import FlagsData
from tests.support.programs import Program
from tests.support.site import Person, Site, Web
from tests.support.speech import JFK
from tests.support.waiting import until

DEADLINE_S = 20.0
HELD_S, END_S = 2.0, 10.0
"""An upload holds a process for longer than the 1 s that it runs without one. Else it ends after 1 s, or 3 s with
streams: the rest of the limit is for two busy cores."""
EMAIL, PASSWORD = "serve@example.org", "correct horse battery"

Events = AsyncIterator[ServerSentEvent]


def client_of(web: Web, headers: dict[str, str]) -> httpx.AsyncClient:
    # Without a certificate store, which is slow to load.
    return httpx.AsyncClient(base_url=f"{web.url}/api/v1", headers=headers, timeout=DEADLINE_S, verify=False)


@asynccontextmanager
async def stream_of(client: httpx.AsyncClient, session_id: str) -> AsyncIterator[Events]:
    """Opens a stream, and yields its events after `hello`."""
    async with aconnect_sse(client, "GET", f"/sessions/{session_id}/status/stream") as source:
        events = source.aiter_sse()
        assert (await anext(events)).event == "hello"
        yield events


async def until_goodbye(events: Events) -> dict[str, object]:
    """Read the stream to its end, and return the data of its only goodbye."""
    farewells = [json.loads(event.data) async for event in events if event.event == "goodbye"]
    assert len(farewells) == 1
    farewell: dict[str, object] = farewells[0]
    return farewell


def ended_within(running: Program, timeout_s: float) -> bool:
    try:
        running.process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        return False
    return True


async def test_upload_in_progress_at_sigterm_is_completed(site: Site) -> None:
    readable, released = asyncio.Event(), asyncio.Event()
    speech = JFK.read_bytes()
    half = len(speech) // 2
    head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="jfk.flac"\r\n\r\n'
    form = {"Content-Type": "multipart/form-data; boundary=cut"}

    async def slowly() -> AsyncIterator[bytes]:
        yield head + speech[:half]
        readable.set()
        await released.wait()
        yield speech[half:] + b"\r\n--cut--\r\n"

    person = site.person()
    with site.web() as web:
        async with client_of(web, person.headers) as client, stream_of(client, site.session(person)) as events:
            upload = asyncio.create_task(client.post("/sessions", content=slowly(), headers=form))
            await readable.wait()
            await client.get("/me")  # so that the process has received what was sent before
            web.program.process.send_signal(signal.SIGTERM)
            assert (await until_goodbye(events))["reason"] == "draining"
            # Longer than the process would run without the upload.
            assert await asyncio.to_thread(ended_within, web.program, HELD_S) is False
            released.set()
            made = await upload
        assert (made.status_code, made.json()["status"]["state"]) == (201, "queued")
        assert await asyncio.to_thread(web.program.process.wait, DEADLINE_S) == 0


def test_idle_process_ends_at_once(site: Site) -> None:
    with site.web() as web:
        web.program.process.send_signal(signal.SIGTERM)
        assert ended_within(web.program, END_S)
        assert web.program.process.returncode == 0


async def test_reader_that_reads_no_goodbye_does_not_delay_the_end(site: Site) -> None:
    person = site.person()
    with site.web() as web:
        async with client_of(web, person.headers) as client, stream_of(client, site.session(person)):
            web.program.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(ended_within, web.program, END_S)


def test_every_part_is_ready(web: Web) -> None:
    parts = httpx.get(f"{web.url}/readyz", verify=False).json()
    assert parts.pop("degraded") == []
    assert parts == dict.fromkeys(("database", "redis", "schema", "flags", "background", "accepting"), True)


async def test_kill_switch_ends_open_streams_and_readers_poll(site: Site, web: Web) -> None:
    person = site.person()
    session_id = site.session(person)
    async with client_of(web, person.headers) as client:
        try:
            async with stream_of(client, session_id) as events:
                FlagsData().turn("sse.allowed", on=False).save(site.folder / "flags.json")
                farewell = await until_goodbye(events)
            assert (farewell["reason"], farewell["next"]) == ("kill_switch", "wait")
            refused = await client.get(f"/sessions/{session_id}/status/stream")
            assert (refused.status_code, refused.content) == (204, b"")
            assert refused.headers["Playhead-Transport"] == "wait; reason=kill_switch"
            polled = await client.get(f"/sessions/{session_id}/status")
            assert polled.headers["Playhead-Transport"] == "wait; reason=kill_switch"
            assert int(polled.headers["Playhead-Poll-After-Ms"]) > 0
        finally:
            FlagsData().save(site.folder / "flags.json")
            until(lambda: transports(web, [person]) == [STREAM], "streams are allowed again")


async def test_signing_out_ends_the_streams_of_that_person_only(site: Site, web: Web) -> None:
    eve = site.person()
    async with client_of(web, {"X-Requested-With": "playhead"}) as hers, client_of(web, eve.headers) as others:
        who = {"email": EMAIL, "password": PASSWORD}
        ada = (await hers.post("/auth/register", json=who)).raise_for_status().json()["id"]
        async with (
            stream_of(hers, site.session(Person(ada, ""))) as hers_told,
            stream_of(others, site.session(eve)) as others_told,
        ):
            assert (await hers.post("/auth/logout")).status_code == 204
            assert await until_goodbye(hers_told) == {"reason": "signed_out", "next": "none"}
            assert [(await anext(others_told)).event for _ in range(2)] == ["status", "heartbeat"]


async def test_change_reaches_a_stream_and_a_waiting_poll(site: Site, web: Web) -> None:
    person = site.person()
    session_id = site.session(person)
    status = f"/sessions/{session_id}/status"
    async with client_of(web, person.headers) as client, stream_of(client, session_id) as events:
        tag = (await client.get(status)).headers["ETag"]
        waiting = asyncio.create_task(client.get(status, headers={"If-None-Match": tag, "Prefer": "wait=20"}))
        first = await anext(events)
        assert first.event == "status"
        assert (await client.post(f"/sessions/{session_id}/cancel")).status_code == 202
        streamed = [json.loads(first.data)]
        streamed += [json.loads(event.data) async for event in events if event.event == "status"]
        assert [one["state"] for one in streamed] == ["queued", "canceled"]
        answer = await waiting
        assert (answer.status_code, answer.json()) == (200, streamed[-1])
        again = await client.get(status, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_documentation_has_the_stream_and_no_outside_links(web: Web) -> None:
    async with httpx.AsyncClient(base_url=web.url, verify=False) as client:
        document = (await client.get("/api/v1/openapi.json")).json()
        assert "text/event-stream" in json.dumps(document["paths"]["/api/v1/sessions/{id}/status/stream"])
        page = await client.get("/docs/")
        assert page.status_code == 200
        assert "https://" not in page.text
        assert "'self'" in page.headers["Content-Security-Policy"]
