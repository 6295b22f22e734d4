"""A rollout with a real database, a slider in memory, and a clock that a test sets."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from playhead.flags.answers.rollout import FLAG
from playhead.live.clock import now
from playhead.monitoring.watches.models import WATCHES
from playhead.rollout import record
from playhead.rollout.actor import Actor
from playhead.rollout.acts import Acts
from playhead.rollout.orders import Orders
from playhead.rollout.ports import Position
from playhead.rollout.record import Decision, Rollout
from playhead.rollout.timings import Timings
from tests.support.databases import CutDatabase
from tests.support.migrated import migrated_sqlite
from tests.support.sliders import HeldSlider

ADA, WHY = "ada@example.org", "a test"
FIRST = Position(5, f"{FLAG}.r1")
LOOK_S, BAKE_S = 10.0, 600.0
TIMINGS = Timings(gap_s=BAKE_S + 1, wait_s=0.05, retry_s=0.01)
"""A bake is one gap between two looks."""


class World:
    """`actor` and `other` are of two processes."""

    def __init__(self, url: str) -> None:
        self.database = CutDatabase(url)
        self.slider = HeldSlider(Position(100, FLAG))
        self.moment = now()
        self.actor, self.other = Actor(self.acts()), Actor(self.acts())
        self.orders = Orders(self.acts())
        self._people = 0

    def acts(self, monotonic: Callable[[], float] = time.monotonic) -> Acts:
        return Acts(self.database, self.slider, TIMINGS, clock=lambda _: self.moment, monotonic=monotonic)

    def pass_s(self, seconds: float) -> None:
        """Time passes, by the clock of the database."""
        self.moment += timedelta(seconds=seconds)

    async def look(self, after_s: float = LOOK_S) -> None:
        """A round after so long."""
        self.pass_s(after_s)
        await self.actor.round()

    async def start(self, *, is_dry_run: bool = False) -> None:
        await self.orders.start(ADA, WHY, is_dry_run)

    async def people(self, stream: int, poll: int, *, mute: int = 0, poll_mute: int = 0) -> None:
        """People who began to watch now, where the slider is; so many of each arm are mute."""
        rows = [self._watch("stream", "mute" if index < mute else "") for index in range(stream)]
        rows += [self._watch("poll", "mute" if index < poll_mute else "") for index in range(poll)]
        await self.database.run(lambda db: db.execute(insert(WATCHES), rows))

    async def bake(self) -> None:
        """All that a stage needs: time, and people without harm."""
        await self.people(stream=100, poll=60)
        await self.look(BAKE_S)

    async def harm(self) -> None:
        """A harm that is certain."""
        await self.people(stream=60, poll=60, mute=20)
        await self.look(60.0)

    async def rollout(self) -> Rollout:
        found = await self.database.run(record.current, FLAG)
        assert found is not None
        return found

    async def outcomes(self) -> list[str]:
        return [one.outcome for one in await self.database.run(record.past, FLAG)]

    async def decisions(self) -> list[Decision]:
        """The oldest first."""
        return [*reversed(await self.database.run(record.decisions))]

    async def told(self) -> list[str]:
        """Each decision and what became of it, in two words; the oldest first."""
        return [f"{one.decision} {one.state}" for one in await self.decisions()]

    def _watch(self, arm: str, harms: str) -> dict[str, Any]:
        self._people += 1
        begun: dict[str, datetime] = dict.fromkeys(("begun_at", "updated_at", "reported_at"), self.moment)
        numbers = dict.fromkeys(("streams", "established", "polls", "last_version"), 0)
        times = dict.fromkeys(("stream_s", "poll_s"), 0.0)
        position = self.slider.position
        drawn = {"rollout": position.group, "stage": position.share, "arm": arm, "weight": 1}
        empty = {"version_at": None, "counted_at": None, "report": "", "final": ""}
        who = {"person": f"{self._people:032}", "subject": "s"}
        return {**who, **begun, **numbers, **times, **drawn, **empty, "harms": harms}


@asynccontextmanager
async def world_in(folder: Path) -> AsyncIterator[World]:
    world = World(migrated_sqlite(folder / "db"))
    yield world
    world.database.mend()
    await world.database.close()
