"""Moves the slider, for the judge and for people alike: under the lease, after the decision is recorded, and compared.

Whoever does not come to the end of this leaves a recorded decision, and the next round finishes it. If the slider is
where it was, it is moved; if it is where it is to be, it was moved; if it is elsewhere, a hand was quicker, and wins.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session as Db

from playhead.db import Database, present
from playhead.ids import new_id
from playhead.rollout import changes, lease
from playhead.rollout.ports import Slider
from playhead.rollout.record import Decision, Rollout
from playhead.rollout.timings import Timings

P = ParamSpec("P")
T = TypeVar("T")

MOVE_PART = 0.4
"""What must be left of the lease before the slider is moved: of 30 s 12, for the two requests of a move and more."""


@dataclass(frozen=True, slots=True)
class Led:
    """A rollout as it was when its lease was taken, and by whom."""

    rollout: Rollout
    who: str


class Acts:
    """What rounds and orders have in common.

    Args:
        database: has the record.
        slider: is moved.
        timings: how long to wait for what.
        clock: the database's time, in a transaction.
        monotonic: seconds that never go back.
    """

    def __init__(
        self,
        database: Database,
        slider: Slider,
        timings: Timings,
        clock: Callable[[Db], datetime] = present,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.slider = slider
        self.timings = timings
        self._database = database
        self._clock = clock
        self._monotonic = monotonic

    async def run(self, query: Callable[Concatenate[Db, datetime, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a query with the database's time. Raises DatabaseError."""
        return await self._database.run(lambda db: query(db, self._clock(db), *args, **kwargs))

    @asynccontextmanager
    async def lease(self, rollout_id: int) -> AsyncIterator[Led | None]:
        """Leads a rollout; None if somebody else does."""
        who = new_id()
        rollout = await self.run(lease.take, rollout_id, who, self.timings.lease_s)
        if rollout is None:
            yield None
            return
        async with self.releasing(who):
            yield Led(rollout, who)

    @asynccontextmanager
    async def releasing(self, who: str) -> AsyncIterator[None]:
        """Releases the lease at the end, also after an error.

        Not when canceled: a request to move the slider may still be under way.
        """
        try:
            yield
        except Exception:
            await self._database.run(lease.release, who)
            raise
        await self._database.run(lease.release, who)

    async def finish(self, decision: Decision, who: str) -> Rollout | None:
        """Acts upon a recorded decision, at most once, and notes what became of it.

        An advance that was decided more than `Timings.gap_s` ago is given up: its proof is of another time.

        Args:
            decision: with a target.
            who: has the lease.

        Returns:
            The rollout as it is then; None if it has ended.

        Raises:
            Overtaken: the lease was lost, or a person decided otherwise; the slider stays.
        """
        assert decision.target is not None
        seen = await self.slider.read()
        is_to_move = seen == decision.origin and seen != decision.target
        if is_to_move and not await self.run(changes.give_up_late, decision, self.timings.gap_s):
            asked_at = self._monotonic()
            if not await self.run(lease.renew, decision.id, who, self.timings.lease_s):
                raise changes.Overtaken
            left_s = self.timings.lease_s - (self._monotonic() - asked_at)
            if left_s < MOVE_PART * self.timings.lease_s:
                raise changes.Overtaken
            await self.slider.move(decision.target)
            seen = await self.slider.read()
        return await self.run(changes.settle, decision, seen)
