"""The recorder of watches: what waits while the database is away, and how final statuses are settled."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from playhead.accounts.models import User
from playhead.db import DatabaseGone
from playhead.flags.answers.gate import StreamAnswer
from playhead.flags.answers.rollout import Rollout
from playhead.live.clock import now
from playhead.live.observer import EndedWithoutGoodbye, PollAnswer, PollKind
from playhead.metrics.metrics import Metrics
from playhead.monitoring.watches import exposures, repository, silent
from playhead.monitoring.watches.allowance import HELD_S
from playhead.monitoring.watches.facts import OVER_S, POLL_GAP_MAX_S
from playhead.monitoring.watches.models import ExposureRow, WatchRow
from playhead.monitoring.watches.recorder import WatchRecorder
from playhead.monitoring.watches.report import Report
from tests.support.clock import Clock
from tests.support.databases import FlakyDatabase
from tests.support.migrated import migrated_sqlite

ADA = User("ada", "ada@example.org", is_admin=False)
REPORT = Report(elapsed_s=10.0, seconds={"stream": (10.0, 10.0)})


class World:
    def __init__(self, database: FlakyDatabase) -> None:
        self.database = database
        self.clock = Clock()
        self.ended: dict[str, tuple[datetime, int]] = {}
        self.metrics = Metrics()
        self.recorder = WatchRecorder(
            database, self.metrics, secret_key="a" * 64, finals=self._finals, clock=self.clock
        )  # fmt: skip

    async def _finals(self, ids: Collection[str]) -> dict[str, tuple[datetime, int]]:
        return {one: self.ended[one] for one in ids if one in self.ended}

    def report(self, seq: int = 1) -> None:
        self.recorder.note_report(ADA, None, "0" * 16, seq, REPORT)

    async def stream(self, *, version: int = 7) -> None:
        """Ada has a stream of the session `s` for a minute, and leaves it."""
        facts = self.recorder.facts
        facts.opened("s", "ada")
        facts.first_event("s", "ada", 0.01)
        self.clock.now += 60.0
        facts.ended("s", "ada", EndedWithoutGoodbye.LEFT, 60.0, version)

    async def leave(self, ended_s: float) -> None:
        """Two minutes pass; the session ended so many seconds after Ada left, with version 9."""
        self.clock.now += OVER_S + 1
        self.ended["s"] = now() + timedelta(seconds=ended_s - OVER_S - 1), 9
        await self.recorder.write_facts()

    async def rows(self) -> Sequence[WatchRow]:
        return await self.database.run(watches)

    def counted(self, metric: str, key: str) -> Any:
        return self.metrics.read().get(metric, {}).get(key, 0)


def watches(db: Db) -> Sequence[WatchRow]:
    return db.scalars(select(WatchRow)).all()


def exposed(db: Db) -> int:
    return len(db.scalars(select(ExposureRow)).all())


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    database = FlakyDatabase(migrated_sqlite(tmp_path / "db"))
    yield World(database)
    await database.close()


async def test_reports_wait_while_the_database_is_away_and_count_once(world: World) -> None:
    world.recorder.facts.opened("of:ada", "ada")
    world.clock.now += 10.0
    world.database.away = {repository.take_reports}
    world.report()
    for _ in range(2):
        with pytest.raises(DatabaseGone):
            await world.recorder.write_reports()
    world.database.away.clear()
    await world.recorder.write_reports()
    await world.recorder.write_reports()
    assert world.counted("watches", "browser") == 1
    assert world.counted("watch_seconds", "stream,browser") == 10


async def test_report_that_came_before_its_watch_waits_for_it(world: World) -> None:
    world.report()
    await world.recorder.write_reports()
    world.recorder.facts.opened("of:ada", "ada")
    world.clock.now += 10.0
    await world.recorder.write_facts()
    await world.recorder.write_reports()
    assert world.counted("watches", "browser") == 1


async def test_person_reports_no_more_than_four_windows_over_all_sessions(world: World) -> None:
    for number in range(100):
        world.recorder.facts.opened(f"s{number}", "ada")
    world.clock.now += 60.0
    minute = Report(elapsed_s=60.0, seconds={"none": (60.0, 0.0)})
    for number in range(100):
        world.recorder.note_report(ADA, f"s{number}", f"{number:016x}", 1, minute)
        await world.recorder.write_reports()
    assert world.counted("watch_seconds", "none,browser") == HELD_S
    assert world.counted("watches", "browser") == 100


async def test_facts_and_exposures_wait_too(world: World) -> None:
    world.database.away = {repository.add_facts, exposures.write}
    world.recorder.exposures.note("ada", Rollout("r", 5), StreamAnswer.FLAG_ON)
    await world.stream()
    for away in (repository.add_facts, exposures.write):
        with pytest.raises(DatabaseGone):
            await world.recorder.write_facts()
        world.database.away.discard(away)
    await world.recorder.write_facts()
    (row,) = await world.rows()
    assert (row.streams, row.stream_s, row.arm, row.stage) == (1, 60.0, "stream", 5)
    assert await world.database.run(exposed) == 1


@pytest.mark.parametrize(
    ("version", "ended_s", "outcome"),
    [(9, 5.0, "in_time"), (9, -15.0, "late"), (8, -15.0, "missing"), (8, 30.0, "missing"), (8, 59.0, "missing")],
)
async def test_final_status_of_a_watch_that_is_over(world: World, version: int, ended_s: float, outcome: str) -> None:
    await world.stream(version=version)
    await world.leave(ended_s)
    assert world.counted("finals", f"{outcome},server") == 1
    assert [row.final for row in await world.rows()] == [outcome]


async def test_page_that_dies_leaves_what_its_stream_did(world: World) -> None:
    world.recorder.exposures.note("ada", Rollout("r", 25), StreamAnswer.FLAG_ON)
    await world.stream(version=8)
    await world.leave(ended_s=30.0)
    await world.recorder.count_silent()
    assert world.counted("watches", "server") == 1
    assert world.counted("watch_seconds", "stream,server") == world.counted("allowed_fresh_seconds", "server") == 60
    assert world.counted("finals", "missing,server") == world.counted("watches_harmed", "final_missing,yes") == 1
    assert world.counted("browser_reports", "") == 0


async def test_who_left_long_before_the_end_missed_nothing(world: World) -> None:
    await world.stream(version=8)
    await world.leave(ended_s=61.0)
    assert [row.final for row in await world.rows()] == [""]


async def test_final_status_found_after_an_absence_is_not_late(world: World) -> None:
    await world.stream(version=8)
    world.clock.now += POLL_GAP_MAX_S + 1  # as a page does that is hidden
    world.recorder.facts.polled("s", "ada", PollKind.POLL, PollAnswer.CHANGED, 300, 9, is_final=True)
    await world.leave(ended_s=-20.0)
    assert [(row.final, row.harms) for row in await world.rows()] == [("", "")]


async def test_finals_are_settled_once_the_database_is_back(world: World) -> None:
    await world.stream(version=8)
    world.database.away = {silent.settle}
    with pytest.raises(DatabaseGone):
        await world.leave(ended_s=0.0)
    world.database.away.clear()
    await world.recorder.write_facts()
    await world.recorder.write_facts()
    assert world.counted("finals", "missing,server") == 1
    assert world.counted("watches_harmed", "final_missing,yes") == 1
