"""Composes a worker's child process: its database, storage, engine and publisher."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from time import monotonic

import playhead.tables  # noqa: F401 - a session's foreign key refers to `users`
from playhead import schema_revision, scratch
from playhead.config import Settings
from playhead.db import WORKER_POOL, DatabaseError, SyncDatabase
from playhead.flags.answers.gate import Gate
from playhead.flags.file import documents
from playhead.flags.file.location import first_flags, is_shared
from playhead.live.broker.ports import Sender
from playhead.live.broker.sender import ValkeySender
from playhead.live.publisher import StatusPublisher
from playhead.metrics import disk
from playhead.metrics.catalog import DISK_USED, PUBLISHER_WAITING
from playhead.metrics.metrics import Metrics
from playhead.metrics.observer import MetricsObserver
from playhead.sessions.attempts import LEASE
from playhead.sessions.status import Status
from playhead.storage import Storage
from playhead.tracing.connect import open_worker
from playhead.tracing.ports import NO_ATTEMPTS
from playhead.transcription.engines.choice import Engines
from playhead.transcription.engines.faster_whisper import FasterWhisper
from playhead.transcription.engines.port import Engine
from playhead.transcription.pipeline import WorkerContext
from playhead.transcription.watchdog import Timings

FLAGS_READ_S = 1.0
"""Least interval between two reads of the flags. Statuses are published about once a second, and flags must take effect
within 2 s."""


def open_worker_context(
    settings: Settings,
    gate: Gate,
    *,
    make_engine: Callable[[str], Engine] | None = None,
    lease: timedelta = LEASE,
    metrics: Metrics | None = None,
) -> WorkerContext:
    """Opens what a worker process needs.

    Args:
        settings: the settings of the process.
        gate: answers questions about flags.
        make_engine: makes the engine of a model by its name; by default one of faster-whisper.
        lease: how long the worker keeps a session without renewing.
        metrics: where publishing is counted; by default nobody reads it.

    Raises:
        Misfit: the tables do not fit this release.
        DatabaseGone: the database cannot be reached.
    """

    database = _database(settings)
    update_flags = _flag_updater(settings, gate, database)

    def coalesce_s(owner_id: str) -> float:
        update_flags()
        return gate.tuning(owner_id, is_admin=False).coalesce_ms / 1000

    metrics = Metrics() if metrics is None else metrics
    sender: Sender[Status] = ValkeySender(settings.status_redis)
    tracing = open_worker(settings, metrics)
    if tracing is not None:
        sender = tracing.sender(sender)
    publisher = StatusPublisher(sender, observer=MetricsObserver(metrics))
    metrics.gauge(PUBLISHER_WAITING, lambda: publisher.waiting)
    models = settings.offered_models
    folder = settings.data / "scratch"  # not a shared folder: a FIFO that somebody puts there would block the start
    scratch.clear(folder)
    folders = [*disk.folders_of(settings), folder]
    metrics.gauge(DISK_USED, lambda: disk.used_ratio(folders))
    return WorkerContext(
        database=database,
        storage=Storage.from_url(settings.storage),
        engines=Engines(models, make_engine or (lambda name: _whisper(settings, models[name]))),
        publisher=publisher,
        scratch=folder,
        max_tries=settings.max_attempts,
        max_running=settings.quota_running,
        coalesce_s=coalesce_s,
        timings=Timings(lease=lease, stall_s=settings.stall_s),
        metrics=metrics,
        tracing=tracing or NO_ATTEMPTS,
    )


def _database(settings: Settings) -> SyncDatabase:
    database = SyncDatabase(settings.database, WORKER_POOL)
    try:
        schema_revision.check_of(database)
    except BaseException:
        database.close()
        raise
    return database


def _flag_updater(settings: Settings, gate: Gate, database: SyncDatabase) -> Callable[[], None]:
    """Make a function that gives the gate the flags of the database, if the flags are there; called at each status."""
    if not is_shared(settings):
        return lambda: None
    first, read_at = first_flags(settings), -FLAGS_READ_S

    def update_flags() -> None:
        nonlocal read_at
        if monotonic() - read_at >= FLAGS_READ_S:
            with suppress(DatabaseError):  # the last flags stay in force
                gate.take(database.run(documents.shared, first))
            read_at = monotonic()

    return update_flags


def _whisper(settings: Settings, model: str) -> FasterWhisper:
    return FasterWhisper(
        model,
        settings.data,
        device=settings.device,
        compute_type=settings.compute_type,
        cpu_threads=settings.engine_threads,
        max_s=settings.max_audio_s,
    )
