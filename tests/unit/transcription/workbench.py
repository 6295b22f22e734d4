"""Runs attempts with a real database, real storage, and an engine that follows a script."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session as DbSession

from playhead.accounts.models import UserRow
from playhead.db import SyncDatabase
from playhead.ids import new_id
from playhead.live.broker.memory import MemorySender
from playhead.live.clock import now
from playhead.live.publisher import StatusPublisher
from playhead.metrics.metrics import Metrics
from playhead.sessions import attempts, repository, transcript
from playhead.sessions.models import NewSession, Segment, Session, SessionRow
from playhead.sessions.status import Status
from playhead.storage import Storage
from playhead.transcription.engines import Event
from playhead.transcription.engines.choice import Engines
from playhead.transcription.pipeline import WorkerContext, transcribe
from playhead.transcription.watchdog import Timings
from tests.support.databases import FlakySyncDatabase
from tests.support.fakes import ScriptedEngine
from tests.support.migrated import migrated_sqlite
from tests.support.stored import read_status

AUDIO_S = 40.0


class RecordingPublisher(StatusPublisher):
    """A publisher that records each status, and what was stored at that moment."""

    def __init__(self, database: SyncDatabase) -> None:
        super().__init__(MemorySender())
        self.published: list[Status] = []
        self.stored: list[tuple[Status, list[Segment]]] = []
        self._database = database

    def publish(self, status: Status, owner_id: str = "", *, renew: bool = False) -> None:
        assert owner_id == "ada"
        self.published.append(status)
        stored = self._database.run(read_status, status.session_id)
        self.stored.append((stored, self._database.run(transcript.segments, status.session_id)))
        super().publish(status, owner_id, renew=renew)


class Bench:
    """A person, `ada`, with a database, a storage and a publisher."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = FlakySyncDatabase(migrated_sqlite(folder / "db"))
        user = UserRow(id="ada", email="ada@example.org", password_hash="", is_admin=False, created_at=now())
        self.database.run(DbSession.add, user)
        self.storage = Storage.from_url(f"file://{folder}/audio")
        self.publisher = RecordingPublisher(self.database)
        self.timings = Timings()
        self.metrics = Metrics()

    def close(self) -> None:
        self.publisher.close()
        self.database.close()
        assert "keep-lease" not in {thread.name for thread in threading.enumerate()}

    def queue(self, **changes: Any) -> str:
        """Creates a waiting session with audio in storage."""
        name = new_id()
        (self.folder / "audio" / name).write_bytes(b"sound")
        fields: dict[str, Any] = {"filename": "talk.mp3", "size_bytes": 5, "audio_key": name} | changes
        self.database.run(repository.create, NewSession(id=name, owner_id="ada", **fields))
        return name

    def work(self, session_id: str, script: Sequence[Event | threading.Event | BaseException]) -> ScriptedEngine:
        """Runs one attempt, with an engine that follows the script."""
        engine = ScriptedEngine(script, duration_s=AUDIO_S)
        try:
            self.work_with(session_id, engine)
        finally:
            assert engine.open == 0
        return engine

    def work_with(self, session_id: str, engine: ScriptedEngine) -> None:
        self.work_with_any(Engines([engine.name], lambda _: engine))

    def work_with_any(self, engines: Engines) -> None:
        """Runs the next attempt, with the engine that it chooses."""
        context = WorkerContext(
            database=self.database,
            storage=self.storage,
            engines=engines,
            publisher=self.publisher,
            scratch=self.folder / "scratch",
            timings=self.timings,
            metrics=self.metrics,
        )
        transcribe(context)

    def status(self, session_id: str) -> Status:
        return self.database.run(read_status, session_id)

    def texts(self, session_id: str) -> list[str]:
        """The stored texts; also checks that their indices have no hole."""
        stored = self.database.run(transcript.segments, session_id)
        assert [segment.index for segment in stored] == list(range(len(stored)))
        return [segment.text for segment in stored]

    def published(self, session_id: str) -> list[Status]:
        return [status for status in self.publisher.published if status.session_id == session_id]

    def pass_delay(self, session_id: str) -> None:
        """Lets the delay of a postponed session pass."""
        due = update(SessionRow).where(SessionRow.id == session_id).values(sent_at=now())
        self.database.run(lambda db: db.execute(due))

    def lose(self, session_id: str) -> None:
        """Lets the session's lease run out."""
        over = now() - timedelta(seconds=1)
        self.database.run(
            lambda db: db.execute(update(SessionRow).where(SessionRow.id == session_id).values(lease_until=over))
        )

    def take_over(self, session_id: str) -> Session:
        """Claims the session as another worker."""
        self.lose(session_id)
        return self.database.run(attempts.claim, session_id, "other")
