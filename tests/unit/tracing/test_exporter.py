"""A collector that is away, slow or full of refusals costs nobody anything: what is lost is counted."""

import threading
from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from structlog.testing import capture_logs

from playhead.metrics.catalog import TRACE_SPANS
from playhead.metrics.metrics import Metrics
from playhead.tracing.exporter import LOG_EVERY_S, QUEUE_SIZE, CountingExporter
from playhead.tracing.spans import Spans
from tests.support.clock import Clock
from tests.support.collector import collector
from tests.unit.tracing.recorded import NOWHERE

THREE = [ReadableSpan(f"span {number}") for number in range(3)]


def counted(metrics: Metrics) -> dict[str, object]:
    return dict(metrics.read().get(TRACE_SPANS.name, {}))


class Held(SpanExporter):
    """Takes nothing until it is let go."""

    def __init__(self) -> None:
        self.has_begun, self.go = threading.Event(), threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.has_begun.set()
        assert self.go.wait(60)
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        self.go.set()


class Broken(SpanExporter):
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        raise RuntimeError("broken")

    def shutdown(self) -> None: ...


def test_span_that_finds_the_queue_full_is_dropped_and_counted() -> None:
    metrics, held = Metrics(), Held()
    spans = Spans(NOWHERE, "test", metrics, held)
    batch = 0
    while not held.has_begun.is_set():  # the thread takes a first batch of them
        spans.root("first", {}).end()
        batch += 1
    for _ in range(QUEUE_SIZE + 7):
        spans.root("more", {}).end()
    dropped = counted(metrics)["dropped"]
    held.go.set()
    spans.close(30)
    assert isinstance(dropped, float)
    assert dropped >= 7
    assert counted(metrics) == {"sent": batch + QUEUE_SIZE + 7 - dropped, "dropped": dropped}


def test_end_of_a_process_does_not_wait_for_a_collector_that_hangs() -> None:
    held = Held()
    spans = Spans(NOWHERE, "test", Metrics(), held)
    spans.root("a", {}).end()
    spans.close(0.05)
    assert held.go.is_set()  # the tries to send were ended


def test_refused_spans_are_counted_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics()
    with collector(status=400) as refusing, capture_logs() as lines:
        spans = Spans(f"{refusing.url}/v1/traces", "test", metrics)
        for _ in range(3):
            spans.root("a", {}).end()
        spans.close(30)
    assert counted(metrics) == {"failed": 3.0}
    (line,) = lines
    assert (line["event"], line["spans_lost"]) == ("traces are not taken", 3)
    assert "400" in line["why"]
    assert caplog.records == []  # of OpenTelemetry's own


def test_losses_are_logged_once_a_minute_with_their_number() -> None:
    clock, metrics = Clock(), Metrics()
    exporter = CountingExporter(Broken(), metrics, clock)
    with capture_logs() as lines:
        for _ in range(3):
            assert exporter.export(THREE) is SpanExportResult.FAILURE
        clock.now += LOG_EVERY_S
        exporter.export(THREE)
    assert [line["spans_lost"] for line in lines] == [3, 9]
    assert lines[0]["why"] == "RuntimeError('broken')"
    assert counted(metrics) == {"failed": 12.0}
