"""The queries that write what a round found and did. `moment` is the database's time.

A look is written only over the version that was looked at, by who has the lease: whatever a person or another process
did meanwhile stands. What became of a move is a fact, and is written over any version.
"""

from datetime import datetime, timedelta
from math import log
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session as Db

from playhead.db import insert_of
from playhead.rollout.models import LookRow
from playhead.rollout.plan import read
from playhead.rollout.ports import Position
from playhead.rollout.record import (
    DECISIONS,
    ROLLOUTS,
    Decision,
    Done,
    Holder,
    Kind,
    Look,
    Minute,
    Outcome,
    Rollout,
    State,
    decision_of,
    memory_of,
    rollout_of,
    text_of,
)
from playhead.rollout.steps import Step, stage_of
from playhead.rollout.verdict import Hold, Memory

JUDGE = "the judge"
"""Who decides, where it is no person."""
LOG_10 = log(10)


class Overtaken(Exception):
    """Somebody else changed the rollout since it was read."""


def note(
    db: Db,
    moment: datetime,
    kind: Kind,
    *,
    by: str,
    reason: str,
    sentence: str,
    done: Done = Done.ACTED,
    rollout_id: int | None = None,
    stage: int | None = None,
    origin: Position | None = None,
    target: Position | None = None,
    numbers: str = "",
) -> Decision:
    """Records a decision.

    Args:
        by: who decided, an email or `JUDGE`.
        origin: where the slider was, and `target` where it is to be.
        done: what becomes of it at once; a notice is due of what is acted upon.
        numbers: the text of a `Look`.
    """
    values = {
        "rollout_id": rollout_id,
        "at": moment,
        "decision": kind,
        "stage": stage,
        "share_from": origin.share if origin else None,
        "share_to": target.share if target else None,
        "group_from": origin.group if origin else "",
        "group_to": target.group if target else "",
        "by": by,
        "reason": reason,
        "sentence": sentence,
        "numbers": numbers,
        "state": done,
        "acted_at": moment if done is Done.ACTED else None,
        "notice_at": moment if done is Done.ACTED else None,
        "notice_tries": 0,
        "noticed_at": None,
    }
    return decision_of(db.connection().execute(insert(DECISIONS).values(values).returning(DECISIONS)).one())


def last_of_judge(db: Db, rollout_id: int) -> Decision | None:
    """The last decision of the judge about a rollout."""
    mine = select(DECISIONS).where(DECISIONS.c.rollout_id == rollout_id, DECISIONS.c.by == JUDGE)
    row = db.connection().execute(mine.order_by(DECISIONS.c.id.desc()).limit(1)).first()
    return decision_of(row) if row else None


def note_trouble(db: Db, _: datetime, rollout_id: int, trouble: str) -> None:
    """Notes why a round did nothing."""
    changed = ROLLOUTS.c.id == rollout_id, ROLLOUTS.c.trouble != trouble
    db.connection().execute(update(ROLLOUTS).where(*changed).values(trouble=trouble))


def begin_again(db: Db, moment: datetime, rollout: Rollout, who: str, trouble: str) -> None:
    """Begins the evidence of the stage anew, because of this. A hold of the judge stays. Raises Overtaken."""
    memory = memory_of(rollout.memory)
    hold = memory.hold if memory else None
    kept = text_of(Memory(hold=Hold(hold.why, 0, 0.0), holds=memory.holds)) if memory and hold else ""
    _change(db, rollout, who, since=moment, looked_at=moment, memory=kept, look="", trouble=trouble)


def write_look(
    db: Db, moment: datetime, rollout: Rollout, who: str, look: Look, step: Step | None, lease_s: float
) -> Decision | None:
    """Writes a look and the decision that follows from it, and renews the lease to act upon it.

    Raises:
        Overtaken: nothing is written.
    """
    values: dict[str, Any] = {
        "looked_at": look.at,
        "memory": text_of(look.verdict.memory),
        "look": text_of(look),
        "trouble": "",
        "lease_until": moment + timedelta(seconds=lease_s),
    }
    if step is not None:
        values |= {"state": step.state, "held_by": step.held_by}
        if step.kind is Kind.FINISH and step.done is Done.ACTED:
            values |= {"ended_at": moment, "outcome": Outcome.FINISHED}
    _change(db, rollout, who, **values)
    _draw(db, rollout.id, look)
    if step is None:
        return None
    return note(
        db,
        moment,
        step.kind,
        by=JUDGE,
        reason=look.verdict.why,
        sentence=look.verdict.sentence,
        done=step.done,
        rollout_id=rollout.id,
        stage=step.stage,
        origin=rollout.position,
        target=step.target,
        numbers=values["look"],
    )


def follow(db: Db, moment: datetime, rollout: Rollout, who: str, seen: Position) -> None:
    """Notes that a hand moved the slider: a dry run follows it, any other rollout leaves it to people.

    Raises:
        Overtaken: nothing is written.
    """
    _change(db, rollout, who)
    _hand(db, moment, rollout, seen)


def settle(db: Db, moment: datetime, decision: Decision, seen: Position) -> Rollout | None:
    """Notes what became of a decision, by where the slider is now.

    Args:
        seen: where the slider is.

    Returns:
        The rollout as it is then; None if it has ended.
    """
    locked = update(ROLLOUTS).where(ROLLOUTS.c.id == decision.rollout_id).values(version=ROLLOUTS.c.version + 1)
    rollout = rollout_of(db.connection().execute(locked.returning(ROLLOUTS)).one())
    state = Done(db.scalars(select(DECISIONS.c.state).where(DECISIONS.c.id == decision.id)).one())
    if state is Done.ACTED:
        pass
    elif seen == decision.target:
        done = {"state": Done.ACTED, "acted_at": moment, "notice_at": moment}
        db.connection().execute(update(DECISIONS).where(DECISIONS.c.id == decision.id).values(done))
        if rollout.ended_at is None:
            _set(db, rollout.id, **_after(moment, rollout, decision))
    elif rollout.ended_at is None and (state is Done.RECORDED or seen != rollout.position):
        overtake(db, rollout.id)
        _hand(db, moment, rollout, seen)
    row = db.connection().execute(select(ROLLOUTS).where(ROLLOUTS.c.id == rollout.id)).one()
    return rollout_of(row) if row.ended_at is None else None


def overtake(db: Db, rollout_id: int, *kinds: Kind) -> None:
    """Marks what is recorded and not acted upon as overtaken, of these kinds or of all."""
    waiting = [DECISIONS.c.rollout_id == rollout_id, DECISIONS.c.state == Done.RECORDED]
    if kinds:
        waiting.append(DECISIONS.c.decision.in_(kinds))
    db.connection().execute(update(DECISIONS).where(*waiting).values(state=Done.OVERTAKEN))


def give_up_late(db: Db, moment: datetime, decision: Decision, gap_s: float) -> bool:
    """Marks an advance as overtaken that was decided longer ago than this; returns whether it was so."""
    is_late = decision.decision is Kind.ADVANCE and not 0 <= (moment - decision.at).total_seconds() <= gap_s
    if is_late:
        assert decision.rollout_id is not None
        overtake(db, decision.rollout_id, Kind.ADVANCE)
    return is_late


def _after(moment: datetime, rollout: Rollout, decision: Decision) -> dict[str, Any]:
    """The values of a rollout whose slider was moved."""
    assert decision.target is not None
    if decision.decision is Kind.ROLL_BACK:  # its share stays the one that it was taken back from
        return {"ended_at": moment, "outcome": Outcome.ROLLED_BACK, "trouble": ""}
    moved = {"share": decision.target.share, "group": decision.target.group, "trouble": ""}
    anew = {"stage": decision.stage, "since": moment, "looked_at": moment, "memory": "", "look": ""}
    if rollout.held_by is Holder.JUDGE:  # its doubts were about another share
        anew |= {"state": State.RUNNING, "held_by": Holder.NOBODY}
    return moved | anew


def _hand(db: Db, moment: datetime, rollout: Rollout, seen: Position) -> None:
    is_led, stage = not rollout.is_dry_run, stage_of(read(rollout.plan), seen.share)
    state = State.MANUAL if is_led else State.RUNNING if rollout.held_by is Holder.JUDGE else rollout.state
    held_by = Holder.PERSON if state is State.HELD else Holder.NOBODY
    _set(
        db,
        rollout.id,
        state=state,
        held_by=held_by,
        share=seen.share,
        group=seen.group,
        stage=stage,
        since=moment,
        looked_at=moment,
        memory="",
        look="",
        trouble="",
    )
    note(
        db,
        moment,
        Kind.MANUAL,
        by="somebody",
        reason="",
        sentence=_moved_by_hand(rollout, seen),
        rollout_id=rollout.id,
        stage=stage,
        origin=rollout.position,
        target=seen,
        done=Done.ACTED if is_led else Done.NOT_ACTED,
    )


def _moved_by_hand(rollout: Rollout, seen: Position) -> str:
    what = f"from {rollout.share}% to {seen.share}%" if seen.share != rollout.share else f"at {seen.share}%"
    whom = "" if seen.group == rollout.group else f", for other people (group {seen.group})"
    rest = "" if rollout.is_dry_run else " The rollout only watches until it is resumed."
    return f"Somebody moved the slider {what}{whom}.{rest}"


def _change(db: Db, rollout: Rollout, who: str, **values: Any) -> None:
    """Changes a rollout that is as it was read, and led by `who`. Raises Overtaken."""
    row = ROLLOUTS.c
    is_same = row.id == rollout.id, row.version == rollout.version, row.leader == who, row.ended_at.is_(None)
    changed = update(ROLLOUTS).where(*is_same).values(version=row.version + 1, **values)
    if db.connection().execute(changed.returning(row.id)).first() is None:
        raise Overtaken


def _set(db: Db, rollout_id: int, **values: Any) -> None:
    """Changes a rollout whose row this transaction holds."""
    db.connection().execute(update(ROLLOUTS).where(ROLLOUTS.c.id == rollout_id).values(values))


def _draw(db: Db, rollout_id: int, look: Look) -> None:
    """Writes the point of the charts of this minute, over the one of an earlier look."""
    harms = look.verdict.harms
    minute = Minute(
        stream=look.counts.stream.people,
        poll=look.counts.poll.people,
        absolute={one.id: one.log_absolute / LOG_10 for one in harms if one.log_absolute is not None},
        relative={one.id: one.log_relative / LOG_10 for one in harms if one.log_relative is not None},
    )
    point = insert_of(db, LookRow).values(
        rollout_id=rollout_id, at=look.at.replace(second=0, microsecond=0), numbers=text_of(minute)
    )
    newer = point.on_conflict_do_update(index_elements=["rollout_id", "at"], set_={"numbers": point.excluded.numbers})
    db.connection().execute(newer)
