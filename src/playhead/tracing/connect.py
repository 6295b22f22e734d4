"""Decides whether a process is traced; only then anything of OpenTelemetry is loaded."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from playhead.config import Settings
from playhead.errors import ConfigError
from playhead.metrics.metrics import Metrics

if TYPE_CHECKING:
    from playhead.tracing.spans import Spans
    from playhead.tracing.web import WebTracing
    from playhead.tracing.worker import WorkerTracing


def is_installed() -> bool:
    """Whether the packages of `playhead[otel]` are there. Loads none of them."""
    try:
        return all(find_spec(name) for name in ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http"))
    except ModuleNotFoundError:  # not even the package that would contain it
        return False


def check(settings: Settings, is_installed: Callable[[], bool] = is_installed) -> None:
    """Raises ConfigError if traces are to be sent and cannot be."""
    if settings.traces_url and not is_installed():
        raise ConfigError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed. Install playhead[otel], or set "
            "OTEL_TRACES_EXPORTER=none to send no traces."
        )


def open_web(settings: Settings, metrics: Metrics) -> "WebTracing | None":
    """Starts the tracing of a web process; None if nothing is traced. Raises ConfigError as `check`."""
    if not settings.traces_url:
        return None
    check(settings)
    from playhead.tracing.web import WebTracing

    return WebTracing(_spans(settings, "playhead-web", metrics))


def open_worker(settings: Settings, metrics: Metrics) -> "WorkerTracing | None":
    """Starts the tracing of a worker's child, after the fork; None if nothing is traced. Raises ConfigError."""
    if not settings.traces_url:
        return None
    check(settings)
    from playhead.tracing.worker import WorkerTracing

    return WorkerTracing(_spans(settings, "playhead-worker", metrics))


def _spans(settings: Settings, service: str, metrics: Metrics) -> "Spans":
    from playhead.tracing.spans import Spans

    try:
        return Spans(settings.traces_url, service, metrics)
    except ValueError as error:
        raise ConfigError(f"A setting of OpenTelemetry is wrong: {error}.") from error
