"""Reports the progress of an attempt: each status is stored first, then published, best effort."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from playhead import log
from playhead.db import SyncDatabase
from playhead.live.publisher import MIN_INTERVAL_S, StatusPublisher
from playhead.metrics.metrics import Metrics
from playhead.sessions import attempts
from playhead.sessions.advance import advance
from playhead.sessions.facts import TextWarning
from playhead.sessions.models import Segment, Session
from playhead.sessions.status import Failure, Stage, Status
from playhead.tracing.ports import NO_ATTEMPT, Attempt
from playhead.transcription.counts import Counts


class Stopped(Exception):
    """A person canceled the session."""


Coalesce = Callable[[str], float]
"""Seconds for which progress of this person's sessions may be conflated into one message; called at each status."""


def longest_coalesce(_: str) -> float:
    """The longest time that the wire contract allows."""
    return MIN_INTERVAL_S


class Report:
    """The status of one attempt. Every method raises Fenced once the session belongs to another attempt."""

    def __init__(
        self,
        database: SyncDatabase,
        publisher: StatusPublisher[Status],
        session: Session,
        coalesce_s: Coalesce = longest_coalesce,
        lease: timedelta = attempts.LEASE,
        metrics: Metrics | None = None,
        trace: Attempt = NO_ATTEMPT,
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._coalesce_s = coalesce_s
        self._lease = lease
        self._owner_id = session.owner_id
        self._draft = session.draft
        self._is_warned = False
        self._warnings = {one.code: one for one in (session.draft or session).warnings or ()}
        self.counts = Counts(metrics or Metrics(), session, trace=trace)
        self.status: Status = session.status

    @property
    def written(self) -> int:
        """Segments of the text that is written, which is not served yet if there is one that is."""
        return self.status.segments if self._draft is None else self._draft.segments

    def warn(self, *warnings: TextWarning) -> None:
        """Stores warnings about the text with the next status; one takes the place of another with its code."""
        self._warnings |= {one.code: one for one in warnings}
        self._is_warned = True

    def advance(
        self, stage: Stage, fresh: list[Segment] | None = None, facts: Mapping[str, Any] | None = None, **fields: Any
    ) -> None:
        """Commits the next status with its new segments in one transaction, then publishes it.

        Args:
            stage: the present stage, which may be the same as before.
            fresh: new segments, in order.
            facts: columns of the session to set: `duration_s`, `language`, `engine`, `speed`, `tracks`.
            fields: fields of the status to change.

        Raises:
            Stopped: a person canceled the session; everything reported so far is committed.
        """
        found = dict(facts or {})
        if self._is_warned:
            found["warnings"] = tuple(self._warnings.values())
        draft = self._draft
        if draft is None:
            if fresh:
                fields["segments"] = self.status.segments + len(fresh)
            if self._is_warned:
                fields["warnings"] = found["warnings"]
        else:
            stored = {name: value for name, value in found.items() if value is not None}
            draft = replace(draft, segments=draft.segments + len(fresh or ()), **stored)
            if stage is Stage.COMPLETED:
                fields |= {"revision": self.status.next_revision, "next_revision": UNSET, "segments": draft.segments}
                fields["warnings"] = draft.warnings or UNSET
        status = advance(self.status, stage=stage, **fields)
        audio_s = max(0.0, (status.position_s or 0.0) - (self.status.position_s or 0.0)) if fresh is not None else 0.0
        stop = self._database.run(
            attempts.save, status, fresh, draft=draft, audio_s=audio_s, lease=self._lease, **found
        )
        self.status, self._draft, self._is_warned = status, draft, False
        self.counts.stored(status)
        self._publisher.min_interval_s = self._coalesce_s(self._owner_id)
        self._publisher.publish(status, self._owner_id)
        if stop and not status.is_final:
            raise Stopped(status.session_id)

    def fail(self, code: str, sentence: str, *, retryable: bool, evidence: str = "") -> None:
        """Reports the final state `failed`, and logs it with its `debug_id`."""
        failure = failure_of(self.status.session_id, code, sentence, retryable=retryable, evidence=evidence)
        self.advance(Stage.FAILED, error=failure)


def failure_of(session_id: str, code: str, sentence: str, *, retryable: bool, evidence: str = "") -> Failure:
    """Creates a failure and logs it. People read the sentence; `evidence` is for the log only."""
    debug_id = session_id[-12:]
    log.get(__name__).warning(
        "session failed", code=code, debug_id=debug_id, session_id=session_id, evidence=evidence or None
    )
    return Failure(code=code, message=sentence, retryable=retryable, debug_id=debug_id)
