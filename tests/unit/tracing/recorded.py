"""Spans that are kept in memory instead of being sent."""

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from playhead.metrics.metrics import Metrics
from playhead.tracing.spans import Spans

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
NOWHERE = "http://127.0.0.1:1/v1/traces"


class Recorded:
    """`spans` is for the tested code; `all` ends it and has what was recorded, in the order of the ends."""

    def __init__(self) -> None:
        self._kept = InMemorySpanExporter()
        self.metrics = Metrics()
        self.spans = Spans(NOWHERE, "test", self.metrics, self._kept)

    def all(self) -> list[ReadableSpan]:
        self.spans.close()
        return list(self._kept.get_finished_spans())


def attributes(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


def ids(span: ReadableSpan) -> tuple[str, str]:
    """The ids of the trace and of the parent, in hexadecimal digits."""
    assert span.parent is not None
    return f"{span.parent.trace_id:032x}", f"{span.parent.span_id:016x}"
