"""A real web process over TCP: streams outlive the framework's time-outs, hear of every change, and end politely."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from httpx_sse import ServerSentEvent, aconnect_sse

from playhead.migrations import upgrade
from playhead.up.folder import free_port
from tests.support.programs import Program, environ, program
from tests.support.speech import JFK
from tests.support.valkey import valkey

WEB = [sys.executable, "-m", "playhead", "web"]
DEADLINE_S = 20.0
IDLE_END_S, STREAMS_END_S = 2.0, 4.0
"""What is promised is 1 and 3 s; the rest is for two busy cores."""
READERS = 40
STREAMS_PER_USER = READERS


@dataclass
class Site:
    """A web process with nobody to transcribe: what is uploaded stays queued, and its streams open."""

    url: str
    data: Path
    process: Program

    @asynccontextmanager
    async def person(self, name: str = "ada") -> AsyncIterator["Person"]:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        headers = {"X-Requested-With": "playhead"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=DEADLINE_S, limits=limits) as client:
            who = {"email": f"{name}@example.org", "password": "correct horse battery"}
            for way in ("register", "login"):
                if (await client.post(f"/api/v1/auth/{way}", json=who)).is_success:
                    break
            made = await client.post("/api/v1/sessions", files={"file": (JFK.name, JFK.read_bytes())})
            assert made.status_code == 201, made.text
            yield Person(client, made.json()["links"])

    def turn(self, flag: str, on: bool) -> None:
        path = self.data / "flags.json"
        flags = json.loads(path.read_text())
        for environment in flags["featureEnvironments"]:
            if environment["featureName"] == flag:
                environment["enabled"] = on
        path.write_text(json.dumps(flags))


@dataclass
class Person:
    client: httpx.AsyncClient
    links: dict[str, str]
    seen: list[ServerSentEvent] = field(default_factory=list)

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[AsyncIterator[ServerSentEvent]]:
        async with aconnect_sse(self.client, "GET", self.links["stream"]) as source:
            yield source.aiter_sse()


async def until_goodbye(events: AsyncIterator[ServerSentEvent]) -> dict[str, object]:
    """The stream's last event, after which it must end."""
    farewells = [json.loads(event.data) async for event in events if event.event == "goodbye"]
    assert len(farewells) == 1
    farewell: dict[str, object] = farewells[0]
    return farewell


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with valkey(tmp_path / "valkey") as redis:
        data, port = tmp_path / "data", free_port()
        data.mkdir()
        settings = {"DATA_DIR": str(data), "PORT": str(port), "REDIS_URL": redis.url}
        upgrade(f"sqlite:///{data / 'playhead.db'}")
        settings |= {"STREAMS_PER_USER": str(STREAMS_PER_USER), "STREAMS_PER_SESSION": str(STREAMS_PER_USER)}
        with program(WEB, environ(**settings), tmp_path / "web") as web:
            url = f"http://127.0.0.1:{port}"
            with httpx.Client(transport=httpx.HTTPTransport(retries=10)) as client:
                assert client.get(f"{url}/readyz").json() == {
                    "database": True, "redis": True, "flags": True, "background": True, "accepting": True
                }  # fmt: skip
            yield Site(url, data, web)


async def test_on_sigterm_every_reader_hears_goodbye_and_the_process_is_gone(site: Site) -> None:
    """Hypercorn alone waits for the streams, or on Python 3.12.1 and later for ever."""
    async with AsyncExitStack() as stack:
        person = await stack.enter_async_context(site.person())
        streams = [await stack.enter_async_context(person.stream()) for _ in range(READERS)]
        for events in streams:
            assert (await anext(events)).event == "hello"
        site.process.process.send_signal(signal.SIGTERM)
        farewells = await asyncio.gather(*(until_goodbye(events) for events in streams))
    assert {(farewell["reason"], farewell["next"]) for farewell in farewells} == {("draining", "stream")}
    assert len({farewell["retry_after_ms"] for farewell in farewells}) > READERS / 2
    assert await asyncio.to_thread(site.process.process.wait, DEADLINE_S) == 0
    assert "Traceback" not in site.process.err


async def test_upload_under_way_at_sigterm_gets_through(site: Site) -> None:
    readable, told = asyncio.Event(), asyncio.Event()
    speech = JFK.read_bytes()
    half = len(speech) // 2
    head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="jfk.flac"\r\n\r\n'

    async def slowly() -> AsyncIterator[bytes]:
        yield head + speech[:half]
        readable.set()
        await told.wait()
        yield speech[half:] + b"\r\n--cut--\r\n"

    async with site.person() as person, person.stream() as events:
        assert (await anext(events)).event == "hello"
        upload = asyncio.create_task(
            person.client.post(
                "/api/v1/sessions", content=slowly(), headers={"Content-Type": "multipart/form-data; boundary=cut"}
            )
        )
        await readable.wait()
        await person.client.get("/healthz")  # what was sent before is with the process by now
        site.process.process.send_signal(signal.SIGTERM)
        assert (await until_goodbye(events))["reason"] == "draining"
        # Longer than the process would live without it.
        assert await asyncio.to_thread(_ended_within, site.process, IDLE_END_S) is False
        told.set()
        made = await upload
    assert (made.status_code, made.json()["status"]["state"]) == (201, "queued")
    assert await asyncio.to_thread(site.process.process.wait, DEADLINE_S) == 0


def test_idle_process_is_gone_at_once(site: Site) -> None:
    site.process.process.send_signal(signal.SIGTERM)
    assert _ended_within(site.process, IDLE_END_S)
    assert site.process.process.returncode == 0


async def test_reader_that_takes_no_goodbye_does_not_keep_the_process(site: Site) -> None:
    async with site.person() as person, person.stream() as events:
        assert (await anext(events)).event == "hello"
        site.process.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(_ended_within, site.process, STREAMS_END_S)


def _ended_within(process: Program, timeout_s: float) -> bool:
    try:
        process.process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        return False
    return True


async def test_the_kill_switch_reaches_open_streams_and_sends_readers_to_polling(site: Site) -> None:
    async with site.person() as person, person.stream() as events:
        assert [(await anext(events)).event for _ in range(2)] == ["hello", "status"]
        site.turn("sse.allowed", on=False)
        farewell = await until_goodbye(events)
        assert (farewell["reason"], farewell["next"]) == ("kill_switch", "wait")
        refused = await person.client.get(person.links["stream"])
        assert (refused.status_code, refused.content) == (204, b"")
        assert refused.headers["Playhead-Transport"] == "wait; reason=kill_switch"
        polled = await person.client.get(person.links["status"])
        assert polled.headers["Playhead-Transport"] == "wait; reason=kill_switch"
        assert int(polled.headers["Playhead-Poll-After-Ms"]) > 0


async def test_signing_out_ends_the_streams_of_that_person_only(site: Site) -> None:
    async with site.person() as ada, site.person("eve") as eve, ada.stream() as hers, eve.stream() as others:
        for events in (hers, others):
            assert (await anext(events)).event == "hello"
        assert (await ada.client.post("/api/v1/auth/logout")).status_code == 204
        assert await until_goodbye(hers) == {"reason": "signed_out", "next": "none"}
        names = [(await anext(others)).event for _ in range(2)]
        assert names == ["status", "heartbeat"]


async def test_a_change_reaches_a_stream_and_a_waiting_poll(site: Site) -> None:
    async with site.person() as person, person.stream() as events:
        tag = (await person.client.get(person.links["status"])).headers["ETag"]
        waiting = asyncio.create_task(
            person.client.get(person.links["status"], headers={"If-None-Match": tag, "Prefer": "wait=20"})
        )
        assert (await person.client.post(person.links["self"] + "/cancel")).status_code == 202
        streamed = [json.loads(event.data) async for event in events if event.event == "status"]
        assert [status["state"] for status in streamed] == ["queued", "canceled"]
        answer = await waiting
        assert (answer.status_code, answer.json()) == (200, streamed[-1])
        again = await person.client.get(person.links["status"], headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_a_person_with_too_many_streams_is_told_to_wait_and_can_poll(site: Site) -> None:
    async with AsyncExitStack() as stack:
        person = await stack.enter_async_context(site.person())
        streams = [await stack.enter_async_context(person.stream()) for _ in range(STREAMS_PER_USER)]
        for events in streams:
            assert (await anext(events)).event == "hello"
        refused = await person.client.get(person.links["stream"])
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        assert int(refused.headers["Retry-After"]) > 0
        assert (await person.client.get(person.links["status"])).status_code == 200


async def test_the_documentation_describes_the_stream_and_asks_nobody_outside(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url) as client:
        document = (await client.get("/api/v1/openapi.json")).json()
        assert "text/event-stream" in json.dumps(document["paths"]["/api/v1/sessions/{id}/status/stream"])
        page = await client.get("/docs/")
        assert page.status_code == 200
        assert "https://" not in page.text
        assert "'self'" in page.headers["Content-Security-Policy"]
