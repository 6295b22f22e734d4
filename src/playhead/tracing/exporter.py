"""Sends spans without anybody waiting for it: the queue has a bound, and what is lost is counted and logged."""

import logging
import os
import threading
from collections.abc import Callable, Sequence
from time import monotonic

from opentelemetry.context import Context
from opentelemetry.sdk.environment_variables import OTEL_BSP_MAX_QUEUE_SIZE
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from playhead import log
from playhead.metrics.catalog import TRACE_SPANS
from playhead.metrics.metrics import Metrics

LOG_EVERY_S = 60.0
QUEUE_SIZE = 2048
"""Spans that wait, at most 5 MB: the default of OpenTelemetry."""
REASON_MAX = 500
TALKATIVE = ("opentelemetry.exporter.otlp.proto.http.trace_exporter", "opentelemetry.sdk._shared_internal")
"""OpenTelemetry's loggers that write a line or a traceback for each batch that is not taken."""


class _Silenced(logging.Filter):
    """Keeps the newest line of each level of the loggers, and lets none be written."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[int, str] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        self._lines[record.levelno] = record.getMessage()
        return False

    def take(self) -> str:
        """Returns what was kept, and forgets it."""
        lines = [self._lines[level] for level in sorted(self._lines)]
        self._lines = {}
        return " ".join(lines)[:REASON_MAX]


_silenced = _Silenced()
"""One for the process, as these loggers are."""


class CountingExporter(SpanExporter):
    """Counts what another exporter sent and lost. Logs a loss, a minute later at the earliest the next one."""

    def __init__(self, exporter: SpanExporter, metrics: Metrics, clock: Callable[[], float] = monotonic) -> None:
        self._exporter, self._metrics, self._clock = exporter, metrics, clock
        for name in TALKATIVE:
            logging.getLogger(name).addFilter(_silenced)
        self._lost = 0
        """Spans since the last line."""
        self._logged_at = -LOG_EVERY_S
        self._taken: Callable[[int], None] = lambda _: None

    def on_taken(self, taken: Callable[[int], None]) -> None:
        """Calls this with the number of spans of each batch that left the queue."""
        self._taken = taken

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self._taken(len(spans))
        try:
            result, why = self._exporter.export(spans), ""
        except Exception as error:  # noqa: BLE001 - nobody above could do better
            result, why = SpanExportResult.FAILURE, repr(error)
        if result is SpanExportResult.SUCCESS:
            self._metrics.add(TRACE_SPANS, "sent", amount=len(spans))
        else:
            self._metrics.add(TRACE_SPANS, "failed", amount=len(spans))
            self._log(len(spans), why or _silenced.take())
        return result

    def _log(self, lost: int, why: str) -> None:
        self._lost += lost
        if self._clock() - self._logged_at >= LOG_EVERY_S:
            log.get(__name__).warning("traces are not taken", spans_lost=self._lost, why=why)
            self._lost, self._logged_at = 0, self._clock()

    def give_up(self) -> None:
        """Ends the tries to send a batch."""
        self._exporter.shutdown()

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return self._exporter.force_flush(timeout_millis)


class SpanQueue(SpanProcessor):
    """OpenTelemetry's queue with the thread that empties it. A span that finds it full is dropped and counted."""

    def __init__(self, exporter: CountingExporter, metrics: Metrics) -> None:
        self._metrics = metrics
        self._size = _size(os.environ.get(OTEL_BSP_MAX_QUEUE_SIZE, ""))
        self._waiting, self._lock = 0, threading.Lock()
        exporter.on_taken(self._take)
        self._queue = BatchSpanProcessor(exporter, max_queue_size=self._size)

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        return

    def on_end(self, span: ReadableSpan) -> None:
        with self._lock:
            is_full = self._waiting >= self._size
            self._waiting += not is_full
        if is_full:
            self._metrics.add(TRACE_SPANS, "dropped")
        else:
            self._queue.on_end(span)

    def shutdown(self) -> None:
        self._queue.shutdown()  # type: ignore[no-untyped-call]

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return self._queue.force_flush(timeout_millis)

    def _take(self, spans: int) -> None:
        with self._lock:
            self._waiting -= spans


def _size(given: str) -> int:
    """The size of the queue by its standard variable; without a number, the default."""
    return int(given) if given.isascii() and given.isdigit() and int(given) > 0 else QUEUE_SIZE
