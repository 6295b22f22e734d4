"""The actor of a rollout: looks, has it judged, records the decision, and moves the slider."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session as Db

from playhead import log
from playhead.errors import ConfigError
from playhead.flags.answers.rollout import FLAG, SWITCH
from playhead.flags.file import documents
from playhead.rollout import changes, record
from playhead.rollout.acts import Acts, Led
from playhead.rollout.counted import counted
from playhead.rollout.counts import Counts
from playhead.rollout.judge import judge
from playhead.rollout.plan import Plan, read
from playhead.rollout.ports import Refused, Unreachable
from playhead.rollout.record import Decision, Look, Rollout, memory_of
from playhead.rollout.steps import plan_at, step_of
from playhead.rollout.timings import Timings
from playhead.rollout.verdict import Memory

EARLY = 0.9
"""Part of the time between two looks after which another process may look: their rounds are not at the same moment."""

UNSEEN = "Nobody looked for a while, or a clock was set: the evidence of this stage begins anew."
NOBODY = "The slider is at 0%: nobody streams, so there is nothing to compare."
STOPPED = f"{SWITCH} is off, or the emergency switch is on: nobody streams, so there is nothing to compare."

logger = log.get(__name__)


class Seen(NamedTuple):
    """What one transaction read at `at`, the database's time."""

    at: datetime
    counts: Counts
    last: Decision | None
    is_emergency: bool


class Actor:
    """One in each web process; of all of them one looks at a time. Call `round` every `Timings.look_s`."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts
        self._trouble = ""

    async def round(self) -> None:
        """Does what is due. Without a rollout that is one short transaction.

        A slider that cannot be read or moved is noted, and logged once.

        Raises:
            DatabaseError: nothing was moved, or the next round finds out.
        """
        found = await self._acts.run(_due, self._acts.timings)
        if found is None:
            return
        async with self._acts.lease(found.id) as led:
            if led is not None and led.rollout.looked_at == found.looked_at:  # else another process just looked
                await self._lead(led)

    async def _lead(self, led: Led) -> None:
        try:
            await self._look_and_act(led)
        except changes.Overtaken:
            logger.info("a look was overtaken", rollout=led.rollout.id)
        except (Refused, Unreachable, ConfigError) as error:  # the last: a plan of another release
            await self._complain(led, str(error))
        else:
            self._trouble = ""

    async def _complain(self, led: Led, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            logger.warning("the slider of a rollout cannot be read or moved", rollout=led.rollout.id, why=trouble)
        await self._acts.run(changes.note_trouble, led.rollout.id, trouble)

    async def _look_and_act(self, led: Led) -> None:
        rollout, who = led.rollout, led.who
        if (waiting := await self._acts.run(_pending, rollout.id)) is not None:
            await self._acts.finish(waiting, who)
            return
        slider = self._acts.slider
        position, is_allowed = await asyncio.gather(slider.read(), slider.is_allowed())
        if position != rollout.position:
            await self._acts.run(changes.follow, rollout, who, position)
            return
        plan = plan_at(read(rollout.plan), rollout.stage, rollout.share)
        seen = await self._acts.run(_see, rollout, self._acts.timings)
        memory = _aged(rollout, seen.at, self._acts.timings.gap_s)
        stopped = NOBODY if not rollout.share else STOPPED if seen.is_emergency or not is_allowed else ""
        if stopped or memory is None:
            await self._acts.run(changes.begin_again, rollout, who, stopped or UNSEEN)
            return
        decision = await self._judge(led, plan, seen, memory)
        if decision is not None and decision.state is record.Done.RECORDED:
            await self._acts.finish(decision, who)

    async def _judge(self, led: Led, plan: Plan, seen: Seen, memory: Memory) -> Decision | None:
        rollout = led.rollout
        verdict = judge(plan, rollout.stage, seen.counts, memory, is_dry_run=not _moves(rollout))
        look = Look(at=seen.at, stage=rollout.stage, share=rollout.share, counts=seen.counts, verdict=verdict)
        step = step_of(rollout, plan, verdict, seen.last)
        return await self._acts.run(changes.write_look, rollout, led.who, look, step, self._acts.timings.lease_s)


def _due(db: Db, moment: datetime, timings: Timings) -> Rollout | None:
    """The rollout that is to be looked at now: a time before the last look is one after a clock was set back."""
    rollout = record.current(db, FLAG)
    if rollout is None:
        return None
    is_early = rollout.looked_at and 0 <= (moment - rollout.looked_at).total_seconds() < EARLY * timings.look_s
    return None if is_early else rollout


def _pending(db: Db, _: datetime, rollout_id: int) -> Decision | None:
    return record.pending(db, rollout_id)


def _see(db: Db, moment: datetime, rollout: Rollout, timings: Timings) -> Seen:
    return Seen(
        moment,
        counted(db, moment, rollout.position, rollout.since, timings),
        changes.last_of_judge(db, rollout.id),
        is_emergency=documents.shared(db).emergency is not None,
    )


def _aged(rollout: Rollout, at: datetime, gap_s: float) -> Memory | None:
    """The judge's memory with the time since the last look; None if too much may have happened unseen meanwhile."""
    since_s = (at - (rollout.looked_at or rollout.since)).total_seconds()
    memory = memory_of(rollout.memory) if rollout.memory else Memory()
    if memory is None or not 0 <= since_s <= gap_s:
        return None
    return replace(memory, baked_s=memory.baked_s + since_s)


def _moves(rollout: Rollout) -> bool:
    return not rollout.is_dry_run and rollout.state is not record.State.MANUAL
