"""What a worker process records: attempts, and publishing."""

from playhead import log
from playhead.live.broker.ports import Sender
from playhead.sessions.models import Session
from playhead.sessions.status import Stage, Status
from playhead.tracing.attempts import AttemptSpans
from playhead.tracing.ports import NO_ATTEMPT, Attempt
from playhead.tracing.publishing import TracedSender
from playhead.tracing.spans import Spans


class WorkerTracing:
    """The tracing parts of a worker's child."""

    def __init__(self, spans: Spans) -> None:
        self._spans = spans

    def sender(self, sender: Sender[Status]) -> Sender[Status]:
        """Returns a sender that records what this one publishes."""
        return TracedSender(sender, self._spans, besides={Stage.QUEUED})

    def begin(self, session: Session) -> Attempt:
        """Begins the record of the attempt that claimed this session, if its upload was recorded."""
        if not isinstance(session.status.trace_id, str):
            return NO_ATTEMPT
        try:
            return AttemptSpans(self._spans, session)
        except Exception:  # noqa: BLE001 - the attempt goes on
            log.get(__name__).exception("an attempt is not traced")
            return NO_ATTEMPT

    def close(self) -> None:
        """Sends what was recorded, within `CLOSE_S`."""
        self._spans.close()
