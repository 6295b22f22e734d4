"""The spans of an attempt: one for it, and one for each of its stages."""

from opentelemetry.trace import Link, Span, SpanKind, StatusCode

from playhead.sessions.models import Session
from playhead.sessions.status import Status
from playhead.tracing.harmless import harmless
from playhead.tracing.ids import attempt_of, root_of
from playhead.tracing.spans import Attributes, Spans, context_of


class AttemptSpans:
    """Records an attempt. Its parent is the session's upload, and it is linked to the attempt before.

    Which session a message of the queue leads to, the database decides: so the trace is that of the claimed session.
    A stage's span is sent when the stage ends, so that those of a worker that is killed later are there.
    """

    def __init__(self, spans: Spans, session: Session) -> None:
        status = session.status
        self._spans, self._trace = spans, int(str(status.trace_id), 16)
        self._id = attempt_of(self._trace, status.attempt)
        self._of_session: Attributes = {"playhead.session_id": session.id, "playhead.attempt": status.attempt}
        before = [Link(context_of(self._trace, attempt_of(self._trace, status.attempt - 1)))]
        self._span = spans.child(
            "playhead.attempt",
            self._trace,
            root_of(self._trace),
            kind=SpanKind.CONSUMER,
            attributes=self._of_session,
            links=before if status.attempt > 1 else (),
            span_id=self._id,
        )
        self._statuses = 1  # that of the claim
        self._stage_span: Span | None = None
        self._begin(status)

    @harmless
    def stored(self, status: Status) -> None:
        self._statuses += 1
        if status.stage is not self._stage:
            self._end_stage()
            if not status.is_final:
                self._begin(status)
        if status.duration_s is not None:
            self._span.set_attribute("playhead.duration_s", status.duration_s)
        if status.error is not None:
            self._span.set_attribute("error.type", status.error.code)
            self._span.set_status(StatusCode.ERROR, status.error.code)

    @harmless
    def ended(self, outcome: str) -> None:
        self._end_stage()
        self._span.set_attributes({"playhead.outcome": outcome, "playhead.statuses": self._statuses})
        self._span.end()

    def _end_stage(self) -> None:
        if self._stage_span is not None:
            self._stage_span.end()
        self._stage_span = None

    def _begin(self, status: Status) -> None:
        self._stage = status.stage
        name = f"playhead.{status.stage}"
        self._stage_span = self._spans.child(name, self._trace, self._id, attributes=self._of_session)
