"""Composition root of a Celery worker: which broker, which engine, which database. It never loads Quart."""

import functools
import logging
import tempfile
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery import Celery
from celery.exceptions import CPendingDeprecationWarning
from celery.signals import setup_logging, worker_process_shutdown

import playhead.accounts.models  # noqa: F401 - sessions refer to its tables, so SQLAlchemy must know them
from playhead import log
from playhead.config import Settings
from playhead.db import SyncDatabase
from playhead.flags import connect
from playhead.flags.gate import Gate
from playhead.pubsub.publisher import StatusPublisher
from playhead.pubsub.valkey import ValkeySender
from playhead.sessions.attempts import LEASE
from playhead.transcription import tasks
from playhead.transcription.engines.faster_whisper import FasterWhisper
from playhead.transcription.engines.port import Engine
from playhead.transcription.pipeline import Workshop
from playhead.transcription.watch import Timings
from playhead.uploads import scratch
from playhead.uploads.storage import Storage

SOFT_SHUTDOWN_S = 10
"""After SIGTERM (or SIGQUIT) a task that ends by then ends; a longer one is given back and goes on elsewhere."""
LOST_WAIT_S = 1
"""From a child's death until its task is given back: for a result on its way, and ours have none."""
CHILD_MEMORY_KB = 2 * 1024**2
"""2 GiB: five times what Whisper base needs. A child above it is replaced after its task."""


def open_workshop(
    settings: Settings, gate: Gate, *, engine: Engine | None = None, lease: timedelta = LEASE
) -> Workshop:
    """What a worker process works with: the engine that the settings name, unless another one is given."""

    def coalesce_s(owner_id: str) -> float:
        return gate.tuning(owner_id, is_admin=False).coalesce_ms / 1000

    folder = Path(tempfile.gettempdir())
    scratch.clear(folder)
    return Workshop(
        database=SyncDatabase(settings.database),
        storage=Storage.from_url(settings.storage),
        engine=engine or _whisper(settings),
        publisher=StatusPublisher(ValkeySender(settings.status_redis)),
        scratch=folder,
        max_tries=settings.max_attempts,
        coalesce_s=coalesce_s,
        timings=Timings(lease=lease, stall_s=settings.stall_s),
    )


def _whisper(settings: Settings) -> Engine:
    return FasterWhisper(
        settings.model,
        settings.data,
        device=settings.device,
        compute_type=settings.compute_type,
        cpu_threads=settings.engine_threads,
        max_s=settings.max_audio_s,
    )


def create_celery(
    settings: Settings,
    *,
    workshop: Callable[[Settings, Gate], Workshop] = open_workshop,
    soft_limit_s: float = tasks.SOFT_LIMIT_S,
    soft_shutdown_s: float = SOFT_SHUTDOWN_S,
) -> Celery:
    """The worker's app, with one workshop a child process, made at its first task: after the fork.

    Raises:
        ConfigError: a setting names something that is not there.
    """
    connect.check(settings)
    celery = Celery("playhead", broker=settings.broker)
    celery.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_default_queue="celery",
        worker_prefetch_multiplier=1,
        worker_lost_wait=LOST_WAIT_S,
        worker_concurrency=settings.worker_concurrency,
        worker_max_memory_per_child=CHILD_MEMORY_KB,
        worker_soft_shutdown_timeout=soft_shutdown_s,
        worker_enable_soft_shutdown_on_idle=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"visibility_timeout": tasks.VISIBILITY_S},
        visibility_timeout=tasks.VISIBILITY_S,
    )
    gate = functools.cache(lambda: connect.open_gate(settings))
    shop = functools.cache(lambda: workshop(settings, gate()))
    tasks.register(celery, shop, soft_limit_s)

    @setup_logging.connect(weak=False)
    def configure_logging(**_: Any) -> None:
        log.configure(settings.log_format, settings.log_level)
        logging.getLogger("faster_whisper").setLevel(logging.WARNING)  # two lines for each window
        # Ten lines, whenever the broker was away, about what was chosen above: a task outlives its connection.
        warnings.filterwarnings("ignore", category=CPendingDeprecationWarning)

    @worker_process_shutdown.connect(weak=False)
    def close(**_: Any) -> None:
        if shop.cache_info().currsize:
            shop().publisher.close()
            gate().close()
            shop().database.close()

    return celery
