"""What an attempt says of itself: one status after another, stored first, then published, best effort."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from playhead import log
from playhead.db import SyncDatabase
from playhead.pubsub.publisher import MIN_INTERVAL_S, StatusPublisher
from playhead.sessions import attempts
from playhead.sessions.advance import advance
from playhead.sessions.models import Segment, Session
from playhead.sessions.status import Failure, Stage, Status


class Stopped(Exception):
    """The person asked for the session to stop."""


Coalesce = Callable[[str], float]
"""For how long, in seconds, the progress of this person's sessions may be joined; asked anew at each status."""


def usual(_: str) -> float:
    """As long as the wire contract allows at most."""
    return MIN_INTERVAL_S


class Report:
    """The status of one attempt. Every call raises Fenced when the session belongs to another attempt by now."""

    def __init__(
        self,
        database: SyncDatabase,
        publisher: StatusPublisher,
        session: Session,
        coalesce_s: Coalesce = usual,
        lease: timedelta = attempts.LEASE,
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._coalesce_s = coalesce_s
        self._lease = lease
        self._owner_id = session.owner_id
        self.status: Status = session.status

    def say(
        self, stage: Stage, fresh: list[Segment] | None = None, facts: Mapping[str, Any] | None = None, **fields: Any
    ) -> None:
        """Move to a stage, or on in it: commit the next version with the segments it counts, then publish.

        Raises:
            Stopped: a cancellation was asked for; what was said before is committed.
        """
        if fresh:
            fields["segments"] = self.status.segments + len(fresh)
        status = advance(self.status, stage=stage, **fields)
        stop = self._database.run(attempts.save, status, fresh, lease=self._lease, **(facts or {}))
        self.status = status
        self._publisher.min_interval_s = self._coalesce_s(self._owner_id)
        self._publisher.publish(status, self._owner_id)
        if stop and not status.is_final:
            raise Stopped(status.session_id)

    def fail(self, code: str, sentence: str, *, retryable: bool, evidence: str = "") -> None:
        """The final state `failed`; its `debug_id` stands in the log line beside it."""
        failure = failure_of(self.status.session_id, code, sentence, retryable=retryable, evidence=evidence)
        self.say(Stage.FAILED, error=failure)


def failure_of(session_id: str, code: str, sentence: str, *, retryable: bool, evidence: str = "") -> Failure:
    """A failure with an id that finds its log line. People read the sentence; the evidence is for the log only."""
    debug_id = session_id[-12:]
    log.get(__name__).warning(
        "session failed", code=code, debug_id=debug_id, session_id=session_id, evidence=evidence or None
    )
    return Failure(code=code, message=sentence, retryable=retryable, debug_id=debug_id)
