"""By what a client measures and reports: the server's time on answers that were not held, and one word."""

import asyncio
import time
from contextlib import aclosing

import msgspec
import pytest

from playhead.live import events
from playhead.live.endpoints import Visitor
from playhead.live.http import Answer, Request
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job
from tests.unit.live.world import ADA, STREAM, Person, World

TIME, TELEMETRY = "Playhead-Server-Time", "Playhead-Telemetry"


@pytest.fixture
async def world() -> World:
    world = World(telemetry="harms")
    world.gate.long_poll = True
    world.store.all = {"s": a_job(version=1)}
    return world


async def asked(world: World, of: str, **headers: str) -> Answer:
    return await (world.poll(**headers) if of == "one" else world.poll_all(**headers))


@pytest.mark.parametrize("of", ["one", "all"])
async def test_answer_that_was_not_held_has_the_time_also_a_304(world: World, of: str) -> None:
    before = int(time.time() * 1000)
    first = await asked(world, of, prefer="wait=20")
    again = await asked(world, of, if_none_match=first.headers["ETag"])
    assert (first.status, again.status) == (200, 304)
    assert before <= int(first.headers[TIME]) <= int(again.headers[TIME]) <= time.time() * 1000


@pytest.mark.parametrize("of", ["one", "all"])
async def test_answer_that_was_held_has_no_time(world: World, of: str) -> None:
    tag = (await asked(world, of)).headers["ETag"]
    held = asyncio.create_task(asked(world, of, if_none_match=tag, prefer="wait=20"))
    await async_until(lambda: world.hub.watched)
    job = a_job(version=1_000_002)
    world.store.all["s"] = job
    world.publish(job)
    world.publish_to_owner(job)
    answer = await held
    assert (answer.status, TIME in answer.headers, answer.headers[TELEMETRY]) == (200, False, "harms")


async def test_word_is_on_every_answer_and_only_if_there_is_one(world: World) -> None:
    assert (await world.poll()).headers[TELEMETRY] == "harms"
    assert TELEMETRY not in (await World().poll()).headers


@pytest.mark.parametrize("word", ["harms", "off", None])
def test_hello_has_the_word_only_if_there_is_one(word: str | None) -> None:
    frame = events.hello(STREAM, 15.0, 600.0, word)
    (data,) = (line.removeprefix(b"data: ") for line in frame.splitlines() if line.startswith(b"data: "))
    body = msgspec.json.decode(data)
    assert body.get("telemetry") == word
    assert ("telemetry" in body) is (word is not None)


@pytest.mark.parametrize("of", ["one", "all"])
async def test_stream_begins_with_the_word_for_its_reader(world: World, of: str) -> None:
    request = Request(method="GET", path="/", headers={}, query={}, address="192.0.2.1", http_version="1.1", scope={})

    async def recheck(person: Person) -> Person:
        return person

    visitor, job = Visitor(ADA, recheck), world.store.all["s"]
    made = await (
        world.endpoints.stream(request, visitor, job) if of == "one" else world.endpoints.stream_all(request, visitor)
    )
    assert made.frames is not None
    async with aclosing(made.frames(None)) as frames:
        assert b'"telemetry":"harms"' in await anext(frames)
