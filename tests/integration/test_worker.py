"""Real workers on real queues and databases: whatever dies, the session completes, each word once."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from redis import Redis
from sqlalchemy import update
from sqlalchemy.orm import Session as DbSession

from playhead.accounts.models import UserRow
from playhead.db import SyncDatabase
from playhead.migrations import upgrade
from playhead.sessions import attempts, repository
from playhead.sessions.models import Segment, Session, SessionRow, new_id
from playhead.sessions.status import Stage, State, Status, now
from playhead.transcription.engines import Segment as Heard
from playhead.transcription.engines.faster_whisper import FasterWhisper
from playhead.transcription.enqueue import Queue
from tests import media
from tests.integration import parts

WORKER = [sys.executable, "-m", "playhead", "worker"]
PATIENCE_S = 1
HURRIED_WORKER = [
    sys.executable,
    "-c",
    f"from playhead import cli, worker; worker.SOFT_SHUTDOWN_S = {PATIENCE_S}; cli.main(['worker'])",
]
"""Gives a task back after a second instead of ten, or the recording had to be minutes longer."""
MODEL, THREADS = "tiny.en", 1
REPEATS = 2
"""Of 44 s of speech: five to ten seconds of work on one core, and five windows to be interrupted in."""


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    samples = np.tile(media.samples_of(media.TWO_CITIES), REPEATS)
    return media.encode(samples, tmp_path_factory.mktemp("media") / "speech.flac")


@pytest.fixture(scope="module")
def words(recording: Path, data_dir: Path) -> list[str]:
    """What an attempt hears that nothing interrupts."""
    engine = FasterWhisper(MODEL, data_dir, cpu_threads=THREADS)
    with closing(engine.segments(recording, None, 0.0)) as events:
        return [event.text for event in events if isinstance(event, Heard)]


@dataclass
class House:
    """A database, a queue and a storage, without the web: the test says what that would."""

    database: SyncDatabase
    redis_url: str
    environ: dict[str, str]
    folder: Path
    workers: int = 0

    def send(self, session_id: str) -> None:
        with closing(Queue(self.redis_url)) as queue:
            queue.send(session_id)
        self.database.run(repository.mark_enqueued, session_id)

    def upload(self, recording: Path) -> str:
        session_id = new_id()
        (self.folder / "audio" / session_id).write_bytes(recording.read_bytes())
        self.database.run(
            repository.create,
            id=session_id,
            owner_id="ada",
            filename=recording.name,
            language=None,
            size_bytes=recording.stat().st_size,
            audio_key=session_id,
        )
        self.send(session_id)
        return session_id

    def sweep(self) -> list[Session]:
        """What the web does every few seconds."""
        found = self.database.run(attempts.recover)
        for session_id in found.send:
            self.send(session_id)
        return found.changed

    def worker(self, command: list[str] = WORKER) -> AbstractContextManager[parts.Program]:
        self.workers += 1
        return parts.program(command, self.environ, self.folder / f"worker-{self.workers}")

    def status(self, session_id: str) -> Status:
        return self.database.run(repository.read_status, session_id)

    def segments(self, session_id: str) -> list[Segment]:
        return self.database.run(repository.segments, session_id)

    def until(self, session_id: str, true: Callable[[Status], bool], what: str) -> Status:
        parts.until(lambda: true(self.status(session_id)), what)
        return self.status(session_id)

    def in_mid_task(self, session_id: str) -> Status:
        def begun(status: Status) -> bool:
            assert not status.is_final, status
            return status.stage is Stage.TRANSCRIBING and status.segments > 0

        return self.until(session_id, begun, "the first words are there")

    def completes(self, session_id: str, words: list[str]) -> Status:
        """It ends well, with each of these words once."""
        status = self.until(session_id, lambda status: status.is_final, "the session ends")
        segments = self.segments(session_id)
        assert status.state is State.COMPLETED, status
        assert [segment.index for segment in segments] == list(range(status.segments))
        assert [segment.text for segment in segments] == words
        return status


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path, data_dir: Path) -> Iterator[House]:
    if request.param == "postgresql":
        with parts.postgres() as url:
            yield from _house(url, tmp_path, data_dir)
    else:
        yield from _house(f"sqlite:///{tmp_path}/db", tmp_path, data_dir)


def _house(database_url: str, folder: Path, data_dir: Path) -> Iterator[House]:
    upgrade(database_url)
    (folder / "audio").mkdir()
    database = SyncDatabase(database_url)
    person = UserRow(id="ada", email="ada@example.org", password_hash="", is_admin=False, created_at=now())
    database.run(DbSession.add, person)
    with parts.valkey(folder / "valkey") as redis_url:
        environ = parts.environ(
            DATABASE_URL=database_url,
            REDIS_URL=redis_url,
            STORAGE_URL=(folder / "audio").as_uri(),
            DATA_DIR=str(data_dir),
            MODEL=MODEL,
            ENGINE_THREADS=str(THREADS),
            REMAP_SIGTERM="SIGQUIT",  # as the command sets it, before Celery is imported
        )
        yield House(database, redis_url, environ, folder)
    database.close()


@pytest.mark.parametrize("house", ["postgresql"], indirect=True)
def test_session_whose_worker_is_killed_is_completed_by_another_attempt(
    house: House, recording: Path, words: list[str]
) -> None:
    session_id = house.upload(recording)
    with house.worker() as worker:
        before = house.in_mid_task(session_id)
        (child,) = worker.family() - {worker.pid}
        os.kill(child, signal.SIGKILL)
        parts.until(lambda: child not in parts.alive({child}), "the child is gone")
        house.database.run(_end_lease, session_id)
        parts.until(lambda: house.sweep() or house.status(session_id).attempt > before.attempt, "it is found")
        done = house.completes(session_id, words)
    assert (before.attempt, done.attempt) == (1, 2)


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_worker_that_is_asked_to_end_gives_its_session_to_the_next(
    house: House, recording: Path, words: list[str]
) -> None:
    session_id = house.upload(recording)
    with house.worker(HURRIED_WORKER) as worker:
        before = house.in_mid_task(session_id)
        worker.end(signal.SIGTERM)
    given_back = house.status(session_id)
    assert (given_back.attempt, given_back.stage) == (1, Stage.RETRYING)
    assert given_back.segments >= before.segments
    with house.worker():
        done = house.completes(session_id, words)
    assert done.attempt == 2


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_session_that_waits_survives_a_queue_that_is_emptied(house: House) -> None:
    session_id = house.upload(media.JFK)
    with Redis.from_url(house.redis_url) as client:
        client.flushall()
    with house.worker() as worker:
        worker.says("ready.")
        assert house.sweep() == []
        assert house.status(session_id).state is State.QUEUED
        house.database.run(_let_pass, session_id, attempts.RESEND_AFTER)
        house.sweep()
        done = house.until(session_id, lambda status: status.is_final, "the session ends")
    assert (done.state, done.attempt) == (State.COMPLETED, 1)
    assert "country" in " ".join(segment.text for segment in house.segments(session_id))


def _end_lease(db: DbSession, session_id: str) -> None:
    """Let the time of a lease pass."""
    db.execute(update(SessionRow).where(SessionRow.id == session_id).values(lease_until=now() - timedelta(seconds=1)))


def _let_pass(db: DbSession, session_id: str, by: timedelta) -> None:
    """Let time pass since the message was sent."""
    row = db.get_one(SessionRow, session_id)
    assert row.sent_at is not None
    row.sent_at -= by
