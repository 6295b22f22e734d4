"""What people do to a rollout, each with a reason, recorded as the judge's decisions are.

Holding, resuming and stopping need neither the slider nor the lease: they work at once, whatever a round waits for.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session as Db

from playhead.db import insert_of
from playhead.flags.answers.rollout import FLAG
from playhead.ids import new_id
from playhead.rollout import changes, record
from playhead.rollout.acts import Acts, Led
from playhead.rollout.check import problems
from playhead.rollout.models import RolloutRow
from playhead.rollout.plan import default_text, read
from playhead.rollout.ports import Position, Refused
from playhead.rollout.record import ROLLOUTS, Decision, Done, Holder, Kind, Outcome, Rollout, State, rollout_of
from playhead.rollout.steps import stage_of

NONE = "There is no rollout: start one first."
BUSY = "The slider is being moved by somebody else, or its store hangs: try again."
CHANGED = "Somebody else changed the rollout meanwhile: look at it, and try again."


class Orders:
    """Gives orders. The second of two people at once is refused, or finds what the first one did.

    Every method takes who gives the order, an email, and the reason, and raises:
        Refused: it cannot be done, in a sentence; nothing was changed.
        Unreachable: the store of the flags does not answer. What was recorded before, a round will do.
        DatabaseError: the database cannot be used.
    """

    def __init__(self, acts: Acts, plan: Callable[[], str] = default_text) -> None:
        """`plan`: reads the plan of the next rollout, as TOML."""
        self._acts = acts
        self._plan = plan

    async def start(self, by: str, reason: str, is_dry_run: bool = True) -> None:
        """Starts a rollout at the first stage: of a new group, so that other people are drawn than last time.

        A dry run moves nothing and watches the slider where it is.
        """
        text = self._plan()
        if found := problems(read(text)):
            raise Refused(f"The plan cannot be followed: {found[0]}")
        if not is_dry_run and self._acts.slider.limit:
            raise Refused(self._acts.slider.limit)
        seen, who = await self._acts.slider.read(), new_id()
        lease_s = 0.0 if is_dry_run else self._acts.timings.lease_s
        decision = await self._acts.run(_begin, text, seen, by, reason, who, lease_s)
        if decision.state is Done.RECORDED:
            async with self._acts.releasing(who):
                await self._finish(decision, who)

    async def move(self, by: str, share: int, reason: str) -> None:
        """Moves the slider to a share in percent. The judge goes on from there, in the stage of that share."""
        async with self._led() as led:
            if led.rollout.is_dry_run:
                raise Refused(f"This is a dry run, which moves nothing: playhead flags set {FLAG} --rollout {share}")
            seen = await self._acts.slider.read()
            if seen.share == share:
                raise Refused(f"The slider is at {share}% already.")
            decision = await self._acts.run(_record_move, led.rollout.id, led.who, by, reason, seen, share)
            await self._finish(decision, led.who)

    async def hold(self, by: str, reason: str) -> None:
        """Holds it until somebody resumes it. It is still taken back if that is certain."""
        await self._acts.run(_hold, by, reason)

    async def resume(self, by: str, reason: str) -> None:
        """Ends a hold, or the watching after a hand moved the slider. The evidence of the stage begins anew."""
        await self._acts.run(_resume, by, reason)

    async def stop(self, by: str, reason: str) -> None:
        """Ends the watching, and leaves the slider where it is."""
        await self._acts.run(_stop, by, reason)

    @asynccontextmanager
    async def _led(self) -> AsyncIterator[Led]:
        """Leads the rollout, after what was recorded before is done; waits `Timings.wait_s` at most for the lease."""
        wait_until = asyncio.get_running_loop().time() + self._acts.timings.wait_s
        while True:
            rollout_id = await self._acts.run(_current_id)
            async with self._acts.lease(rollout_id) as led:
                if led is not None:
                    waiting = await self._acts.run(_pending, rollout_id)
                    if waiting is not None:
                        await self._finish(waiting, led.who)
                    yield led
                    return
            if asyncio.get_running_loop().time() >= wait_until:
                raise Refused(BUSY)
            await asyncio.sleep(self._acts.timings.retry_s)

    async def _finish(self, decision: Decision, who: str) -> None:
        try:
            await self._acts.finish(decision, who)
        except changes.Overtaken:
            raise Refused(CHANGED) from None


def _begin(
    db: Db, moment: datetime, plan: str, seen: Position, by: str, reason: str, who: str, lease_s: float
) -> Decision:
    """Inserts the rollout and its first decision. Without a time for the lease it is a dry run."""
    is_dry_run, first = not lease_s, read(plan).stages[0].share
    stage = stage_of(read(plan), seen.share) if is_dry_run else 0
    new = insert_of(db, RolloutRow).values(
        flag=FLAG,
        group=seen.group,
        state=State.RUNNING,
        held_by=Holder.NOBODY,
        is_dry_run=is_dry_run,
        plan=plan,
        stage=stage,
        share=seen.share,
        since=moment,
        looked_at=None,
        memory="",
        look="",
        trouble="",
        version=1,
        leader="" if is_dry_run else who,
        lease_until=None if is_dry_run else moment + timedelta(seconds=lease_s),
        begun_at=moment,
        begun_by=by,
        reason=reason,
        ended_at=None,
        outcome="",
    )
    row = db.connection().execute(new.on_conflict_do_nothing().returning(ROLLOUTS.c.id)).first()
    if row is None:
        raise Refused("A rollout is running already: stop it first.")
    target = None if is_dry_run else Position(first, f"{FLAG}.r{row.id}")
    return changes.note(
        db,
        moment,
        Kind.START,
        by=by,
        reason=reason,
        sentence=f"A dry run began at {seen.share}%: nothing is moved."
        if is_dry_run
        else f"A rollout began: the slider goes from {seen.share}% to {first}%, and other people are drawn.",
        done=Done.NOT_ACTED if is_dry_run else Done.RECORDED,
        rollout_id=row.id,
        stage=stage,
        origin=seen,
        target=target,
    )


def _record_move(
    db: Db, moment: datetime, rollout_id: int, who: str, by: str, reason: str, seen: Position, share: int
) -> Decision:
    rollout = _locked(db)
    if (rollout.id, rollout.leader) != (rollout_id, who):
        raise Refused(CHANGED)
    return changes.note(
        db,
        moment,
        Kind.MOVE,
        by=by,
        reason=reason,
        sentence=f"Moved from {seen.share}% to {share}%.",
        done=Done.RECORDED,
        rollout_id=rollout.id,
        stage=stage_of(read(rollout.plan), share),
        origin=seen,
        target=Position(share, seen.group),
    )


def _hold(db: Db, moment: datetime, by: str, reason: str) -> None:
    rollout = _locked(db)
    if rollout.state is State.MANUAL:
        raise Refused("The rollout moves nothing since somebody moved the slider by hand: there is nothing to hold.")
    if rollout.held_by is Holder.PERSON:
        raise Refused("The rollout is held already.")
    changes.overtake(db, rollout.id, Kind.ADVANCE)
    _change(db, rollout, state=State.HELD, held_by=Holder.PERSON)
    _note(db, moment, rollout, Kind.HOLD, by, reason, f"Held at {rollout.share}%.")


def _resume(db: Db, moment: datetime, by: str, reason: str) -> None:
    rollout = _locked(db)
    if rollout.state is State.RUNNING:
        raise Refused("The rollout is running already.")
    anew = {"since": moment, "looked_at": moment, "memory": "", "look": "", "trouble": ""}
    _change(db, rollout, state=State.RUNNING, held_by=Holder.NOBODY, **anew)
    _note(db, moment, rollout, Kind.RESUME, by, reason, f"Resumed at {rollout.share}%.")


def _stop(db: Db, moment: datetime, by: str, reason: str) -> None:
    rollout = _locked(db)
    changes.overtake(db, rollout.id)
    _change(db, rollout, ended_at=moment, outcome=Outcome.STOPPED, leader="", lease_until=None)
    _note(db, moment, rollout, Kind.STOP, by, reason, f"Stopped: the slider stays at {rollout.share}%.")


def _locked(db: Db) -> Rollout:
    """The present rollout; nobody else changes it until the end of the transaction. Raises Refused: there is none."""
    mine = update(ROLLOUTS).where(ROLLOUTS.c.flag == FLAG, ROLLOUTS.c.ended_at.is_(None))
    row = db.connection().execute(mine.values(version=ROLLOUTS.c.version + 1).returning(ROLLOUTS)).first()
    if row is None:
        raise Refused(NONE)
    return rollout_of(row)


def _change(db: Db, rollout: Rollout, **values: Any) -> None:
    db.connection().execute(update(ROLLOUTS).where(ROLLOUTS.c.id == rollout.id).values(values))


def _note(db: Db, moment: datetime, rollout: Rollout, kind: Kind, by: str, reason: str, sentence: str) -> None:
    changes.note(
        db, moment, kind, by=by, reason=reason, sentence=sentence, rollout_id=rollout.id, stage=rollout.stage,
        origin=rollout.position,
    )  # fmt: skip


def _current_id(db: Db, _: datetime) -> int:
    if (rollout := record.current(db, FLAG)) is None:
        raise Refused(NONE)
    return rollout.id


def _pending(db: Db, _: datetime, rollout_id: int) -> Decision | None:
    return record.pending(db, rollout_id)
