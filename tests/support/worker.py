"""A worker without an engine, whose segments a test sets; it writes and publishes as the real one does."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from playhead.db import DatabaseGone, SyncDatabase
from playhead.live.broker.sender import ValkeySender
from playhead.live.publisher import StatusPublisher
from playhead.sessions import attempts
from playhead.sessions.models import Segment
from playhead.sessions.status import Stage, Status
from playhead.transcription.report import Report
from tests.support.beside import repeated
from tests.support.stored import read_status
from tests.support.waiting import until

DURATION_S = 10_000.0
LEASE = timedelta(minutes=4)
"""Longer than a test, because it is not renewed. Below `queue.SET_BACK`."""
INTERVAL_S = 0.05
"""Twenty statuses a second: twice as many as a publisher sends, so that some are always waiting."""


class Worker:
    """Transcribes a session as the pipeline does, with generated words instead of an engine's."""

    def __init__(self, database: SyncDatabase, redis_url: str, session_id: str) -> None:
        self.session_id = session_id
        self.database = database
        self.publisher: StatusPublisher[Status] = StatusPublisher(ValkeySender(redis_url))
        self.committed: dict[int, Status] = {}
        """Every status that was committed, by version."""
        self._keep(self.database.run(read_status, session_id))
        self._claim()

    @property
    def newest(self) -> Status:
        return self.report.status

    def advance(
        self, stage: Stage = Stage.TRANSCRIBING, words: int = 1, lines: Sequence[str] = (), **fields: Any
    ) -> None:
        """Commits and publishes a status with new segments.

        Args:
            words: the number of segments, each a word, about 100 bytes on the wire.
            lines: the texts of the segments, instead of words.
            fields: more fields of the status.
        """
        start = self.newest.segments
        texts = lines or [f"word {n} «ü»" for n in range(start, start + words)]
        fresh = [Segment(n, float(n), n + 0.9, text) for n, text in enumerate(texts, start)]
        position_s = float(start + len(fresh))
        self.report.advance(stage, fresh, **{"position_s": position_s, "progress": position_s / DURATION_S} | fields)
        self._keep(self.newest)

    def finish(self, words: int = 3) -> None:
        """Commits the last words, and the final status."""
        self.advance(Stage.FINALIZING, words)
        self.report.advance(Stage.COMPLETED, progress=1.0)
        self._keep(self.newest)

    @contextmanager
    def at_work(self, interval_s: float = INTERVAL_S) -> Iterator[None]:
        """Adds words in a thread for the time of the block, whatever breaks."""
        with repeated(self._advance_or_reclaim, interval_s, "worker"):
            yield

    def _advance_or_reclaim(self) -> None:
        """Advances, or begins another attempt when the database was gone, without waiting for the lease to run out."""
        try:
            self.advance()
        except DatabaseGone:
            until(self._reclaimed, "the session has another attempt")

    def _reclaimed(self) -> bool:
        try:
            # The interrupted commit may have succeeded.
            self._keep(self.database.run(read_status, self.session_id))
            if self.newest.attempt == self.committed[max(self.committed)].attempt:
                self._keep(self.database.run(attempts.release, self.session_id, self.newest.attempt).status)
            self._claim()
        except DatabaseGone:
            return False
        return True

    def _claim(self) -> None:
        session = self.database.run(attempts.claim, self.session_id, "words of its own", lease=LEASE)
        self.report = Report(self.database, self.publisher, session, lease=LEASE)
        self._keep(session.status)
        self.publisher.publish(session.status, session.owner_id)

    def _keep(self, status: Status) -> None:
        self.committed[status.version] = status


@contextmanager
def worker(database: SyncDatabase, redis_url: str, session_id: str, begun: bool = True) -> Iterator[Worker]:
    """Claims the session for the time of the block; with `begun` adds a first word."""
    one = Worker(database, redis_url, session_id)
    try:
        if begun:
            one.advance(Stage.DECODING, words=0)
            one.advance()
        yield one
    finally:
        one.publisher.close()
