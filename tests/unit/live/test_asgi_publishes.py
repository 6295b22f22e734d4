"""What a web app publishes by itself: jobs that wait for their tasks, and logins that ended."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from playhead.live.asgi import Live
from playhead.live.http import Request
from playhead.live.task import live_job
from tests.support.asgi_client import Client
from tests.support.waiting import async_until


class App:
    """A live app, and who is signed in."""

    def __init__(self) -> None:
        self.url = f"memory://{uuid4()}"
        self.signed_in = {"ada"}
        self.live: Live = Live(self.url, who=self._who)
        self.ada = Client(self.live, x_user="ada")

    def _who(self, request: Request) -> str | None:
        name = request.headers.get("x-user")
        return name if name in self.signed_in else None


@pytest.fixture
async def app() -> AsyncIterator[App]:
    app = App()
    yield app
    await app.live.aclose()


async def test_queued_job_is_found_before_its_task_begins(app: App) -> None:
    await app.live.queue("one", owner="ada", message="Third in line", position=3, rows=4000)
    job = (await app.ada.get("/jobs/one/status")).json
    assert {name: job[name] for name in ("state", "stage", "message", "queue_position", "data")} == {
        "state": "queued",
        "stage": "queued",
        "message": "Third in line",
        "queue_position": 3,
        "data": {"rows": 4000},
    }


async def test_task_replaces_the_queued_job(app: App) -> None:
    await app.live.queue("one", owner="ada")
    async with live_job(app.url, "one", owner="ada") as job:
        job.update("importing")
    assert (await app.ada.get("/jobs/one/status")).json["state"] == "completed"


async def test_malformed_id_is_refused(app: App) -> None:
    with pytest.raises(ValueError, match="not the id of a job"):
        await app.live.queue("of:ada")


async def test_streams_end_at_once_when_their_person_signs_out(app: App) -> None:
    await app.live.queue("one", owner="ada")
    async with app.ada.open("/jobs/one/status/stream") as stream, app.ada.open("/status/stream") as all_jobs:
        await stream.has("hello", "status")
        await all_jobs.has("hello", "status")
        app.signed_in.clear()
        app.live.sign_out("ada")
        await async_until(lambda: stream.is_complete and all_jobs.is_complete)
    for each in (stream, all_jobs):
        assert '"signed_out"' in each.events[-1].data
