"""What a web app publishes by itself: jobs that wait for their tasks, what it changed, and logins that ended."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from playhead.live.asgi import Live
from playhead.live.clock import now
from playhead.live.http import Request
from playhead.live.job import DATA_MAX, Job, State
from playhead.live.shared_publisher import close_publishers
from playhead.live.task import live_job
from tests.support.asgi_client import Client


class App:
    """A live app in one or more processes, and who is signed in."""

    def __init__(self) -> None:
        self.url = f"memory://{uuid4()}"
        self.signed_in = {"ada"}
        self._processes: list[Live] = []
        self.live = self.process()
        self.ada = Client(self.live, x_user="ada")

    def process(self) -> Live:
        """The live app as in a process of its own."""
        self._processes.append(Live(self.url, who=self._who))
        return self._processes[-1]

    async def aclose(self) -> None:
        for live in self._processes:
            await live.aclose()

    def _who(self, request: Request) -> str | None:
        name = request.headers.get("x-user")
        return name if name in self.signed_in else None


@pytest.fixture
async def app() -> AsyncIterator[App]:
    app = App()
    yield app
    await app.aclose()
    close_publishers()


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


async def test_published_document_reaches_both_streams(app: App) -> None:
    await app.live.queue("one", owner="ada")
    async with app.ada.open("/jobs/one/status/stream") as stream, app.ada.open("/status/stream") as all_jobs:
        await stream.has("hello", "status")
        await all_jobs.has("hello", "status")
        queued = msgspec.convert((await app.ada.get("/jobs/one/status")).json, Job[Any])
        canceled = msgspec.structs.replace(queued, version=queued.version + 1, state=State.CANCELED, stage="canceled")
        assert await app.live.publish(canceled)
        await stream.has("hello", "status", "status", "goodbye")
        await all_jobs.has("hello", "status", "status")
    assert (await app.ada.get("/jobs/one/status")).json["state"] == "canceled"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("progress", 1.1),
        ("data", "x" * DATA_MAX),
        ("id", "of:ada"),
        ("attempt", "2"),
        ("version", 2**53),
        ("updated_at", now().replace(tzinfo=None)),
    ],
    ids=["progress", "data", "id", "attempt", "version", "time"],
)
async def test_wrong_document_is_refused_and_not_published(app: App, field: str, value: object) -> None:
    right = Job[Any](id="one", owner="ada", version=1, state=State.PROCESSING, stage="importing", updated_at=now())
    with pytest.raises(ValueError, match=field):
        await app.live.publish(msgspec.structs.replace(right, **{field: value}))
    assert (await app.ada.get("/jobs/one/status")).status == 404


async def test_streams_end_at_once_when_their_person_signs_out(app: App) -> None:
    await app.live.queue("one", owner="ada")
    await app.live.queue("two", owner="eve")
    app.signed_in.add("eve")
    other = app.process()
    async with (
        app.ada.open("/jobs/one/status/stream") as stream,
        app.ada.open("/status/stream") as all_jobs,
        Client(other, x_user="ada").open("/jobs/one/status/stream") as elsewhere,
        Client(other, x_user="eve").open("/jobs/two/status/stream") as of_eve,
    ):
        streams = stream, all_jobs, elsewhere
        # Until the second heartbeat, after 15 s, none asks by itself who reads it.
        for each in (*streams, of_eve):
            await each.has("hello", "status", "heartbeat")
        app.signed_in.remove("ada")
        app.live.sign_out("ada")
        for each in streams:
            await each.has("hello", "status", "heartbeat", "goodbye")
        assert not of_eve.is_complete
    for each in streams:
        assert '"signed_out"' in each.events[-1].data
