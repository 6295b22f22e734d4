"""A site for fault tests: a database, a Valkey that can be killed, web processes, people, and a worker."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from redis import Redis
from sqlalchemy import update
from sqlalchemy.orm import Session as Db

from playhead.accounts.guards import digest, new_token
from playhead.accounts.models import Scope, TokenRow, UserRow
from playhead.db import SyncDatabase
from playhead.ids import new_id
from playhead.live.broker.keys import KEYS
from playhead.live.clock import now
from playhead.migrations import upgrade
from playhead.sessions import repository
from playhead.sessions.models import NewSession, SessionRow
from tests.support.ports import free_port
from tests.support.programs import Program, environ, program, ready
from tests.support.valkey import Valkey
from tests.support.waiting import until
from tests.support.worker import Worker, worker

PLAYHEAD = [sys.executable, "-m", "playhead"]
WEB = [*PLAYHEAD, "web"]
WITH_FILE_LIMIT = ["sh", "-c", 'ulimit -n "$0" && exec "$@"']
"""Runs a command with a limit of open files: first the number, then the command."""
HIGH_LIMITS = {"STREAMS_PER_USER": "100", "STREAMS_PER_SESSION": "100"}
"""So that a few people can have many readers; `test_limits` sets its own limits."""


@dataclass(frozen=True)
class Person:
    """A person with an API token."""

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
        """Its own memory now, without the pages of files, which the kernel drops under pressure and reads again."""
        lines = Path(f"/proc/{self.program.pid}/status").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon:", "VmSwap:")))


@dataclass(frozen=True)
class Site:
    """The database, the broker and the data folder of web processes."""

    folder: Path
    redis: Valkey
    database: SyncDatabase
    database_url: str

    def program(self, command: list[str], name: str, **settings: str) -> AbstractContextManager[Program]:
        """Runs a program with the site's database, Redis and data folder in its environment."""
        addresses = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis.url, "DATA_DIR": str(self.folder)}
        return program(command, environ(**addresses | settings), self.folder / f"{name}-{secrets.token_hex(2)}")

    @contextmanager
    def web(self, port: int = 0, files: int = 0, /, **settings: str) -> Iterator[Web]:
        """Runs a web process until it is ready; it may open `files` files (0: no limit)."""
        port = port or free_port()
        command = [*WITH_FILE_LIMIT, str(files), *WEB] if files else WEB
        with self.program(command, f"web-{port}", PORT=str(port), **HIGH_LIMITS | settings) as running:
            web = Web(port, running)
            until(web.ready, f"the web is ready: {running.out}{running.err}")
            yield web

    def people(self, count: int, scope: Scope = "write") -> list[Person]:
        """Creates people; many readers need several, because a person may open 120 streams a minute."""
        people = [Person(new_id(), new_token()) for _ in range(count)]

        def add(db: Db) -> None:
            for one in people:
                db.add(UserRow(id=one.id, email=f"{one.id}@example.org", password_hash="", created_at=now()))
            db.flush()
            for one in people:
                fields = {"digest": digest(one.token), "created_at": now(), "last_used_at": now()}
                db.add(TokenRow(id=new_id(), user_id=one.id, name="test", scope=scope, **fields))

        self.database.run(add)
        return people

    def make_admins(self, people: list[Person]) -> None:
        ids = [one.id for one in people]
        self.database.run(Db.execute, update(UserRow).where(UserRow.id.in_(ids)).values(is_admin=True))

    def person(self) -> Person:
        return self.people(1)[0]

    def session(self, owner: Person, filename: str = "talk.mp3", sent_at: datetime | None = None) -> str:
        """Creates a waiting session of this person. One that is sent in the future is taken by no worker before."""
        session_id = new_id()

        def create(db: Db) -> None:
            repository.create(
                db,
                NewSession(id=session_id, owner_id=owner.id, filename=filename, size_bytes=9, audio_key=session_id),
            )
            repository.mark_enqueued(db, session_id)
            if sent_at is not None:
                db.execute(update(SessionRow).where(SessionRow.id == session_id).values(sent_at=sent_at))

        self.database.run(create)  # in one transaction: a worker may look for work at any moment
        return session_id

    def followed(self, *session_ids: str) -> set[str]:
        """Those of these sessions that a web process is subscribed to, because it has readers of them."""
        with Redis.from_url(self.redis.url) as client:
            channels = {channel.decode() for channel in client.pubsub_channels()}
        return {session_id for session_id in session_ids if KEYS.channel(session_id) in channels}

    def worker(self, session_id: str, begun: bool = True) -> AbstractContextManager[Worker]:
        return worker(self.database, self.redis.url, session_id, begun)


@contextmanager
def site_on(database_url: str, folder: Path, redis: Valkey) -> Iterator[Site]:
    """Creates a site on an empty database, without web processes."""
    upgrade(database_url)
    database = SyncDatabase(database_url)
    try:
        yield Site(folder, redis, database, database_url)
    finally:
        database.close()
