"""Makes the spans of a process with OpenTelemetry's SDK, and sends them to the collector."""

import os
import threading
from collections.abc import Mapping, Sequence

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    TraceFlags,
    format_trace_id,
    set_span_in_context,
)

from playhead import __version__
from playhead.metrics.metrics import Metrics
from playhead.tracing.exporter import CountingExporter, SpanQueue
from playhead.tracing.ids import root_of

CLOSE_S = 1.0
"""How long the end of a process waits for its last spans: a collector answers in milliseconds, or not at all. A web
process is to be gone 3 s after its signal."""
SAMPLED = TraceFlags(TraceFlags.SAMPLED)

Attributes = Mapping[str, str | int | float | Sequence[str] | Sequence[int]]


class Spans:
    """The spans of one process. Create it after a fork: its thread does not survive one. Safe for threads.

    The standard variables of OpenTelemetry decide the rest: `OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS`,
    `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_BSP_…` and so on.

    Args:
        url: of the collector, which takes OTLP over HTTP.
        service: the name of the service, unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` names it.
        metrics: where spans are counted.
        exporter: sends spans; by default to the URL.
    """

    def __init__(self, url: str, service: str, metrics: Metrics, exporter: SpanExporter | None = None) -> None:
        self._ids = _Ids()
        # Nothing is registered for the end of the process: that could wait for half a minute.
        self._provider = TracerProvider(resource=_resource(service), id_generator=self._ids, shutdown_on_exit=False)
        self._exporter = CountingExporter(exporter or OTLPSpanExporter(endpoint=url), metrics)
        self._provider.add_span_processor(SpanQueue(self._exporter, metrics))
        self._tracer = self._provider.get_tracer("playhead", __version__)

    def root(self, name: str, attributes: Attributes, links: Sequence[Link] = ()) -> Span:
        """Begins a trace, whatever the caller's context; the sampler decides whether it is recorded."""
        return self._tracer.start_span(
            name, context=Context(), kind=SpanKind.SERVER, attributes=attributes, links=links
        )

    def child(
        self,
        name: str,
        trace: int,
        parent: int,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes | None = None,
        links: Sequence[Link] = (),
        began_ns: int | None = None,
        span_id: int = 0,
    ) -> Span:
        """Begins a span of a trace that is recorded.

        Args:
            trace, parent: the ids of the trace and of the span that it belongs to, which may be another process's.
            began_ns: when it began, in ns since 1970; None: now.
            span_id: its id; 0: a random one.
        """
        self._ids.give(span_id)
        # An empty context: that of this moment may be that of another request.
        context = set_span_in_context(NonRecordingSpan(context_of(trace, parent)), Context())
        return self._tracer.start_span(
            name, context=context, kind=kind, attributes=attributes, links=links, start_time=began_ns
        )

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """Sends what waits, and ends; gives up after the timeout."""
        ending = threading.Thread(target=self._provider.shutdown, name="end-of-traces", daemon=True)
        ending.start()
        ending.join(timeout_s)
        if ending.is_alive():
            self._exporter.give_up()


def context_of(trace: int, span_id: int) -> SpanContext:
    """Returns what refers to a span of a trace that is recorded."""
    return SpanContext(trace, span_id, is_remote=True, trace_flags=SAMPLED)


def trace_id_of(span: Span) -> str:
    """Returns the id of a span's trace, as a status has it."""
    return format_trace_id(span.get_span_context().trace_id)


class _Ids(RandomIdGenerator):
    """Random ids, but for spans whose id follows from their trace."""

    def __init__(self) -> None:
        self._given = threading.local()

    def give(self, span_id: int) -> None:
        """Sets the id of the next span of this thread; 0: random."""
        self._given.id = span_id

    def generate_trace_id(self) -> int:
        trace = super().generate_trace_id()
        while not root_of(trace):
            trace = super().generate_trace_id()
        self.give(root_of(trace))  # the SDK asks for the id of the root next
        return trace

    def generate_span_id(self) -> int:
        given: int = getattr(self._given, "id", 0)
        self._given.id = 0
        return given or super().generate_span_id()


def _resource(service: str) -> Resource:
    """What the spans of this process have in common."""
    named = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return Resource.create({"service.version": __version__} | ({} if named else {"service.name": service}))
