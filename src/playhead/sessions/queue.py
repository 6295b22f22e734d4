"""The queries of the queue: whose turn it is, what people used, and who stands where."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session as Db

from playhead.db import Moment, insert_of, present
from playhead.sessions.models import SessionRow, TurnRow
from playhead.sessions.queue_estimator import QueueEstimator, range_of
from playhead.sessions.stalled import is_old, is_stalled
from playhead.sessions.status import State, decode
from playhead.sessions.turns import Person, Planned, Work, choose, decayed, plan

SHOWN = 100
"""Positions that are kept current. Further back people do not count, and each change would rewrite every row."""
ROW = SessionRow
JUST_SENT = timedelta(seconds=1)
"""PostgreSQL shows each query what was committed before it. So a message that is confirmed while a worker chooses has a
time after the worker's moment; it is not a delayed one, and the worker has it."""
SET_BACK = timedelta(minutes=5)
"""Longer than any lease, or wait for a message. A time further ahead was written before the clock was set back (that of
a laptop by an hour, for example). It counts as past, because the session would be stuck until then."""


def next_in_turn(db: Db, most: int = 0) -> tuple[str, str] | None:
    """The id and the owner of the session that a free worker is to claim; None if none may be.

    Args:
        most: the running sessions that a person may have; 0: no limit.
    """
    while True:
        moment = present(db)
        people, running = _people(db, moment)
        # Whoever asks is a free worker, beside those that are busy.
        found = choose(people, sum(running.values()) + 1, most)
        if found is None:
            return None
        # Each by its own index; together they would be a scan.
        first = [
            db.execute(
                select(ROW.queued_at, ROW.id)
                .where(ROW.state == state, ROW.owner_id == found.id, _waits(moment))
                .order_by(ROW.queued_at, ROW.id)
                .limit(1)
            ).first()
            for state in (State.QUEUED, State.PROCESSING)
        ]
        waiting = [(row.queued_at, row.id) for row in first if row is not None]
        if waiting:  # else it was canceled or deleted since the people were read
            return min(waiting)[1], found.id


def note_turn(db: Db, owner_id: str, moment: datetime) -> None:
    """A worker has claimed a session of this person."""
    _turn(db, owner_id, moment).last_turn_at = moment


def charge(db: Db, session_id: str, audio_s: float, moment: datetime) -> None:
    """So many seconds of audio were transcribed for the owner of this session."""
    owner_id = db.scalars(select(ROW.owner_id).where(ROW.id == session_id)).one()
    turn = _turn(db, owner_id, moment)
    turn.used_s = decayed(turn.used_s, (moment - turn.used_at).total_seconds()) + audio_s
    turn.used_at = moment


def planned(db: Db, most: int = 0) -> list[tuple[str, dict[str, Any]]]:
    """The first `SHOWN` sessions of the queue with their position and estimate, as fields of their status."""
    moment, estimator = present(db), QueueEstimator(db)
    people, _ = _people(db, moment)
    waiting: dict[str, list[Work]] = defaultdict(list)
    nth = func.row_number().over(partition_by=ROW.owner_id, order_by=(ROW.queued_at, ROW.id)).label("nth")
    first = select(ROW.id, nth).where(_waits(moment)).subquery()
    rows = select(ROW).join(first, first.c.id == ROW.id).where(first.c.nth <= SHOWN)
    for row in db.scalars(rows.order_by(ROW.queued_at, ROW.id)):
        waiting[row.owner_id].append(_work(row, estimator))
    busy = select(ROW).where(ROW.state == State.PROCESSING, ROW.lease_until > moment)
    running = [_work(row, estimator) for row in db.scalars(busy)]
    return [
        (one.id, {"queue_position": position, **_estimate(one)})
        for position, one in enumerate(islice(plan(people, waiting, running, moment, most), SHOWN), start=1)
    ]


@dataclass(frozen=True, slots=True)
class QueueSize:
    """How much waits and runs, over all workers."""

    waiting: int
    """Sessions that a worker may claim now."""
    oldest_s: float
    """How long the first of them has waited, in seconds; 0: none waits. After an attempt it waits from its end."""
    running: int
    stalled: int = 0
    """Of the running ones, those without progress for longer than a worker allows (`stalled`)."""


def size(db: Db, stall_s: float) -> QueueSize:
    """Reads how long the queue is; cheap enough for every few seconds.

    Args:
        stall_s: the setting.
    """
    moment = present(db)
    # Each on the index of its state; together they would be a scan. They are counted where they are: to read 10,000
    # rows takes this process 30 ms, in which streams wait for the interpreter.
    queued = select(func.count(), func.min(ROW.queued_at)).where(ROW.state == State.QUEUED, _is_due(moment))
    waiting, oldest = db.execute(queued).one()
    since = func.coalesce(ROW.changed_at, ROW.queued_at, type_=Moment)
    runs, again, may_be_stalled = ROW.lease_until > moment, _waits(moment), is_old(moment, stall_s)
    counted = [func.count(case((one, 1))) for one in (runs, again, may_be_stalled)]
    begun = select(func.min(case((again, since))), *counted).where(ROW.state == State.PROCESSING)
    oldest_again, running, waiting_again, old = db.execute(begun).one()
    stalled = 0
    if old:
        held = select(ROW.status, since).where(ROW.state == State.PROCESSING, may_be_stalled)
        stalled = sum(is_stalled(status, changed_at, moment, stall_s) for status, changed_at in db.execute(held))
    first = min((found for found in (oldest, oldest_again) if found is not None), default=moment)
    return QueueSize(
        waiting=waiting + waiting_again,
        oldest_s=max(0.0, (moment - first).total_seconds()),
        running=running,
        stalled=stalled,
    )


def _people(db: Db, moment: datetime) -> tuple[list[Person], Counter[str]]:
    """Everybody with a session that waits, and how many sessions of each person run."""
    first: dict[str, datetime] = {row[0]: row[1] for row in db.execute(first_queued(moment)) if row[1] is not None}
    running: Counter[str] = Counter()
    held = select(ROW.owner_id, ROW.queued_at, ROW.lease_until, _waits(moment)).where(ROW.state == State.PROCESSING)
    for owner_id, queued_at, lease_until, waits in db.execute(held):
        if lease_until is not None and lease_until > moment:
            running[owner_id] += 1
        elif waits:
            first[owner_id] = min(first.get(owner_id, queued_at), queued_at)
    turns = {row.owner_id: row for row in db.scalars(select(TurnRow).where(TurnRow.owner_id.in_(first.keys())))}
    people = [
        _person(owner_id, queued_at, running[owner_id], turns.get(owner_id), moment)
        for owner_id, queued_at in first.items()
    ]
    return people, running


def first_queued(moment: datetime) -> Select[str, datetime | None]:
    """Each person with queued sessions, and when the first that is due was queued.

    Jumps from person to person in the index, instead of reading 10,000 sessions of a few people (a "loose index scan").
    """
    queued = ROW.state == State.QUEUED
    owners = select(func.min(ROW.owner_id).label("id")).where(queued).cte("owners", recursive=True)
    after = select(func.min(ROW.owner_id)).where(queued, ROW.owner_id > owners.c.id).scalar_subquery()
    owners = owners.union_all(select(after).where(owners.c.id.is_not(None)))
    first = select(func.min(ROW.queued_at)).where(queued, _is_due(moment), ROW.owner_id == owners.c.id)
    return select(owners.c.id, first.scalar_subquery()).where(owners.c.id.is_not(None))


def _person(owner_id: str, queued_at: datetime, running: int, turn: TurnRow | None, moment: datetime) -> Person:
    used_s = decayed(turn.used_s, (moment - turn.used_at).total_seconds()) if turn else 0.0
    last = turn.last_turn_at if turn else None
    return Person(id=owner_id, used_s=used_s, running=running, last_turn_at=last, queued_at=queued_at)


def _waits(moment: datetime) -> ColumnElement[bool]:
    """Sessions that a worker may claim now: queued ones, and those whose attempt ended; unless they are delayed."""
    is_free = or_(ROW.lease_until.is_(None), ROW.lease_until <= moment)
    again = and_(ROW.state == State.PROCESSING, is_free, ROW.cancel_requested.is_(False))
    return and_(or_(ROW.state == State.QUEUED, again), _is_due(moment))


def _is_due(moment: datetime) -> ColumnElement[bool]:
    """Whether a session is not delayed. A time beyond `SET_BACK` was written before the clock was set back."""
    return or_(ROW.sent_at.is_(None), ROW.sent_at <= moment + JUST_SENT, ROW.sent_at > moment + SET_BACK)


def _turn(db: Db, owner_id: str, moment: datetime) -> TurnRow:
    """The person's row, locked; made if there is none yet."""
    db.execute(insert_of(db, TurnRow).values(owner_id=owner_id, used_s=0.0, used_at=moment).on_conflict_do_nothing())
    return db.scalars(select(TurnRow).where(TurnRow.owner_id == owner_id).with_for_update()).one()


def _work(row: SessionRow, estimator: QueueEstimator) -> Work:
    left = 1 - (decode(row.status).progress or 0.0)
    work_s, audio_s = estimator.needs(row.filename, row.size_bytes * left)
    return Work(id=row.id, owner_id=row.owner_id, work_s=work_s, audio_s=audio_s)


def _estimate(one: Planned) -> dict[str, Any]:
    return {"eta_s": None, "eta_range_s": None} if one.eta_s is None else range_of(one.eta_s)


def mark(db: Db) -> tuple[int, datetime | None]:
    """What differs after a session has left the queue, or one has joined it, which is the last one then."""
    count, last = db.execute(select(func.count(), func.max(ROW.queued_at)).where(ROW.state == State.QUEUED)).one()
    return count, last


def queued(db: Db, ids: Collection[str]) -> Sequence[SessionRow]:
    """Those of these sessions that are queued, locked."""
    query = select(ROW).where(ROW.id.in_(ids), ROW.state == State.QUEUED).order_by(ROW.id)
    return db.scalars(query.with_for_update().execution_options(populate_existing=True)).all()
