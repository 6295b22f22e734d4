"""`Live` mounted in Starlette and FastAPI, and wrapped around Django and Quart: the same answers in each."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from playhead.live import Job, Limits, Live, Request, State
from playhead.live.broker.connect import open_sender
from playhead.live.broker.ports import Sender
from playhead.live.clock import now
from tests.integration.mounted_apps import MOUNTED, OTHER, WRAPPED, around_quart, in_starlette
from tests.support.asgi_client import Client
from tests.support.waiting import ANSWER_S, async_until


def who(request: Request) -> str | None:
    return request.headers.get("x-user")


@dataclass
class World:
    """An app in a framework, with one job of Ada's."""

    live: Live[Job[Any], str]
    app: Any
    sender: Sender[Job[Any]]

    @property
    def ada(self) -> Client:
        return Client(self.app, x_user="ada", host="app.example")

    def publish(self, version: int = 1) -> None:
        job = Job[Any](
            id="one", owner="ada", version=version, state=State.PROCESSING, stage="importing", updated_at=now()
        )
        self.sender.send([(job, job.owner)])


@pytest.fixture(params=[*MOUNTED, *WRAPPED], ids=lambda build: build.__name__)
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    url = f"memory://{uuid4()}"
    live: Live[Job[Any], str] = Live(
        url, who=who, base="" if request.param in MOUNTED else "/live", limits=Limits(streams_per_process=1)
    )
    world = World(live, request.param(live), open_sender(url))
    world.publish()
    yield world
    await live.aclose()


async def test_status_and_other_routes_are_answered(world: World) -> None:
    status = await world.ada.get("/live/jobs/one/status")
    assert (status.status, status.json["stage"]) == (200, "importing")
    assert (await Client(world.app, host="app.example").get("/live/jobs/one/status")).status == 401
    assert (await world.ada.get("/live/jobs/two/status")).json["code"] == "job_not_found"
    assert OTHER in (await world.ada.get("/other")).body.decode()
    assert (await world.ada.get("/live/jobs/one")).status == 404


async def test_prefix_of_the_server_is_not_part_of_the_route(world: World) -> None:
    ada = Client(world.app, root_path="/site", x_user="ada", host="app.example")
    assert (await ada.get("/site/live/jobs/one/status")).status == 200
    assert OTHER in (await ada.get("/site/other")).body.decode()


async def test_stream_is_drained(world: World) -> None:
    async with world.ada.open("/live/jobs/one/status/stream") as stream:
        await stream.has("hello", "status")
        world.publish(2)
        await stream.has("hello", "status", "status")
        world.live.drain()
        await async_until(stream.completed.is_set)
    assert '"draining"' in stream.events[-1].data


async def test_reader_that_leaves_frees_its_stream(world: World) -> None:
    for _ in range(2):  # there is room for one
        async with world.ada.open("/live/jobs/one/status/stream") as stream:
            await stream.has("hello", "status")


@pytest.mark.parametrize("route", ["status", "status/stream"])
async def test_head_and_options_have_no_body(world: World, route: str) -> None:
    for method, status in (("HEAD", 200), ("OPTIONS", 204)):
        answer = await world.ada.get(f"/live/jobs/one/{route}", method=method)
        assert (answer.status, answer.body) == (status, b"")
    refused = await world.ada.get(f"/live/jobs/one/{route}", method="POST")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("world", [*MOUNTED, around_quart], indirect=True)  # Django has none
async def test_websocket_of_the_app_is_accepted(world: World) -> None:
    assert (await answers(world.app, "websocket", "/socket"))[0] == "websocket.accept"


@pytest.mark.parametrize("world", MOUNTED, indirect=True)
async def test_websocket_of_a_live_route_is_closed(world: World) -> None:
    assert await answers(world.app, "websocket", "/live/jobs/one/status") == ["websocket.close"]


@pytest.mark.parametrize("world", [around_quart], indirect=True)
@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
async def test_wrapped_app_gets_what_is_no_request(world: World, kind: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": f"{scope['type']} of {scope['path']}"})

    assert await answers(world.live.wrap(app), kind, "/live/jobs/one/status") == [f"{kind} of /live/jobs/one/status"]


@pytest.mark.parametrize("world", [in_starlette], indirect=True)
async def test_app_that_is_served_alone_drains_at_the_end_of_its_lifespan(world: World) -> None:
    ends = asyncio.Event()

    async def receive() -> dict[str, str]:
        if sent:
            await ends.wait()
        return {"type": "lifespan.shutdown" if sent else "lifespan.startup"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    sent: list[str] = []
    serving = asyncio.create_task(world.live({"type": "lifespan"}, receive, send))
    await async_until(lambda: sent == ["lifespan.startup.complete"])
    async with Client(world.live, x_user="ada").open("/jobs/one/status/stream") as stream:
        await stream.has("hello", "status")
        ends.set()
        await async_until(stream.completed.is_set)
        await serving
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert '"draining"' in stream.events[-1].data


async def answers(app: Any, kind: str, path: str) -> list[str]:
    """The types of the messages that an app sends to a client that connects and leaves."""
    received = [f"{kind}.disconnect", f"{kind}.connect"]
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": received.pop(), "code": 1000}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"app.example")],
        "subprotocols": [],
        "extensions": {},
    }
    async with asyncio.timeout(ANSWER_S):
        await app(scope, receive, send)
    return sent
