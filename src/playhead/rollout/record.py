"""What is recorded of rollouts, and the queries that read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Row, Table, select
from sqlalchemy.orm import Session as Db

from playhead.db import Base
from playhead.rollout.counts import Counts
from playhead.rollout.models import DecisionRow, LookRow, RolloutRow
from playhead.rollout.ports import Position
from playhead.rollout.verdict import Memory, Verdict

T = TypeVar("T")

ROLLOUTS: Table = Base.metadata.tables[RolloutRow.__tablename__]
DECISIONS: Table = Base.metadata.tables[DecisionRow.__tablename__]
LOOKS: Table = Base.metadata.tables[LookRow.__tablename__]
NEWEST = 100
"""Decisions that are shown. A rollout of six stages that is held now and then has about twenty."""


class State(StrEnum):
    """Of a rollout that has not ended."""

    RUNNING = "running"
    HELD = "held"
    """It stays at its stage, and is taken back if that is certain."""
    MANUAL = "manual"
    """A hand moved the slider: it is watched, and nobody but a person moves it."""


class Holder(StrEnum):
    """Who holds it."""

    NOBODY = ""
    JUDGE = "judge"
    PERSON = "person"


class Outcome(StrEnum):
    """How a rollout ended."""

    ROLLED_BACK = "rolled_back"
    STOPPED = "stopped"
    FINISHED = "finished"


class Kind(StrEnum):
    """What was decided or, for `manual`, found."""

    START = "start"
    ADVANCE = "advance"
    HOLD = "hold"
    RESUME = "resume"
    ROLL_BACK = "roll_back"
    MOVE = "move"
    MANUAL = "manual"
    STOP = "stop"
    FINISH = "finish"
    EMERGENCY = "emergency"
    LIFT = "lift"


class Done(StrEnum):
    """What became of a decision."""

    RECORDED = "recorded"
    """The slider is to be moved, and it is not known whether it was."""
    ACTED = "acted"
    NOT_ACTED = "not_acted"
    """It would have been, but for a dry run or a hand on the slider."""
    OVERTAKEN = "overtaken"
    """The slider was moved by somebody else, or a person decided otherwise."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What a look counted and found."""

    at: datetime
    stage: int
    share: int
    counts: Counts
    verdict: Verdict


class Minute(msgspec.Struct, frozen=True, kw_only=True):
    """A point of the charts: finished people of both arms, and log10 of the evidence of each harm."""

    stream: int
    poll: int
    absolute: Mapping[str, float]
    relative: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """A row of `RolloutRow`; the fields are explained there."""

    id: int
    flag: str
    group: str
    state: State
    held_by: Holder
    is_dry_run: bool
    plan: str
    stage: int
    share: int
    since: datetime
    looked_at: datetime | None
    memory: str
    look: str
    trouble: str
    version: int
    leader: str
    lease_until: datetime | None
    begun_at: datetime
    begun_by: str
    reason: str
    ended_at: datetime | None
    outcome: str

    @property
    def position(self) -> Position:
        """Where it left or last saw the slider."""
        return Position(self.share, self.group)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A row of `DecisionRow`; the fields are explained there."""

    id: int
    rollout_id: int | None
    at: datetime
    decision: Kind
    stage: int | None
    share_from: int | None
    share_to: int | None
    group_from: str
    group_to: str
    by: str
    reason: str
    sentence: str
    numbers: str
    state: Done
    acted_at: datetime | None

    @property
    def origin(self) -> Position | None:
        """Where the slider was."""
        return None if self.share_from is None else Position(self.share_from, self.group_from)

    @property
    def target(self) -> Position | None:
        """Where it is to be."""
        return None if self.share_to is None else Position(self.share_to, self.group_to)


class ChartPoint(NamedTuple):
    at: datetime
    minute: Minute


def current(db: Db, flag: str) -> Rollout | None:
    """The rollout of this flag that has not ended; the one query of a round where there is none."""
    found = select(ROLLOUTS).where(ROLLOUTS.c.flag == flag, ROLLOUTS.c.ended_at.is_(None))
    row = db.connection().execute(found).first()
    return rollout_of(row) if row else None


def past(db: Db, flag: str) -> Sequence[Rollout]:
    """Those that have ended, the newest first."""
    ended = select(ROLLOUTS).where(ROLLOUTS.c.flag == flag, ROLLOUTS.c.ended_at.is_not(None))
    rows = db.connection().execute(ended.order_by(ROLLOUTS.c.id.desc()).limit(NEWEST))
    return [rollout_of(row) for row in rows]


def decisions(db: Db, limit: int = NEWEST) -> Sequence[Decision]:
    """The decisions about all rollouts, the newest first."""
    rows = db.connection().execute(select(DECISIONS).order_by(DECISIONS.c.id.desc()).limit(limit))
    return [decision_of(row) for row in rows]


def pending(db: Db, rollout_id: int) -> Decision | None:
    """The oldest decision that is recorded and not acted upon."""
    due = select(DECISIONS).where(DECISIONS.c.rollout_id == rollout_id, DECISIONS.c.state == Done.RECORDED)
    row = db.connection().execute(due.order_by(DECISIONS.c.id).limit(1)).first()
    return decision_of(row) if row else None


def chart(db: Db, rollout_id: int, since: datetime) -> Sequence[ChartPoint]:
    """The points of the charts since the minute of a moment, in the order of time.

    What another release wrote is left out.
    """
    minute = since.replace(second=0, microsecond=0)
    kept = select(LOOKS).where(LOOKS.c.rollout_id == rollout_id, LOOKS.c.at >= minute)
    found = [(row.at, _decode(row.numbers, Minute)) for row in db.connection().execute(kept.order_by(LOOKS.c.at))]
    return [ChartPoint(at, minute) for at, minute in found if minute is not None]


def look_of(text: str) -> Look | None:
    """A look from its text; None without one, and of one that another release wrote in another form."""
    return _decode(text, Look)


def memory_of(text: str) -> Memory | None:
    """A judge's memory from its text; None as for a look."""
    return _decode(text, Memory)


def text_of(value: Look | Memory | Minute) -> str:
    """The text of one of these."""
    return msgspec.json.encode(value).decode()


def rollout_of(row: Row[Any]) -> Rollout:
    """The rollout of a row."""
    values = {one.name: getattr(row, one.name) for one in fields(Rollout)}
    return Rollout(**values | {"state": State(row.state), "held_by": Holder(row.held_by)})


def decision_of(row: Row[Any]) -> Decision:
    """The decision of a row."""
    values = {one.name: getattr(row, one.name) for one in fields(Decision)}
    return Decision(**values | {"decision": Kind(row.decision), "state": Done(row.state)})


def _decode(text: str, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(text, type=kind) if text else None
    except msgspec.DecodeError:
        return None
