"""Composes the Celery worker: its broker, its limits and its shutdown. It never loads Quart.

The parent receives tasks and passes them to its children. A child loads `playhead.worker_context`, which does the work,
at its first task.
"""

import functools
import logging
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import (
    setup_logging,
    worker_process_init,
    worker_process_shutdown,
    worker_shutdown,
    worker_shutting_down,
)

from playhead import log
from playhead.config import Settings
from playhead.flags import connect
from playhead.flags.answers.gate import Gate
from playhead.tracing import connect as tracing
from playhead.transcription import broker, tasks
from playhead.transcription.enqueue import QUEUE

if TYPE_CHECKING:
    from playhead.metrics.exporter import Exporter
    from playhead.transcription.pipeline import WorkerContext
    from playhead.worker_reports import WorkerReports

SOFT_SHUTDOWN_S = 10
"""After SIGTERM or SIGQUIT a task has this time to end; a longer one is put back into the queue for another worker."""
LOST_WAIT_S = 1
"""Time between a child's death and putting its task back. Celery waits for a result meanwhile, and ours have none."""
CHILD_MEMORY_KB = 2 * 1024**2
"""2 GiB: five times what Whisper base needs. A child that uses more is replaced after its task."""


def create_celery(
    settings: Settings,
    *,
    worker_context: "Callable[[Settings, Gate], WorkerContext] | None" = None,
    soft_limit_s: float = tasks.SOFT_LIMIT_S,
    soft_shutdown_s: float = SOFT_SHUTDOWN_S,
) -> Celery:
    """Creates the worker's Celery app; each child process opens its worker context at its first task, after the fork.

    Args:
        settings: the settings of the process.
        worker_context: opens the worker context; replaced in tests.
        soft_limit_s: seconds after which a task is ended.
        soft_shutdown_s: see `SOFT_SHUTDOWN_S`.

    Raises:
        ConfigError: a setting names something that does not exist, or a port that cannot be listened on.
    """
    log.configure(settings.log_format, settings.log_level)  # Celery logs warnings before `setup_logging`
    # It warns about running as root because of pickled messages, which are not accepted here.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    connect.check(settings)
    tracing.check(settings)
    broker.use()
    celery = Celery("playhead", broker=settings.broker)
    celery.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_default_queue=QUEUE,
        worker_prefetch_multiplier=1,
        worker_lost_wait=LOST_WAIT_S,
        worker_concurrency=settings.worker_concurrency,
        worker_max_memory_per_child=CHILD_MEMORY_KB,
        worker_soft_shutdown_timeout=soft_shutdown_s,
        worker_enable_soft_shutdown_on_idle=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_send_task_events=False,
        worker_consumer="playhead.transcription.consumer:Consumer",  # imported later: see `cli.here.consume`
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # by default the worker ends after 100
        broker_channel_error_retry=True,
        broker_transport_options={"visibility_timeout": tasks.VISIBILITY_S, **broker.OPTIONS},
        visibility_timeout=tasks.VISIBILITY_S,
    )
    gate = functools.cache(lambda: connect.open_gate(settings))
    exporter = _exporter(settings)

    @functools.cache
    def context() -> "WorkerContext":
        from playhead.worker_context import open_worker_context

        return (worker_context or open_worker_context)(settings, gate())

    @functools.cache
    def reports() -> "WorkerReports":
        from playhead.worker_reports import WorkerReports

        return WorkerReports(context().database, context().metrics, exporter.channel if exporter else None)

    def reporting_context() -> "WorkerContext":
        reports()
        return context()

    tasks.register(celery, reporting_context, soft_limit_s)

    @setup_logging.connect(weak=False)
    def configure_logging(**_: Any) -> None:
        log.configure(settings.log_format, settings.log_level)
        logging.getLogger("faster_whisper").setLevel(logging.WARNING)  # it logs two lines for each window

    @worker_shutting_down.connect(weak=False)
    def log_end(sig: str, how: str, **_: Any) -> None:
        log.get(__name__).info("the worker ends", signal=sig, how=how)

    @worker_process_init.connect(weak=False)
    def begin(**_: Any) -> None:
        if exporter is not None:
            exporter.close_in_child()

    @worker_process_shutdown.connect(weak=False)
    def close(**_: Any) -> None:
        if context.cache_info().currsize:
            context().publisher.close()
            context().tracing.close()
            reports().close()
            gate().close()
            context().database.close()

    return celery


def _exporter(settings: Settings) -> "Exporter | None":
    """The server of `/metrics`, started, if the settings name a port."""
    if not settings.worker_metrics_port:
        return None
    from playhead.metrics.exporter import Exporter  # only where it is used: it is a tenth of the parent's start

    exporter = Exporter(settings)
    exporter.start()
    worker_shutdown.connect(lambda **_: exporter.close(), weak=False)
    return exporter
