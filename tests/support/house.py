"""Runs workers on a database, a broker and a storage; the test does what a web process would."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from redis import Redis
from sqlalchemy.orm import Session as DbSession

from playhead.accounts.models import UserRow
from playhead.db import SyncDatabase
from playhead.ids import new_id
from playhead.live.clock import now
from playhead.migrations import upgrade
from playhead.sessions import attempts, repository, revisions, transcript
from playhead.sessions.facts import Choice
from playhead.sessions.models import NewSession, Segment, Session
from playhead.sessions.status import Stage, State, Status
from playhead.transcription.enqueue import QUEUE, UNACKED, Queue
from tests.support.programs import Program, environ, program
from tests.support.quick_worker import GO
from tests.support.valkey import Valkey, valkey
from tests.support.waiting import START_S, until

ROOT = Path(__file__).parents[2]
WORKER = [sys.executable, "-m", "playhead", "worker"]
QUICK_WORKER = [sys.executable, "-m", "tests.support.quick_worker"]
WORDS_WORKER = [*QUICK_WORKER, "words"]
LOG_SHOWN = 6000
"""Characters of a worker's log that a failure shows: about a minute of it."""
SWEEP_S = 0.2
"""Between two sweeps: each reads all sessions that are not final, and writes those whose lease ran out."""


@dataclass
class House:
    """The surroundings of the workers, which a test starts and ends."""

    database: SyncDatabase
    redis_url: str
    environ: dict[str, str]
    folder: Path
    redis: Valkey
    workers: int = 0

    def send(self, session_id: str) -> None:
        with closing(Queue(self.redis_url)) as queue:
            queue.send(session_id)
        self.database.run(repository.mark_enqueued, session_id)

    def upload(self, recording: Path | str) -> str:
        """Creates a session and sends it to the workers."""
        session_id = self.create(recording)
        self.send(session_id)
        return session_id

    def create(self, recording: Path | str) -> str:
        """Creates a session for a recording, or for the text that controls a worker of words."""
        session_id = new_id()
        content = recording.encode() if isinstance(recording, str) else recording.read_bytes()
        (self.folder / "audio" / session_id).write_bytes(content)
        self.database.run(
            repository.create,
            NewSession(
                id=session_id,
                owner_id="ada",
                filename="talk.flac",
                size_bytes=len(content),
                audio_key=session_id,
            ),
        )
        return session_id

    def end_wait(self, session_id: str) -> None:
        """Ends the `wait` of a worker of words."""
        (self.folder / "audio" / session_id).with_suffix(GO).touch()

    def retry(self, session_id: str, choice: Choice | None = None) -> None:
        self.database.run(revisions.retry, session_id, "ada", choice)
        self.send(session_id)

    def record_again(self, session_id: str, recording: str) -> None:
        """Changes the text that controls a worker of words; the attempts so far count."""
        (self.folder / "audio" / session_id).write_text(recording)

    def sweep(self) -> list[Session]:
        """Sends lost messages again, as a web process does every few seconds."""
        found = self._send_again(attempts.RESEND_AFTER)
        with closing(Queue(self.redis_url)) as queue:
            if found.overdue and queue.is_empty():
                return found.changed + self._send_again(attempts.TAKEN_WITHIN).changed
        return found.changed

    def _send_again(self, resend_after: timedelta) -> attempts.Recovered:
        found = self.database.run(attempts.recover, resend_after)
        for session_id in found.send:
            self.send(session_id)
        return found

    def worker(self, command: list[str] = WORKER, **settings: str) -> AbstractContextManager[Program]:
        self.workers += 1
        return program(command, self.environ | settings, self.folder / f"worker-{self.workers}")

    def session(self, session_id: str) -> Session:
        return self.database.run(repository.get, session_id, "ada")

    def status(self, session_id: str) -> Status:
        return self.session(session_id).status

    def segments(self, session_id: str) -> list[Segment]:
        return self.database.run(transcript.segments, session_id)

    def words(self, session_id: str) -> list[str]:
        """The stored texts; also checks that they are as many as the status counts, without a hole."""
        segments = self.segments(session_id)
        assert [segment.index for segment in segments] == list(range(self.status(session_id).segments))
        return [segment.text for segment in segments]

    def until(self, session_id: str, true: Callable[[Status], bool], what: str, timeout_s: float = START_S) -> Status:
        """Waits until `true` holds for the status, and sweeps meanwhile."""

        def look() -> bool:
            self.sweep()
            return true(self.status(session_id))

        try:
            until(look, what, timeout_s, SWEEP_S)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.status(session_id)}\n{self._last_lines()}") from error
        return self.status(session_id)

    def _last_lines(self) -> str:
        """What the workers logged last."""
        logs = sorted(self.folder.glob("worker-*.err"))
        return "\n".join(f"{log.name}: {log.read_text()[-LOG_SHOWN:]}" for log in logs)

    def in_mid_task(self, session_id: str) -> Status:
        def begun(status: Status) -> bool:
            assert not status.is_final, status
            return status.stage is Stage.TRANSCRIBING and status.segments > 0

        return self.until(session_id, begun, "the first words are there")

    def ends(self, session_id: str, timeout_s: float = START_S) -> Status:
        return self.until(session_id, lambda status: status.is_final, "the session ends", timeout_s)

    def completes(self, session_id: str, words: list[str]) -> Status:
        """Waits for the end; checks that the session completed with each of these words once."""
        status = self.ends(session_id)
        assert status.state is State.COMPLETED, status
        assert self.words(session_id) == words
        return status

    def queue_is_done(self) -> None:
        """Waits until no message is left, neither in the queue nor unacknowledged."""
        with Redis.from_url(self.redis_url) as client:
            until(lambda: not client.exists(QUEUE, UNACKED["unacked_key"]), "the queue is empty")


@contextmanager
def house_on(database_url: str, folder: Path, data_dir: Path, **settings: str) -> Iterator[House]:
    upgrade(database_url)
    (folder / "audio").mkdir()
    database = SyncDatabase(database_url)
    person = UserRow(id="ada", email="ada@example.org", password_hash="", is_admin=False, created_at=now())
    database.run(DbSession.add, person)
    with valkey(folder / "valkey") as redis:
        settings = environ(
            DATABASE_URL=database_url,
            REDIS_URL=redis.url,
            STORAGE_URL=(folder / "audio").as_uri(),
            DATA_DIR=str(data_dir),
            PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "src")]),
            **settings,
        )
        yield House(database, redis.url, settings, folder, redis)
    database.close()
