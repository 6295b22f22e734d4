"""A task and a web app that share nothing but a broker: what one publishes, a person reads in the other."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from playhead.live import Live, live_job, queue
from playhead.live.broker.connect import open_subscriber
from tests.support.asgi_client import Client
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job
from tests.unit.live.jobs import Jobs


@pytest.fixture
async def ada(jobs: Jobs) -> AsyncIterator[Client]:
    live: Live = Live(jobs.url, who=lambda request: request.headers.get("x-user"))
    yield Client(live, x_user="ada")
    await live.aclose()


async def test_job_is_read_from_the_queue_to_its_end(jobs: Jobs, ada: Client) -> None:
    assert (await ada.get("/jobs/one/status")).status == 404
    queue(jobs.url, "one", owner="ada")
    assert (await ada.get("/jobs/one/status")).json["state"] == "queued"
    async with ada.open("/jobs/one/status/stream") as stream:
        await stream.has("hello", "status")
        async with live_job(jobs.url, "one", owner="ada") as job:
            job.update("importing", progress=0.4, rejected=3)
        await async_until(lambda: stream.is_complete)
    stages = [json.loads(event.data)["stage"] for event in stream.events if event.event == "status"]
    assert stages == ["queued", "started", "importing", "completed"]
    assert json.loads(stream.events[-1].data)["reason"] == "final"
    ended = (await ada.get("/jobs/one/status")).json
    assert (ended["state"], ended["progress"], ended["data"]) == ("completed", 1, {"rejected": 3})


def test_event_loop_that_ended_unclosed_holds_no_task_up(jobs: Jobs) -> None:
    async def listen() -> object:
        listening = open_subscriber(jobs.url, lambda document: a_job()).listen()
        listening.asend(None).send(None)
        return listening

    loop = asyncio.new_event_loop()
    listening = loop.run_until_complete(listen())
    loop.close()
    jobs.broker.send([(a_job(), "ada")])
    assert jobs.ended(a_job().id).version == a_job().version
    del listening
