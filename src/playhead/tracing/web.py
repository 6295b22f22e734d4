"""What a web process records: uploads, publishing, streams, and what pages report."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import time_ns

import msgspec
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from playhead import log
from playhead.errors import Problem
from playhead.live.broker.ports import Sender
from playhead.sessions.status import Status
from playhead.tracing.harmless import harmless
from playhead.tracing.ids import TraceId, root_of
from playhead.tracing.publishing import TracedSender
from playhead.tracing.spans import Attributes, Spans, trace_id_of
from playhead.tracing.streams import NS, StreamSpans

CREATED = 201


class WebTracing:
    """The tracing parts of one web process."""

    def __init__(self, spans: Spans) -> None:
        self._spans = spans
        self.streams = StreamSpans(spans)

    def sender(self, sender: Sender[Status]) -> Sender[Status]:
        """Returns a sender that records what this one publishes."""
        return TracedSender(sender, self._spans)

    @contextmanager
    def upload(self, route: str, traceparent: str) -> Iterator[TraceId]:
        """Records an upload, whose span is the root of the session's trace: see `BeginUpload`.

        A client's own trace is linked to, and is no parent: its flag `sampled` would decide what is recorded here, and
        anybody could set it for each of their requests.
        """
        attributes = {"http.request.method": "POST", "http.route": route}
        span = self._spans.root(f"POST {route}", attributes, _links(traceparent))
        try:
            if span.is_recording():
                log.bind(trace_id=trace_id_of(span))
            yield trace_id_of(span) if span.is_recording() else msgspec.UNSET
            span.set_attribute("http.response.status_code", CREATED)
        except BaseException as error:
            _fail(span, error)
            raise
        finally:
            span.end()

    @harmless
    def page(self, status: Status, watched_s: float, attributes: Attributes, harms: Sequence[str]) -> None:
        """Records what a page reported about this session for so many seconds."""
        if not isinstance(status.trace_id, str):
            return
        trace, ended_ns = int(status.trace_id, 16), time_ns()
        span = self._spans.child(
            "playhead.page",
            trace,
            root_of(trace),
            attributes={"playhead.session_id": status.id, **attributes, "playhead.harms": harms},
            began_ns=ended_ns - int(watched_s * NS),
        )
        if harms:
            span.set_status(StatusCode.ERROR, ", ".join(harms))
        span.end(ended_ns)

    def close(self) -> None:
        """Sends what was recorded, within `CLOSE_S`."""
        self._spans.close()


def _fail(span: Span, error: BaseException) -> None:
    """Notes why a request failed: a refusal is the client's matter, and no error of the server."""
    if isinstance(error, Problem):
        span.set_attributes({"http.response.status_code": error.status, "error.type": error.code})
        if error.status < 500:
            return
    else:
        span.set_attribute("error.type", type(error).__qualname__)
    span.set_status(StatusCode.ERROR)


def _links(traceparent: str) -> Sequence[Link]:
    """The span of the client that sent this header, if it is one."""
    context = TraceContextTextMapPropagator().extract({"traceparent": traceparent}, Context())
    caller = get_current_span(context).get_span_context()
    return [Link(caller)] if caller.is_valid else []
