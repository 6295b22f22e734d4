"""Keeps the sums of one process: what its metrics grew by in each minute, written to its own rows."""

import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import event
from sqlalchemy.orm import Session as Db

from playhead.db import Database, DatabaseError, SyncDatabase, insert_of, present
from playhead.metrics.catalog import KINDS
from playhead.metrics.metric import Kind
from playhead.metrics.metrics import Metrics, Reading, grown
from playhead.monitoring.sums.models import SumRow
from playhead.monitoring.sums.reading import MINUTE_S, Part, encode, joined

EVERY_S = 10.0
"""Seconds between two flushes: what the page shows is not older, and a process that is killed loses no more."""
PRESENT = timedelta(seconds=3 * EVERY_S)
"""A process that wrote within this time runs: two of its flushes may have failed."""
MINUTES_MAX = 30
"""Minutes kept in memory while the database is away; of more the two oldest are joined, so nothing is lost."""
REWRITTEN = timedelta(minutes=5)
"""For so long a process writes its row of a minute again. Then the row may be joined with others (`thinning.APART`)."""

Key = tuple[datetime, str]
"""The begin and the source of a row."""


class Recorder:
    """The recorder of one process. Call `write` or `write_sync` every `EVERY_S`, and at the end.

    A row has all of its minute so far, so a write that is repeated adds nothing. A row that was last committed
    `REWRITTEN` ago stays as it is, and what was counted since gets a row of its own. What was counted between two
    flushes belongs to the minute of the first.

    Args:
        metrics: of the process.
        kind: of the process; the source of its rows is the kind and a random id.
        present: the database's time.
        monotonic: seconds that never go back.
    """

    def __init__(
        self,
        metrics: Metrics,
        kind: Literal["web", "worker"],
        *,
        present: Callable[[Db], datetime] = present,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._metrics = metrics
        self._kind = kind
        self._present = present
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._source = self._new_source()
        self._minute: datetime | None = None
        self._before: Reading = {}
        """The reading when the minute began."""
        self._ended: dict[Key, Reading] = {}
        """What was added in minutes that are over, until it is committed."""
        self._committed: tuple[Key, Reading] | None = None
        """The row that was the present one at the last commit."""
        self._clock: tuple[datetime, float] = datetime.now(UTC), monotonic()
        """A time of the database (at first of the machine), and when it was read."""

    async def write(self, database: Database) -> None:
        """Writes what is not committed yet. Raises DatabaseError; then the next call writes it."""
        try:
            await database.run(self.flush)
        except DatabaseError:
            self._note()
            raise

    def write_sync(self, database: SyncDatabase) -> None:
        """Does the same in a worker."""
        try:
            database.run(self.flush)
        except DatabaseError:
            self._note()
            raise

    def flush(self, db: Db) -> None:
        """The query of it."""
        moment = self._present(db)
        with self._lock:
            self._clock = moment, self._monotonic()
            added = self._take(moment)
            ended, now = dict(self._ended), (minute_of(moment), self._source)
        for (begins_at, source), reading in (ended | {now: added}).items():
            _write(db, begins_at, source, moment, reading)
        event.listen(db, "after_commit", lambda _: self._note_commit(ended, (now, added)), once=True)

    def _note(self) -> None:
        """Ends the minute if it is over by the database's last time and the time since."""
        with self._lock:
            self._take(self._clock[0] + timedelta(seconds=self._monotonic() - self._clock[1]))

    def _take(self, moment: datetime) -> Reading:
        """What was added in the minute of `moment`, after the one before is ended."""
        minute, reading = minute_of(moment), self._metrics.read()
        if self._minute is not None and minute != self._minute:
            self._end(self._minute, grown(self._before, reading, KINDS))
            self._before = reading
            if minute < self._minute:  # the clock was set back: the rows of the time before stay as they are
                self._source = self._new_source()
        self._minute = minute
        self._leave_committed(moment)
        return grown(self._before, reading, KINDS)

    def _leave_committed(self, moment: datetime) -> None:
        """Leaves a row that is in part committed as it is, once it is too old to be written again.

        What was counted since gets a new source. The gauges of the minute are in the row already.
        """
        if self._committed is None:
            return
        key, reading = self._committed
        if moment - key[0] > REWRITTEN and (added := self._ended.pop(key, None)) is not None:
            rest = grown(reading, added, KINDS)
            counts = {name: series for name, series in rest.items() if KINDS.get(name) is not Kind.GAUGE}
            self._ended[key[0], self._new_source()] = counts
            self._committed = None

    def _end(self, minute: datetime, added: Reading) -> None:
        self._ended[minute, self._source] = added
        if len(self._ended) > MINUTES_MAX:
            oldest, second = list(self._ended)[:2]
            parts = [
                Part(begins_at, MINUTE_S, self._ended[begins_at, source]) for begins_at, source in (oldest, second)
            ]
            self._ended[second] = joined(parts)
            del self._ended[oldest]

    def _note_commit(self, ended: dict[Key, Reading], now: tuple[Key, Reading]) -> None:
        with self._lock:
            self._committed = now
            for key, reading in ended.items():
                if self._ended.get(key) is reading:
                    del self._ended[key]

    def _new_source(self) -> str:
        return f"{self._kind}-{secrets.token_hex(8)}"


def minute_of(moment: datetime) -> datetime:
    """When the minute of a moment began."""
    return moment.replace(second=0, microsecond=0)


def _write(db: Db, begins_at: datetime, source: str, moment: datetime, reading: Reading) -> None:
    values = {"updated_at": moment, "reading": encode(reading)}
    insert = insert_of(db, SumRow).values(begins_at=begins_at, span_s=MINUTE_S, source=source, **values)
    db.execute(insert.on_conflict_do_update(index_elements=["begins_at", "span_s", "source"], set_=values))
