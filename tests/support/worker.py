"""A worker whose words a test says: the database and the readers cannot tell it from the real one."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from playhead.db import DatabaseGone, SyncDatabase
from playhead.pubsub.publisher import StatusPublisher
from playhead.pubsub.valkey import ValkeySender
from playhead.sessions import attempts
from playhead.sessions.models import Segment
from playhead.sessions.status import Stage, Status
from playhead.transcription.report import Report
from tests.support.stored import read_status
from tests.support.waiting import until

DURATION_S = 10_000.0
LEASE = timedelta(minutes=4)
"""Longer than a test: nobody renews it. Below `attempts.SET_BACK`."""
PACE_S = 0.05
"""Twenty statuses a second: twice what a publisher passes on, so that some are always on their way."""


class Worker:
    """Transcribes a session as the pipeline does, with words of its own instead of an engine's."""

    def __init__(self, database: SyncDatabase, redis_url: str, session_id: str) -> None:
        self.session_id = session_id
        self.database = database
        self.publisher = StatusPublisher(ValkeySender(redis_url))
        self.committed: dict[int, Status] = {}
        """Every status that was true at some time, by its version."""
        self._keep(self.database.run(read_status, session_id))
        self._claim()

    @property
    def newest(self) -> Status:
        return self.report.status

    def advance(
        self, stage: Stage = Stage.TRANSCRIBING, words: int = 1, lines: Sequence[str] = (), **fields: Any
    ) -> None:
        """Commit and publish a status with so many fresh words, each a segment of about 100 bytes on the wire.

        `lines` are segments of a text of their own, in place of words; `fields` are more of the status.
        """
        start = self.newest.segments
        texts = lines or [f"word {n} «ü»" for n in range(start, start + words)]
        fresh = [Segment(n, float(n), n + 0.9, text) for n, text in enumerate(texts, start)]
        position_s = float(start + len(fresh))
        self.report.advance(stage, fresh, **{"position_s": position_s, "progress": position_s / DURATION_S} | fields)
        self._keep(self.newest)

    def finish(self, words: int = 3) -> None:
        """The last words, and the final status."""
        self.advance(Stage.FINALIZING, words)
        self.report.advance(Stage.COMPLETED, progress=1.0)
        self._keep(self.newest)

    @contextmanager
    def at_work(self, pace_s: float = PACE_S) -> Iterator[None]:
        """Words come for the time of the block, whatever breaks."""
        over = threading.Event()
        failures: list[BaseException] = []

        def work() -> None:
            try:
                while not over.wait(pace_s):
                    self._say_or_begin_anew()
            except BaseException as failure:  # noqa: BLE001 - it is the test's, not this thread's
                failures.append(failure)

        thread = threading.Thread(target=work, name="worker")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
        if failures:
            raise failures[0]

    def _say_or_begin_anew(self) -> None:
        """What a task does and the next one after it, without the half minute of a lease between them."""
        try:
            self.advance()
        except DatabaseGone:
            until(self._took_it_again, "the session has another attempt")

    def _took_it_again(self) -> bool:
        try:
            # The commit that broke off may have been one.
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
    """One that has the session for the time of the block, with a first word unless it has only just taken it."""
    one = Worker(database, redis_url, session_id)
    try:
        if begun:
            one.advance(Stage.DECODING, words=0)
            one.advance()
        yield one
    finally:
        one.publisher.close()
