"""The ASGI app: who may see a job, what each route answers, and how streams begin and end.

Over 300 lines: every route of one app, with the same few people and jobs.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from playhead.live.asgi import Limits, Live
from playhead.live.broker.connect import open_sender
from playhead.live.broker.ports import Sender
from playhead.live.clock import now
from playhead.live.http import Request
from playhead.live.job import Job, State
from tests.support.asgi_client import Client
from tests.support.observer import RecordingObserver
from tests.support.waiting import async_until

Publish = Callable[..., Job[Any]]
MakeLive = Callable[..., Live[Job[Any], str]]


def who(request: Request) -> str | None:
    return request.headers.get("x-user")


@pytest.fixture
def url() -> str:
    return f"memory://{uuid4()}"


@pytest.fixture
def publish(url: str) -> Publish:
    sender: Sender[Job[Any]] = open_sender(url)

    def publish(job_id: str = "one", version: int = 1, **fields: Any) -> Job[Any]:
        given: dict[str, Any] = {"owner": "ada", "state": State.PROCESSING, "stage": "importing", "progress": 0.5}
        job: Job[Any] = Job(id=job_id, version=version, updated_at=now(), **(given | fields))
        sender.send([(job, job.owner)])
        return job

    return publish


@pytest.fixture
async def live(url: str) -> AsyncIterator[MakeLive]:
    made = []

    def make(**options: Any) -> Live[Job[Any], str]:
        made.append(Live(url, **({"who": who} | options)))
        return made[-1]

    yield make
    for each in made:
        await each.aclose()


@pytest.fixture
def ada(live: MakeLive) -> Client:
    return Client(live(), x_user="ada")


async def test_status_is_the_document_as_it_was_published(ada: Client, publish: Publish) -> None:
    publish(data={"rows": 4000})
    answer = await ada.get("/jobs/one/status")
    assert answer.status == 200
    assert answer.headers["playhead-transport"] == "stream; reason=flag_on"
    assert {name: answer.json[name] for name in ("id", "owner", "stage", "progress", "data")} == {
        "id": "one",
        "owner": "ada",
        "stage": "importing",
        "progress": 0.5,
        "data": {"rows": 4000},
    }
    assert (await ada.get("/jobs/one/status", if_none_match=answer.headers["etag"])).status == 304


@pytest.mark.parametrize("route", ["/jobs/one/status", "/jobs/one/status/stream"])
async def test_job_of_somebody_else_is_as_absent_as_none(live: MakeLive, publish: Publish, route: str) -> None:
    publish()
    app = live()
    hidden = await Client(app, x_user="eve").get(route)
    absent = await Client(app, x_user="ada").get(route.replace("one", "two"))
    assert hidden.status == absent.status == 404
    assert hidden.json == absent.json


@pytest.mark.parametrize("route", ["/jobs/one/status", "/jobs/one/status/stream", "/status", "/status/stream"])
async def test_nobody_gets_401(live: MakeLive, publish: Publish, route: str) -> None:
    publish()
    answer = await Client(live()).get(route)
    assert (answer.status, answer.json["code"]) == (401, "not_signed_in")


@pytest.mark.parametrize("job_id", ["of:ada", "a%00b", "x" * 201, ".." * 101])
async def test_malformed_id_is_absent_and_reads_nothing(live: MakeLive, job_id: str) -> None:
    app = live(owns=lambda person, job_id: pytest.fail("it was asked"))
    assert (await Client(app, x_user="ada").get(f"/jobs/{job_id}/status")).status == 404


async def test_stream_goes_on_to_the_final_status(ada: Client, publish: Publish) -> None:
    publish()
    async with ada.open("/jobs/one/status/stream") as stream:
        await stream.has("hello", "status")
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["connection"] == "close"
        publish(version=2, state=State.COMPLETED, progress=1.0)
        await async_until(lambda: stream.is_complete)
    assert [event.last_event_id for event in stream.events if event.event == "status"] == ["1", "2"]
    assert stream.names[-1] == "goodbye"
    again = await ada.get("/jobs/one/status/stream", last_event_id="2")
    assert (again.status, again.headers["playhead-transport"]) == (204, "poll; reason=final")


async def test_observer_of_the_app_gets_its_streams_and_polls(live: MakeLive, publish: Publish) -> None:
    observer = RecordingObserver()
    app = live(observer=observer)
    ada = Client(app, x_user="ada")
    publish()
    polled = await ada.get("/jobs/one/status")
    async with ada.open("/jobs/one/status/stream") as stream:
        await stream.has("hello", "status")
        publish(version=2, state=State.COMPLETED, stage="completed")
        await async_until(lambda: stream.is_complete)
    await app.aclose()
    assert observer.calls == [
        ("chosen", "stream; reason=flag_on"),
        ("polled", "one", "ada", "poll", "changed", len(polled.body), 1, False),
        ("chosen", "stream; reason=flag_on"),
        ("opened", "one", "ada"),
        ("first_event", "one", "ada"),
        ("ended", "one", "ada", "final", 2),
    ]
    assert (observer.total.events, observer.total.size) == (len(stream.events), len(stream.body))


async def test_stream_of_all_begins_with_what_is_not_final(ada: Client, publish: Publish) -> None:
    publish("one")
    publish("two", owner="eve")
    async with ada.open("/status/stream") as stream:
        await stream.has("hello", "status")
        publish("three", state=State.QUEUED)
        await stream.has("hello", "status", "status")
    assert b"two" not in stream.body


async def test_wait_for_all_is_answered_by_a_new_job(ada: Client, publish: Publish) -> None:
    publish("one")
    publish("two", owner="eve")
    first = await ada.get("/status", prefer="wait=20")
    assert [status["id"] for status in first.json["statuses"]] == ["one"]
    target = f"/status?after={first.json['cursor']}&n=2"
    known = {"prefer": "wait=20", "if_none_match": first.headers["etag"]}
    waiting = asyncio.create_task(ada.get(target, **known))
    done, _ = await asyncio.wait([waiting], timeout=0.2)
    assert not done, "it is held"
    publish("three", state=State.QUEUED)
    answer = await waiting
    assert [status["id"] for status in answer.json["statuses"]] == ["one", "three"]
    assert (first.headers["preference-applied"], answer.headers["preference-applied"]) == ("wait=20", "wait=20")


async def test_drained_streams_end_with_a_goodbye(live: MakeLive, publish: Publish) -> None:
    publish()
    app = live()
    async with Client(app, x_user="ada").open("/jobs/one/status/stream") as stream:
        await stream.has("hello", "status")
        app.drain()
        await async_until(lambda: stream.is_complete)
    assert '"draining"' in stream.events[-1].data
    refused = await Client(app, x_user="ada").get("/jobs/one/status/stream")
    assert refused.status == 503
    assert refused.headers["retry-after"]
    assert refused.headers["playhead-transport"] == "poll; reason=draining"


async def test_closed_app_ends_its_streams_and_begins_anew(live: MakeLive, publish: Publish) -> None:
    publish()
    app = live()
    async with Client(app, x_user="ada").open("/jobs/one/status/stream") as stream:
        await stream.has("hello", "status")
        await app.aclose()
        await async_until(lambda: stream.is_complete)
    assert '"draining"' in stream.events[-1].data
    async with Client(app, x_user="ada").open("/jobs/one/status/stream") as stream:
        await stream.has("hello", "status")


async def test_reader_that_leaves_frees_its_stream(live: MakeLive, publish: Publish) -> None:
    publish()
    app = live(limits=Limits(streams_per_process=1))
    ada = Client(app, x_user="ada")
    for _ in range(3):
        async with ada.open("/jobs/one/status/stream") as stream:
            await stream.has("hello", "status")
    assert stream.status == 200


async def test_newer_of_store_and_redis_is_shown(live: MakeLive, publish: Publish) -> None:
    stored = publish("two", version=7)

    async def read(job_id: str) -> Job[Any] | None:
        return stored if job_id in ("one", "two") else None

    ada = Client(live(read=read, owns=lambda person, job_id: person == "ada"), x_user="ada")
    assert (await ada.get("/jobs/one/status")).json["version"] == 7, "Redis has nothing of it"
    publish("two", version=8)
    assert (await ada.get("/jobs/two/status")).json["version"] == 8
    assert (await ada.get("/jobs/three/status")).status == 404


async def test_stream_ends_when_its_person_is_gone(live: MakeLive, publish: Publish) -> None:
    publish()
    signed_in = {"ada"}
    app = live(who=lambda request: who(request) if who(request) in signed_in else None)
    async with Client(app, x_user="ada").open("/jobs/one/status/stream") as stream:
        await stream.has("hello", "status")
        signed_in.clear()
        await async_until(lambda: stream.is_complete)  # at the first heartbeat, after a second
    assert '"signed_out"' in stream.events[-1].data


async def test_failing_callback_is_a_500_that_says_nothing(live: MakeLive, publish: Publish) -> None:
    def broken(request: Request) -> str:
        raise KeyError("secret")

    answer = await Client(live(who=broken)).get("/jobs/one/status")
    assert (answer.status, answer.json["code"]) == (500, "internal")
    assert b"secret" not in answer.body


@pytest.mark.parametrize(("method", "status"), [("POST", 405), ("OPTIONS", 204), ("HEAD", 200)])
async def test_methods(ada: Client, publish: Publish, method: str, status: int) -> None:
    publish()
    answer = await ada.get("/jobs/one/status/stream", method=method)
    assert answer.status == status
    assert method == "HEAD" or answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert method == "POST" or answer.body == b""


async def test_wrapped_app_gets_all_other_requests(live: MakeLive, publish: Publish) -> None:
    async def other(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    publish()
    ada = Client(live(base="/api").wrap(other), x_user="ada")
    assert (await ada.get("/api/jobs/one/status")).status == 200
    assert (await ada.get("/api/jobs/one")).status == 418
    assert (await ada.get("/api/status")).status == 200
    assert [(await ada.get(target)).status for target in ("/jobs/one/status", "/status", "/api/status/")] == [418] * 3
    assert (await ada.get("/api/stream/probe")).names == ["probe", "probe", "probe", "goodbye"]


@pytest.mark.parametrize("path", ["api", "/api/", "/"])
@pytest.mark.parametrize("option", ["base", "prefix"])
async def test_path_that_no_request_would_match_is_refused(live: MakeLive, option: str, path: str) -> None:
    with pytest.raises(ValueError, match=option):
        live(**{option: path})


async def test_wait_is_answered_at_the_next_change(ada: Client, publish: Publish) -> None:
    publish()
    tag = (await ada.get("/jobs/one/status")).headers["etag"]
    waiting = asyncio.create_task(ada.get("/jobs/one/status", prefer="wait=20", if_none_match=tag))
    done, _ = await asyncio.wait([waiting], timeout=0.2)
    assert not done, "it is held"
    publish(version=2, progress=0.6)
    async with asyncio.timeout(5):
        assert (await waiting).json["progress"] == 0.6


async def test_client_that_leaves_gives_its_wait_back(live: MakeLive, publish: Publish) -> None:
    publish()
    ada = Client(live(limits=Limits(waits_per_user=1)), x_user="ada")
    tag = (await ada.get("/jobs/one/status")).headers["etag"]
    for _ in range(2):
        async with ada.open("/jobs/one/status", 0.2, prefer="wait=20", if_none_match=tag) as answer:
            assert answer.status == 0, "it is held"


class Person:
    """A person as an app's own object."""

    def __init__(self, id: object) -> None:
        self.id = id


NUMBER = UUID(int=7)


@pytest.mark.parametrize("person", [NUMBER, Person(NUMBER)], ids=["id", "object"])
async def test_id_of_a_person_need_not_be_a_string(live: MakeLive, publish: Publish, person: object) -> None:
    publish(owner=str(NUMBER))
    assert (await Client(live(who=lambda request: person)).get("/jobs/one/status")).status == 200


@pytest.mark.parametrize("nobody", ["", False, Person(None), Person(""), "\ud800", "a\0b"], ids=repr)
@pytest.mark.parametrize("owner", ["", "None", "False"])
async def test_person_without_an_id_is_nobody(live: MakeLive, publish: Publish, nobody: object, owner: str) -> None:
    publish(owner=owner)
    client = Client(live(who=lambda request: nobody))
    assert (await client.get("/jobs/one/status")).status == 401
    assert (await client.get("/status/stream")).status == 401
