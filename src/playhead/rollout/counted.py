"""What a look at a stage counts: people by arm, and what the servers measured."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session as Db

from playhead.monitoring.sums.worst import worst
from playhead.monitoring.watches.arms import count_exposures, count_watches
from playhead.rollout.counts import Arm, Counts
from playhead.rollout.ports import Position
from playhead.rollout.timings import Timings


def counted(db: Db, moment: datetime, position: Position, since: datetime, timings: Timings) -> Counts:
    """Counts a stage. Four queries; with 100,000 people they take 1 s on PostgreSQL and 3 s on SQLite.

    Args:
        db: a database session.
        moment: the database's time.
        position: where the slider is.
        since: the begin of the stage's evidence.
        timings: when a watch is finished, and a report due.
    """

    def before(seconds: float) -> datetime:
        return moment - timedelta(seconds=seconds)

    asked_since = since + timedelta(seconds=timings.settle_s)
    watched = count_watches(db, position.group, position.share, since, before(timings.mature_s))
    exposed = count_exposures(db, position.group, position.share, asked_since, before(timings.due_s))

    def arm(name: str) -> Arm:
        return Arm(
            people=watched[name].people,
            harmed=watched[name].harmed,
            exposed=exposed[name].exposed,
            silent=exposed[name].silent,
            silent_of=exposed[name].due,
        )

    return Counts(stream=arm("stream"), poll=arm("poll"), server=worst(db, moment))
