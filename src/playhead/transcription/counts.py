"""Counts what attempts at sessions take and how they end."""

import time
from collections.abc import Callable

from playhead.metrics.catalog import (
    ATTEMPTS,
    AUDIO_TIME,
    FAILURES,
    QUEUE_WAIT,
    REALTIME_FACTOR,
    STAGE_TIME,
    WORK_TIME,
)
from playhead.metrics.metrics import Metrics
from playhead.sessions.models import Session
from playhead.sessions.status import Stage, Status
from playhead.tracing.ports import NO_ATTEMPT, Attempt

OURS = frozenset(
    {"model_unavailable", "storage_unavailable", "audio_missing", "out_of_memory", "timed_out", "internal"}
)
"""The codes of failures that whoever runs the site can mend; any other is of the recording or its language."""


class Counts:
    """Counts one attempt.

    Args:
        metrics: where it is counted.
        session: as it was claimed.
        clock: seconds, monotonic.
        trace: records the same attempt.
    """

    def __init__(
        self,
        metrics: Metrics,
        session: Session,
        clock: Callable[[], float] = time.monotonic,
        *,
        trace: Attempt = NO_ATTEMPT,
    ) -> None:
        self._metrics, self._clock, self._trace = metrics, clock, trace
        self._stage, self._began = session.status.stage, clock()
        self._audio_s = self._work_s = 0.0
        self._has_ended = False
        if self._stage is not Stage.RETRYING:  # the first attempt since the session was queued
            waited = session.status.updated_at - session.queued_at
            metrics.observe(QUEUE_WAIT, waited.total_seconds())

    def stored(self, status: Status) -> None:
        """A status of the attempt was committed."""
        self._trace.stored(status)
        if status.stage is not self._stage:
            present = self._clock()
            self._metrics.observe(STAGE_TIME, present - self._began, self._stage)
            self._stage, self._began = status.stage, present
        if not status.is_final:
            return
        self.ended(status.state)
        if status.error is not None:
            failed(self._metrics, status.error.code)
        if status.stage is Stage.COMPLETED and self._audio_s > 0:
            self._metrics.observe(REALTIME_FACTOR, self._work_s / self._audio_s)

    def transcribed(self, audio_s: float, work_s: float) -> None:
        """So many seconds of audio took so many seconds."""
        self._audio_s += audio_s
        self._work_s += work_s
        self._metrics.add(AUDIO_TIME, amount=audio_s)
        self._metrics.add(WORK_TIME, amount=work_s)

    def ended(self, outcome: str) -> None:
        """The attempt is over: a final state, `postponed`, `released` or `lost`. Counts the first call."""
        if not self._has_ended:
            self._has_ended = True
            self._trace.ended(outcome)
            self._metrics.add(ATTEMPTS, outcome)


def gave_up(metrics: Metrics, code: str) -> None:
    """Counts a session that is given up without an attempt."""
    metrics.add(ATTEMPTS, "gave_up")
    failed(metrics, code)


def failed(metrics: Metrics, code: str) -> None:
    """Counts a session that failed with this code."""
    metrics.add(FAILURES, "us" if code in OURS else "recording")
