"""Composition root of a worker's child: which engine, which database, which storage."""

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
from playhead.pubsub.publisher import StatusPublisher
from playhead.pubsub.valkey import ValkeySender
from playhead.sessions.attempts import LEASE
from playhead.storage import Storage
from playhead.transcription.engines.faster_whisper import FasterWhisper
from playhead.transcription.engines.port import Engine
from playhead.transcription.pipeline import WorkerContext
from playhead.transcription.watchdog import Timings

FLAGS_LOOK_S = 1.0
"""Statuses are said about once a second; flags are to be obeyed within 2 s."""


def open_worker_context(
    settings: Settings, gate: Gate, *, engine: Engine | None = None, lease: timedelta = LEASE
) -> WorkerContext:
    """What a worker process works with: the engine that the settings name, unless another one is given.

    Raises:
        Misfit: the tables are not those of this release.
        DatabaseGone: whether they are cannot be asked.
    """

    database = _database(settings)
    keep_in_step = _keeping(settings, gate, database)

    def coalesce_s(owner_id: str) -> float:
        keep_in_step()
        return gate.tuning(owner_id, is_admin=False).coalesce_ms / 1000

    folder = settings.data / "scratch"  # not where others can put files: a FIFO there hung the start
    scratch.clear(folder)
    return WorkerContext(
        database=database,
        storage=Storage.from_url(settings.storage),
        engine=engine or _whisper(settings),
        publisher=StatusPublisher(ValkeySender(settings.status_redis)),
        scratch=folder,
        max_tries=settings.max_attempts,
        coalesce_s=coalesce_s,
        timings=Timings(lease=lease, stall_s=settings.stall_s),
    )


def _database(settings: Settings) -> SyncDatabase:
    database = SyncDatabase(settings.database, WORKER_POOL)
    try:
        schema_revision.check_of(database)
    except BaseException:
        database.close()
        raise
    return database


def _keeping(settings: Settings, gate: Gate, database: SyncDatabase) -> Callable[[], None]:
    """Called at each status: brings the gate in step with the flags in the database, where that is where they are."""
    if not is_shared(settings):
        return lambda: None
    first, looked_at = first_flags(settings), -FLAGS_LOOK_S

    def keep_in_step() -> None:
        nonlocal looked_at
        if monotonic() - looked_at >= FLAGS_LOOK_S:
            with suppress(DatabaseError):  # the last flags stay in force
                gate.take(database.run(documents.shared, first))
            looked_at = monotonic()

    return keep_in_step


def _whisper(settings: Settings) -> Engine:
    return FasterWhisper(
        settings.model,
        settings.data,
        device=settings.device,
        compute_type=settings.compute_type,
        cpu_threads=settings.engine_threads,
        max_s=settings.max_audio_s,
    )
