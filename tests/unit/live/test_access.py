"""Callbacks that hang: requests are refused, and open streams go on and can be drained."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from playhead.live.access import Access
from playhead.live.asgi import Live
from playhead.live.broker.connect import open_sender
from playhead.live.broker.ports import Sender
from playhead.live.http import Request
from playhead.live.job import Job
from tests.support.asgi_client import Client
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job

REQUEST = Request.of({"type": "http", "method": "GET", "path": "/", "headers": []})


async def hang(*_: object) -> Any:
    await asyncio.Event().wait()


def fail(*_: object) -> Any:
    raise KeyError("broken")


def ada(request: Request) -> str:
    return "ada"


@pytest.mark.parametrize("hanging", ["who", "owns", "read"])
async def test_request_whose_callback_hangs_is_refused(hanging: str) -> None:
    callbacks: dict[str, Any] = {"who": ada, hanging: hang}
    live: Live = Live(f"memory://{uuid4()}", callback_timeout_s=0.01, **callbacks)
    answer = await Client(live).get("/jobs/one/status")
    assert (answer.status, answer.json["code"]) == (503, "store_gone")
    await live.aclose()


async def test_stream_whose_callback_hangs_goes_on_and_is_drained() -> None:
    hangs, asked = False, 0

    async def who(request: Request) -> str:
        nonlocal asked
        asked += hangs
        return await hang() if hangs else "ada"

    url = f"memory://{uuid4()}"
    live: Live = Live(url, who=who, callback_timeout_s=0.1)
    sender: Sender[Job[Any]] = open_sender(url)
    sender.send([(a_job(owner="ada"), "ada")])
    async with Client(live).open("/jobs/s/status/stream") as stream:
        await stream.has("hello", "status")
        hangs = True
        await async_until(lambda: asked > 0)  # at the first heartbeat, after a second
        live.drain()
        await async_until(lambda: stream.is_complete)
    assert '"draining"' in stream.events[-1].data
    await live.aclose()


@pytest.mark.parametrize("access", [Access(fail, None), Access(ada, fail)], ids=["who", "owns"])
async def test_stream_goes_on_when_a_callback_fails(access: Access[str]) -> None:
    assert await access.visitor(REQUEST, "eve", "one").recheck("eve") == "eve"


async def test_person_and_ownership_are_asked_again() -> None:
    owned = {"one"}
    access: Access[str] = Access(ada, lambda person, job_id: job_id in owned)
    one, every = access.visitor(REQUEST, "ada", "one"), access.visitor(REQUEST, "ada")
    assert await one.recheck("ada") == "ada"
    owned.clear()
    assert await one.recheck("ada") is None
    assert await every.recheck("ada") == "ada", "a stream of all jobs has no job to ask for"
