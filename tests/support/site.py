"""A site that faults are done to: a database, a Valkey that can be killed, web processes, people, and a worker."""

import secrets
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from sqlalchemy.orm import Session as Db

from playhead.accounts.guards import digest, new_token
from playhead.accounts.models import TokenRow, UserRow
from playhead.db import DatabaseGone, SyncDatabase
from playhead.migrations import upgrade
from playhead.pubsub.publisher import StatusPublisher
from playhead.pubsub.valkey import PREFIX, ValkeySender
from playhead.sessions import attempts, repository
from playhead.sessions.models import Segment, new_id
from playhead.sessions.status import Stage, Status, now
from playhead.transcription.report import Report
from playhead.transcription.watch import RENEWALS
from playhead.up.folder import free_port
from tests.support.programs import Program, environ, program, ready
from tests.support.valkey import Valkey
from tests.support.waiting import until

WEB = [sys.executable, "-m", "playhead", "web"]
ROOM = {"STREAMS_PER_USER": "100", "STREAMS_PER_SESSION": "100"}
"""So that a few people can be many readers; `test_limits` has limits of its own."""
DURATION_S = 10_000.0
PACE_S = 0.05
"""Twenty statuses a second: twice what a publisher passes on, so that some are always on their way."""


@dataclass(frozen=True)
class Person:
    """Somebody with an API token."""

    id: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class Web:
    """A web process."""

    port: int
    program: Program

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ready(self) -> bool:
        return ready(self.url)

    def memory_kb(self) -> int:
        """What it holds in memory now."""
        lines = Path(f"/proc/{self.program.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


@dataclass(frozen=True)
class Site:
    """What outlives its web processes."""

    folder: Path
    redis: Valkey
    database: SyncDatabase
    database_url: str

    @contextmanager
    def web(self, port: int = 0, /, **settings: str) -> Iterator[Web]:
        """A web process that is ready; its settings besides where things are."""
        port = port or free_port()
        places = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis.url, "DATA_DIR": str(self.folder)}
        environment = environ(PORT=str(port), **places | ROOM | settings)
        with program(WEB, environment, self.folder / f"web-{port}-{secrets.token_hex(2)}") as running:
            web = Web(port, running)
            until(web.ready, f"the web is ready: {running.out}{running.err}")
            yield web

    def people(self, count: int) -> list[Person]:
        """As many as it takes: a person may open 120 streams a minute."""
        people = [Person(new_id(), new_token()) for _ in range(count)]

        def add(db: Db) -> None:
            for one in people:
                db.add(UserRow(id=one.id, email=f"{one.id}@example.org", password_hash="", created_at=now()))
            db.flush()
            for one in people:
                known = {"digest": digest(one.token), "created_at": now(), "last_used_at": now()}
                db.add(TokenRow(id=new_id(), user_id=one.id, name="test", **known))

        self.database.run(add)
        return people

    def person(self) -> Person:
        return self.people(1)[0]

    def session(self, owner: Person) -> str:
        """A session of theirs that waits for a worker."""
        session_id = new_id()
        self.database.run(
            repository.create,
            id=session_id,
            owner_id=owner.id,
            filename="talk.mp3",
            language=None,
            size_bytes=9,
            audio_key=session_id,
        )
        self.database.run(repository.mark_enqueued, session_id)
        return session_id

    def followed(self, *session_ids: str) -> set[str]:
        """Those of these sessions that a web process listens for: it has readers of them."""
        with Redis.from_url(self.redis.url) as client:
            channels = {channel.decode() for channel in client.pubsub_channels()}
        return {session_id for session_id in session_ids if PREFIX + session_id in channels}

    def worker(self, session_id: str) -> AbstractContextManager["Worker"]:
        return worker(self, session_id)


@contextmanager
def site_on(database_url: str, folder: Path, redis: Valkey) -> Iterator[Site]:
    """A site on an empty database, without any process of its own."""
    upgrade(database_url)
    database = SyncDatabase(database_url)
    try:
        yield Site(folder, redis, database, database_url)
    finally:
        database.close()


class Worker:
    """Transcribes a session as the pipeline does, with words of its own instead of an engine's."""

    def __init__(self, site: Site, session_id: str) -> None:
        self.session_id = session_id
        self.database = site.database
        self.publisher = StatusPublisher(ValkeySender(site.redis.url))
        self.committed: dict[int, Status] = {}
        """Every status that was true at some time, by its version."""
        self._keep(self.database.run(repository.read_status, session_id))
        self._claim()

    @property
    def newest(self) -> Status:
        return self.report.status

    def say(self, stage: Stage = Stage.TRANSCRIBING, words: int = 1) -> None:
        """Commit and publish a status with so many fresh words, each a segment of about 100 bytes on the wire."""
        start = self.newest.segments
        fresh = [Segment(n, float(n), n + 0.9, f"word {n} «ü»") for n in range(start, start + words)]
        position_s = float(start + words)
        self.report.say(stage, fresh, position_s=position_s, progress=position_s / DURATION_S)
        self._keep(self.newest)

    def finish(self, words: int = 3) -> None:
        """The last words, and the final status."""
        self.say(Stage.FINALIZING, words)
        self.report.say(Stage.COMPLETED, progress=1.0)
        self._keep(self.newest)

    @contextmanager
    def at_work(self, pace_s: float = PACE_S) -> Iterator[None]:
        """Words come for the time of the block, whatever breaks."""
        over = threading.Event()
        failures: list[BaseException] = []

        def work() -> None:
            try:
                while not over.wait(pace_s):
                    self._say_or_begin_anew()
            except BaseException as failure:  # noqa: BLE001 - it is the test's, not this thread's
                failures.append(failure)

        thread = threading.Thread(target=work, name="worker")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
        if failures:
            raise failures[0]

    def _say_or_begin_anew(self) -> None:
        """What a task does and the next one after it, without the half minute of a lease between them."""
        try:
            self.say()
        except DatabaseGone:
            until(self._took_it_again, "the session has another attempt")

    def _took_it_again(self) -> bool:
        try:
            # The commit that broke off may have been one.
            self._keep(self.database.run(repository.read_status, self.session_id))
            if self.newest.attempt == self.committed[max(self.committed)].attempt:
                self._keep(self.database.run(attempts.release, self.session_id, self.newest.attempt).status)
            self._claim()
        except DatabaseGone:
            return False
        return True

    def _claim(self) -> None:
        session = self.database.run(attempts.claim, self.session_id, "words of its own")
        self.report = Report(self.database, self.publisher, session)
        self._keep(session.status)
        self.publisher.publish(session.status, session.owner_id)

    def _keep(self, status: Status) -> None:
        self.committed[status.version] = status


@contextmanager
def worker(site: Site, session_id: str) -> Iterator[Worker]:
    one = Worker(site, session_id)
    over = threading.Event()

    def keep() -> None:
        """As a task's watch does: on a busy machine a thousand readers may take longer than a lease to get ready."""
        while not over.wait(attempts.LEASE.total_seconds() / RENEWALS):
            with suppress(DatabaseGone, attempts.Fenced):
                one.database.run(attempts.renew, session_id, one.newest.attempt)

    keeping = threading.Thread(target=keep, name="lease")
    keeping.start()
    try:
        one.say(Stage.DECODING, words=0)
        one.say()
        yield one
    finally:
        over.set()
        keeping.join()
        one.publisher.close()
