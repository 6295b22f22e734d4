"""Counts the people of a rollout's stage by arm, each once: what happened to them, and who never reported."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, exists, func, select
from sqlalchemy.orm import Session as Db

from playhead.monitoring.watches.exposures import ARMS
from playhead.monitoring.watches.models import WATCHES, ExposureRow, WatchRow
from playhead.monitoring.watches.repository import words


@dataclass(frozen=True, slots=True)
class ArmCounts:
    """People of one arm.

    Args:
        people: with a watch that is old enough, and `harmed` how many of them had each harm in their first two.
    """

    people: int = 0
    harmed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExposedCounts:
    """People of one arm about whom the flags were asked.

    Args:
        due: who were asked about so long ago that a report is due, and `silent` of how many none came.
    """

    exposed: int = 0
    due: int = 0
    silent: int = 0


def count_watches(db: Db, rollout: str, stage: int, since: datetime, until: datetime) -> Mapping[str, ArmCounts]:
    """Counts the people who watched, by arm.

    Of each person the first two watches count, as one observation: most begin at their list, whose watch has no final
    status, and then open a session. Of more, who watches much would be harmed by chance alone.

    Args:
        rollout: the group, and `stage` the share in percent.
        since: a watch that began before belongs to the stage before.
        until: a watch that began later is not finished.
    """
    row = WATCHES.c
    by_person: dict[str, Any] = {"partition_by": row.person, "order_by": (row.begun_at, row.subject)}
    nth = func.row_number().over(**by_person).label("nth")
    second = func.lead(row.harms, 1, "").over(**by_person).label("second")
    is_of_stage = row.rollout == rollout, row.stage == stage, row.begun_at >= since, row.begun_at <= until
    counted = select(row.arm, row.harms, second, nth).where(*is_of_stage, row.weight > 0, row.arm.in_(ARMS.values()))
    mature = counted.subquery()
    kinds = mature.c.arm, mature.c.harms, mature.c.second
    grouped = select(*kinds, func.count()).where(mature.c.nth == 1).group_by(*kinds)
    people: Counter[str] = Counter()
    harmed: dict[str, Counter[str]] = defaultdict(Counter)
    for arm, harms, of_second, count in db.connection().execute(grouped):
        people[arm] += count
        for harm in words(harms) | words(of_second):
            harmed[arm][harm] += count
    return {arm: ArmCounts(people[arm], dict(harmed[arm])) for arm in ARMS.values()}


def count_exposures(db: Db, rollout: str, stage: int, since: datetime, until: datetime) -> Mapping[str, ExposedCounts]:
    """Counts the people about whom the flags were asked, by arm.

    Args:
        since: who was asked about before is not counted, nor is a report of before.
        until: of who was asked about later no report is due.
    """
    row = ExposureRow
    # Whatever they watched: who comes back to a session or a list has the watch of an earlier stage.
    is_silent = ~exists().where(WatchRow.person == row.person, WatchRow.reported_at >= since)
    is_due = row.at <= until
    counts = func.count(), func.sum(case((is_due, 1), else_=0)), func.sum(case((and_(is_due, is_silent), 1), else_=0))
    is_of_stage = row.rollout == rollout, row.stage == stage, row.at >= since
    asked = select(row.arm, *counts).where(*is_of_stage, row.weight > 0, row.arm.in_(ARMS.values()))
    found = {arm: ExposedCounts(*counts) for arm, *counts in db.execute(asked.group_by(row.arm))}
    return {arm: found.get(arm, ExposedCounts()) for arm in ARMS.values()}
