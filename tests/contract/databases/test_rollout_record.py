"""The record of rollouts on both databases: one leader, one change at a time, and what is kept."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from playhead.db import Database, SyncDatabase, present
from playhead.flags.answers.rollout import FLAG
from playhead.live.clock import now
from playhead.monitoring.watches.models import WATCHES
from playhead.rollout import changes, lease, overview, record, retention
from playhead.rollout.actor import Actor
from playhead.rollout.acts import Acts
from playhead.rollout.models import DecisionRow, LookRow, RolloutRow
from playhead.rollout.orders import Orders
from playhead.rollout.ports import Position, Refused
from playhead.rollout.record import ROLLOUTS, Kind
from playhead.rollout.timings import Timings
from tests.contract.databases.test_rollout_counts import watch
from tests.support.sliders import HeldSlider

LEASE_S = 30.0
ADA, WHY = "ada@example.org", "a test"
HOUR = timedelta(hours=1)
TABLES = LookRow, DecisionRow, RolloutRow


@pytest.fixture(autouse=True)
def nothing(database: SyncDatabase) -> None:
    database.run(lambda db: [db.execute(delete(table)) for table in (*TABLES, WATCHES)])


@pytest.fixture
async def web(database_url: str, database: SyncDatabase) -> AsyncIterator[Database]:
    """The database as a web process has it."""
    web = Database(database_url)
    yield web
    await web.close()


@pytest.fixture
def slider() -> HeldSlider:
    return HeldSlider(Position(100, FLAG))


@pytest.fixture
def acts(web: Database, slider: HeldSlider) -> Callable[[], Acts]:
    return partial(Acts, web, slider, Timings(look_s=0.0))


@pytest.fixture
async def rollout_id(acts: Callable[[], Acts], database: SyncDatabase) -> int:
    await Orders(acts()).start(ADA, WHY, is_dry_run=False)
    found = database.run(record.current, FLAG)
    assert found is not None
    return found.id


def take(database: SyncDatabase, rollout_id: int, who: str, at: datetime | None = None) -> bool:
    return database.run(lambda db: lease.take(db, at or present(db), rollout_id, who, LEASE_S)) is not None


def test_one_of_several_processes_gets_the_lease(database: SyncDatabase, rollout_id: int) -> None:
    with ThreadPoolExecutor(4) as pool:
        taken = [pool.submit(take, database, rollout_id, f"process {number}") for number in range(4)]
        assert sorted(one.result() for one in taken) == [False, False, False, True]


def test_lease_is_free_when_it_is_released_or_over(database: SyncDatabase, rollout_id: int) -> None:
    assert take(database, rollout_id, "a")
    assert not take(database, rollout_id, "b")
    database.run(lease.release, "a")
    assert take(database, rollout_id, "b")
    database.run(lease.release, "a")
    assert not take(database, rollout_id, "c")
    assert take(database, rollout_id, "c", now() + timedelta(seconds=LEASE_S + 1))


def test_lease_from_before_a_clock_was_set_back_is_free(database: SyncDatabase, rollout_id: int) -> None:
    assert take(database, rollout_id, "a", now() + HOUR)
    assert take(database, rollout_id, "b")


def test_lease_is_not_renewed_for_who_lost_it(database: SyncDatabase, rollout_id: int) -> None:
    take(database, rollout_id, "a")
    decision = database.run(
        lambda db: changes.note(
            db, present(db), Kind.ADVANCE, by="", reason="", sentence="", rollout_id=rollout_id,
            done=record.Done.RECORDED,
        )
    )  # fmt: skip

    def renewed(who: str) -> bool:
        return database.run(lambda db: lease.renew(db, present(db), decision.id, who, LEASE_S))

    assert [renewed("a"), renewed("b")] == [True, False]
    database.run(changes.overtake, rollout_id)
    assert not renewed("a")


async def test_two_actors_at_once_take_one_step(
    acts: Callable[[], Acts], slider: HeldSlider, database: SyncDatabase, rollout_id: int
) -> None:
    long_ago = now() - HOUR
    database.run(lambda db: db.execute(update(ROLLOUTS).values(since=long_ago)))
    drawn: dict[str, Any] = {"begun_s": 3540.0, "rollout": slider.position.group, "stage": 5}
    mute = [watch(f"m{number}", harms="mute", **drawn) for number in range(20)]
    well = [watch(f"w{number}", **drawn) for number in range(40)]
    poll = [watch(f"p{number}", arm="poll", **drawn) for number in range(60)]
    database.run(lambda db: db.execute(insert(WATCHES), mute + well + poll))
    actors = [Actor(acts()) for _ in range(4)]
    for _ in range(3):
        await asyncio.gather(*(actor.round() for actor in actors))
    assert [one.share for one in slider.moves] == [5, 0]
    ended = database.run(record.past, FLAG)
    assert [(one.outcome, one.share) for one in ended] == [("rolled_back", 5)]
    assert [one.decision for one in database.run(record.decisions)] == ["roll_back", "start"]


async def test_orders_of_two_people_at_once_are_one_after_another(
    acts: Callable[[], Acts], database: SyncDatabase, rollout_id: int
) -> None:
    orders = [Orders(acts()) for _ in range(4)]
    done = await asyncio.gather(*(one.hold(ADA, WHY) for one in orders), return_exceptions=True)
    assert [one for one in done if not isinstance(one, Refused)] == [None]
    done = await asyncio.gather(*(one.stop(ADA, WHY) for one in orders), return_exceptions=True)
    assert [one for one in done if not isinstance(one, Refused)] == [None]
    assert database.run(record.current, FLAG) is None


async def test_two_starts_at_once_begin_one_rollout(
    acts: Callable[[], Acts], database: SyncDatabase, slider: HeldSlider
) -> None:
    starts = (Orders(acts()).start(ADA, WHY, is_dry_run=False) for _ in range(3))
    done = await asyncio.gather(*starts, return_exceptions=True)
    assert [one for one in done if not isinstance(one, Refused)] == [None]
    assert len(slider.moves) == 1


async def test_look_leaves_a_point_of_the_charts_each_minute(
    acts: Callable[[], Acts], database: SyncDatabase, rollout_id: int
) -> None:
    actor = Actor(acts())
    assert not database.run(overview.read).points
    await actor.round()
    assert database.run(overview.read).points
    await actor.round()
    points = database.run(record.chart, rollout_id, now() - HOUR)
    assert {one.at.second for one in points} == {0}
    assert 1 <= len(points) <= 2
    assert points[0].minute.absolute.keys() >= {"mute"}
    rollout = database.run(record.current, FLAG)
    assert rollout is not None
    look = record.look_of(rollout.look)
    assert look is not None
    assert (look.stage, look.share, look.counts.stream.people) == (0, 5, 0)


@pytest.mark.parametrize("text", ["", "{", "{}", '{"at":1}'])
def test_text_of_another_release_is_no_look(text: str) -> None:
    assert record.look_of(text) is None


def test_what_ended_90_days_ago_is_deleted(database: SyncDatabase, rollout_id: int) -> None:
    ended = now() - timedelta(days=91)
    database.run(lambda db: db.execute(insert(LookRow).values(rollout_id=rollout_id, at=ended, numbers="{}")))
    database.run(lambda db: changes.note(db, ended, Kind.EMERGENCY, by=ADA, reason=WHY, sentence=WHY))
    database.run(retention.delete_old)
    assert database.run(record.current, FLAG) is not None
    assert [one.decision for one in database.run(record.decisions)] == ["start"]
    database.run(lambda db: db.execute(update(ROLLOUTS).values(ended_at=ended)))
    database.run(retention.delete_old)
    for table in TABLES:
        assert database.run(lambda db, table=table: db.scalars(select(table)).all()) == []  # type: ignore[misc]


async def test_group_of_a_deleted_rollout_is_not_used_again(
    acts: Callable[[], Acts], database: SyncDatabase, slider: HeldSlider, rollout_id: int
) -> None:
    database.run(lambda db: db.execute(delete(ROLLOUTS)))
    await Orders(acts()).start(ADA, WHY, is_dry_run=False)
    assert len({one.group for one in slider.moves}) == 2
