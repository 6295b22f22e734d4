"""A proxy begins to hold streams back for 30 people: they lose nothing, and nobody else is sent to a stream there."""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from playhead.sessions.models import Segment
from playhead.sessions.status import decode
from tests.integration.conftest import NO_HEARTBEAT
from tests.support.connection import Connection
from tests.support.readers import Reader, all_have
from tests.support.site import Person, Site, Web
from tests.support.waiting import ANSWER_S

PEOPLE = 30
MUTED = 8
"""Those whose browsers notice it and report it: more than a fifth."""
WAIT = {"Prefer": "wait=20"}


@dataclass(frozen=True)
class Visitor(Person):
    """A person behind a proxy."""

    via: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return super().headers | {"Via": f"1.1 {self.via}"}


async def test_path_that_turns_bad_costs_nobody_anything(site: Site, web: Web, other_web: Web) -> None:
    people = site.people(PEOPLE + 2)
    *thirty, late = (Visitor(one.id, one.token, "bad.example.net") for one in people[:-1])
    elsewhere = Visitor(people[-1].id, people[-1].token, "good.example.com")
    ports = [web.port, other_web.port]
    with ExitStack() as stack:
        workers = [stack.enter_context(site.worker(site.session(one))) for one in thirty]
        readers = [
            Reader(ports[number % 2], one, worker.session_id)
            for number, (one, worker) in enumerate(zip(thirty, workers, strict=True))
        ]
        async with asyncio.TaskGroup() as group, client() as http:
            streams = [group.create_task(reader.visit()) for reader in readers]
            for worker in workers:
                worker.advance()
            for reader, worker in zip(readers, workers, strict=True):
                await all_have([reader], worker.newest.version)

            for stream, reader in zip(streams[:MUTED], readers, strict=False):
                stream.cancel()
                await report(http, reader, mutes=1)
            # The others have not noticed it yet; what was held back for them comes with the end of their streams.
            await asyncio.gather(*streams[MUTED:])
            assert {reason_of(reader) for reader in readers[MUTED:]} == {("buffered", "wait")}

            waits = [
                group.create_task(finish(http, reader, worker.session_id))
                for reader, worker in zip(readers, workers, strict=True)
            ]
            for worker in workers:
                worker.advance(words=2)
            strays = [group.create_task(transports_of(http, port, late, site.session(late))) for port in ports]
            for worker in workers:
                worker.finish()
            await asyncio.gather(*waits)
            assert await asyncio.gather(*strays) == [{"204 wait; reason=buffered"}] * 2
            with site.web(**NO_HEARTBEAT) as restarted:
                got = await transports_of(http, restarted.port, late, site.session(late))
                assert got == {"204 wait; reason=buffered"}
            open_elsewhere = await transports_of(http, ports[0], elsewhere, site.session(elsewhere))
            assert open_elsewhere == {"200 stream; reason=flag_on"}
            me = await get(http, ports[1], "/me", late)
            assert me.json()["transport"]["path"] == {
                "buffered": True,
                "key": "127.0.0.1~1.1~-~example.net",
                "state": "buffered",
            }
        for reader, worker in zip(readers, workers, strict=True):
            reader.agrees_with(worker)


def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(trust_env=False, verify=False, timeout=ANSWER_S)


async def get(http: httpx.AsyncClient, port: int, path: str, person: Person, **headers: str) -> httpx.Response:
    return await http.get(f"http://127.0.0.1:{port}/api/v1{path}", headers=person.headers | headers)


async def report(http: httpx.AsyncClient, reader: Reader, **counts: int) -> None:
    """Report what the browser of this reader saw, as the page does."""
    body: dict[str, Any] = {"page": reader.person.id.replace("-", "")[-16:], "seq": 1, "transport": "wait"}
    url = f"http://127.0.0.1:{reader.port}/api/v1/telemetry"
    answer = await http.post(url, json=body | counts, headers=reader.person.headers)
    assert answer.status_code == 202


def reason_of(reader: Reader) -> tuple[object, object]:
    goodbye = reader.visits[-1].goodbye
    assert goodbye is not None
    return goodbye["reason"], goodbye["next"]


async def finish(http: httpx.AsyncClient, reader: Reader, session_id: str) -> None:
    """Go on without a stream, as the browser does: waits until the end, then the words that are missing."""
    session, etag = f"/sessions/{session_id}", "-"
    while not (reader.statuses and reader.statuses[-1].is_final):
        answer = await get(http, reader.port, f"{session}/status", reader.person, **WAIT, **{"If-None-Match": etag})
        if answer.status_code == 200:
            reader.statuses.append(decode(answer.content))
        etag = answer.headers["ETag"]
    words = await get(http, reader.port, f"{session}/transcript?format=json&from={len(reader.words)}", reader.person)
    reader.words += msgspec.convert(words.json()["segments"], list[Segment])


async def transports_of(http: httpx.AsyncClient, port: int, person: Person, session_id: str) -> set[str]:
    """What a person gets who opens a stream five times: the status of the answer, and the transport."""
    found = set()
    for _ in range(5):
        connection = await Connection.open(port, f"/api/v1/sessions/{session_id}/status/stream", person.headers)
        found.add(f"{connection.status} {connection.headers['playhead-transport']}")
        connection.close()
        polled = await get(http, port, f"/sessions/{session_id}/status", person)
        assert polled.headers["Playhead-Transport"] == connection.headers["playhead-transport"]
    return found
