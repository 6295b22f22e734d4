"""A task and a web app that share nothing but a broker: what one publishes, a person reads in the other."""

import json
from collections.abc import AsyncIterator

import pytest

from playhead.live import Live, live_job, queue
from tests.support.asgi_client import Client
from tests.support.waiting import async_until
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
