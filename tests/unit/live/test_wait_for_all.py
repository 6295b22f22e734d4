"""One poll for all of a person's jobs: the whole list, its tag and cursor, and the wait for the next change of any."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from playhead.live.clock import now
from playhead.live.endpoints import OVERLAP_S
from playhead.live.errors import Problem
from playhead.live.http import Answer
from playhead.live.inbox import Signal
from playhead.live.job import Job
from playhead.live.policy import Mode, Reason, Transport
from playhead.live.poll import POLL_DELAY_MS, Waits, etag_of_all, next_statuses, poll_delay_of_all_ms
from tests.support.waiting import async_until
from tests.unit.live.documents import a_job
from tests.unit.live.world import World

LONG_AGO = now() - timedelta(hours=1)


def of(job_id: str, version: int, stage: str = "importing", **fields: Any) -> Job:
    return a_job(stage, version, id=job_id, **fields)


@pytest.fixture
async def world() -> World:
    world = World(waits=Waits(per_user=1))
    world.gate.long_poll = True
    for job in (of("a", 1), of("b", 1, "queued"), of("c", 9, "completed", updated_at=LONG_AGO)):
        world.store.all[job.id] = job
    return world


def listed(answer: Answer) -> list[tuple[str, int]]:
    """Id and version of each status, in order."""
    return [(status["id"], status["version"]) for status in msgspec.json.decode(answer.body)["statuses"]]


def cursor(answer: Answer) -> str:
    found: str = msgspec.json.decode(answer.body)["cursor"]
    return found


async def held(world: World, first: Answer | None = None) -> asyncio.Task[Answer]:
    """A wait that goes on from an answer."""
    first = first or await world.poll_all()
    waiting = asyncio.create_task(world.poll_all(cursor(first), if_none_match=first.headers["ETag"], prefer="wait=20"))
    await async_until(lambda: world.hub.watched)
    return waiting


def change(world: World, job: Job) -> None:
    world.store.all[job.id] = job
    world.publish_to_owner(job)


async def test_list_has_what_is_not_final_and_says_how_to_go_on(world: World) -> None:
    answer = await world.poll_all(prefer="wait=20")
    assert (answer.status, listed(answer)) == (200, [("a", 1), ("b", 1)])
    headers = dict(answer.headers)
    assert 0.9 * POLL_DELAY_MS <= int(headers.pop("Playhead-Poll-After-Ms")) <= 1.1 * POLL_DELAY_MS
    assert headers == {
        "Playhead-Server-Time": headers["Playhead-Server-Time"],
        "Cache-Control": "no-store",
        "Content-Type": "application/json",
        "ETag": headers["ETag"],
        "Playhead-Transport": "stream; reason=flag_on",
        "Preference-Applied": "wait=20",
        "Vary": "Cookie",
    }


async def test_list_that_is_known_is_a_304_until_it_changes(world: World) -> None:
    tag = (await world.poll_all()).headers["ETag"]
    known = await world.poll_all(if_none_match=tag)
    assert (known.status, known.body, known.headers["ETag"]) == (304, b"", tag)
    world.store.all["b"] = of("b", 2)
    assert (await world.poll_all(if_none_match=tag)).status == 200


@pytest.mark.parametrize("after_s", [0.0, 3.0])
async def test_what_ended_since_the_cursor_or_shortly_before_is_listed(world: World, after_s: float) -> None:
    read = str(int((LONG_AGO + timedelta(seconds=after_s)).timestamp() * 1000))
    assert listed(await world.poll_all(read))[0] == ("c", 9)
    later = str(int((LONG_AGO + timedelta(seconds=OVERLAP_S + 1)).timestamp() * 1000))
    assert ("c", 9) not in listed(await world.poll_all(later))


async def test_cursor_of_the_future_hides_nothing_that_ended_now(world: World) -> None:
    world.store.all["a"] = of("a", 2, "completed")
    assert ("a", 2) in listed(await world.poll_all("9" * 15))


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 400, "²"])
async def test_cursor_that_is_none_counts_as_none(world: World, after: str) -> None:
    assert listed(await world.poll_all(after)) == [("a", 1), ("b", 1)]


CHANGES: dict[str, tuple[Job, list[tuple[str, int]]]] = {
    "one goes on": (of("a", 2), [("b", 1), ("a", 2)]),
    "one ends": (of("b", 2, "completed"), [("a", 1), ("b", 2)]),
    "a new one begins": (of("d", 1, "queued"), [("a", 1), ("b", 1), ("d", 1)]),
    "one that ended is put back": (of("c", 10, "queued"), [("a", 1), ("b", 1), ("c", 10)]),
}


@pytest.mark.parametrize("what", CHANGES)
async def test_wait_is_answered_whole_when(world: World, what: str) -> None:
    waiting, (job, expected) = await held(world), CHANGES[what]
    change(world, msgspec.structs.replace(job, updated_at=now()))
    answer = await waiting
    assert (answer.status, listed(answer)) == (200, expected)
    assert answer.headers["Preference-Applied"] == "wait=20"
    assert (world.hub.readers, world.hub.watched) == (0, 0)


async def test_wait_goes_on_over_what_is_no_change(world: World) -> None:
    waiting = await held(world)
    world.publish_to_owner(of("a", 1))
    world.publish_to_owner(of("b", 0, "queued"))
    for signal in (Signal.HEARTBEAT, Signal.CHECK, Signal.GAP):
        world.signal(signal)
    for _ in range(20):
        await asyncio.sleep(0)
    assert not waiting.done()
    change(world, of("a", 2))
    assert ("a", 2) in listed(await waiting)


async def test_changes_of_the_same_moment_are_one_answer(world: World) -> None:
    waiting = await held(world)
    for version in (2, 3):
        change(world, of("a", version))
        change(world, of("b", version))
    assert sorted(listed(await waiting)) == [("a", 3), ("b", 3)]


async def test_change_between_two_waits_is_answered_at_once(world: World) -> None:
    first = await world.poll_all()
    change(world, of("a", 2, "completed"))
    change(world, of("d", 1))
    second = await world.poll_all(cursor(first), if_none_match=first.headers["ETag"], prefer="wait=20")
    assert sorted(listed(second)) == [("a", 2), ("b", 1), ("d", 1)]


async def test_change_whose_message_was_lost_is_found_after_a_gap(world: World) -> None:
    waiting = await held(world)
    world.store.all["b"] = of("b", 2, "completed", updated_at=LONG_AGO)  # by a clock that is an hour late
    world.store.all["a"] = of("a", 2)
    world.signal(Signal.GAP)
    assert ("a", 2) in listed(await waiting)


async def test_deleted_job_is_listed_no_more(world: World) -> None:
    waiting = await held(world)
    del world.store.all["a"]
    world.signal(Signal.GAP)
    answer = await waiting
    assert dict(listed(answer))["a"] > 1, "it is canceled for whoever waits"
    again = await world.poll_all(cursor(answer), if_none_match=answer.headers["ETag"], prefer="wait=20")
    assert listed(again) == [("b", 1)]


async def test_deleted_job_that_had_ended_is_no_change(world: World) -> None:
    world.store.all["a"] = of("a", 2, "completed")
    waiting = await held(world)
    del world.store.all["a"]
    world.signal(Signal.GAP)
    for _ in range(20):
        await asyncio.sleep(0)
    assert not waiting.done()
    world.hub.check_login("ada")
    assert (await waiting).status == 304


async def test_job_that_ended_and_is_gone_before_the_wait_is_no_change(world: World) -> None:
    current = [of("a", 2, "completed")]
    world.store.all.clear()

    async def read(versions: Mapping[str, int]) -> list[Job]:
        return await world.store.read_all("ada", LONG_AGO, versions)

    waiting = asyncio.create_task(next_statuses(world.hub, read, current, "ada", 20, lambda: True))
    await async_until(lambda: world.hub.watched)
    world.hub.check_login("ada")
    assert await waiting == current


def _withdraw(world: World) -> None:
    world.gate.long_poll = False
    world.signal(Signal.CHECK)


def _turn_off(world: World) -> None:
    world.gate.answer = Reason.KILL_SWITCH
    world.signal(Signal.CHECK)


ENDS: dict[str, tuple[Callable[[World], None], int, str]] = {
    "the process drains": (lambda world: world.hub.drain(), 200, "poll; reason=draining"),
    "waiting is not allowed any more": (_withdraw, 304, "stream; reason=flag_on"),
    "the transport changes": (_turn_off, 200, "wait; reason=kill_switch"),
    "another login of the person ends": (lambda world: world.hub.check_login("ada"), 304, "stream; reason=flag_on"),
}


@pytest.mark.parametrize("why", ENDS)
async def test_wait_ends_at_once_when(world: World, why: str) -> None:
    waiting, (end, status, transport) = await held(world), ENDS[why]
    end(world)
    async with asyncio.timeout(10):  # long before its time is up
        answer = await waiting
    assert (answer.status, answer.headers["Playhead-Transport"]) == (status, transport)


async def test_wait_of_a_login_that_ended_is_a_401(world: World) -> None:
    waiting = await held(world)
    world.store.logins.clear()
    world.hub.check_login("ada")
    with pytest.raises(Problem, match="sign in"):
        await waiting


async def test_time_that_is_up_is_a_304(world: World) -> None:
    tag = (await world.poll_all()).headers["ETag"]
    answer = await world.poll_all(if_none_match=tag, prefer="wait=1")
    assert (answer.status, answer.headers["Preference-Applied"]) == (304, "wait=1")


async def test_waits_of_one_and_of_all_share_their_slots(world: World) -> None:
    waiting = await held(world)
    assert "Preference-Applied" not in (await world.poll(prefer="wait=20")).headers
    assert (world.hub.readers, world.hub.readers_of("ada")) == (0, 0), "it takes no stream's place"
    world.hub.drain()
    await waiting


def test_tag_depends_on_each_pair_and_the_transport_not_on_the_order() -> None:
    stream, wait = Transport(Mode.STREAM, Reason.FLAG_ON), Transport(Mode.WAIT, Reason.BUFFERED)
    lists = [[], [of("a", 1)], [of("a", 2)], [of("b", 1)], [of("a", 1), of("b", 1)], [of("a", 11), of("b", 1)]]
    tags = [etag_of_all(jobs, transport) for jobs in lists for transport in (stream, wait)]
    assert len(set(tags)) == len(tags)
    assert etag_of_all([of("a", 1), of("b", 1)], stream) == etag_of_all([of("b", 1), of("a", 1)], stream)


def test_list_is_polled_as_often_as_its_most_urgent_job() -> None:
    def delay_ms(*jobs: Job) -> int:
        return round(poll_delay_of_all_ms(jobs), -3)

    waits, nearly_done = of("a", 1, "queued", queue_position=4), of("b", 1, eta_s=2.0)
    assert (delay_ms(waits, nearly_done), delay_ms(nearly_done, waits)) == (1000, 1000)
    assert 10_500 <= poll_delay_of_all_ms([waits]) <= 13_500
    assert delay_ms(of("c", 1, "completed", eta_s=0.0)) == delay_ms() == POLL_DELAY_MS
