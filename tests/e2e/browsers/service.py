"""A site for browsers, whose web process can be killed and started again at the same address.

A real worker transcribes uploads. Sessions that a test creates have words that the test sets.
"""

import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from argon2 import PasswordHasher
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from playhead.accounts.counter import KEY_PREFIX
from playhead.accounts.models import UserRow
from playhead.accounts.repository import create_user, set_admin
from playhead.db import SyncDatabase
from playhead.errors import Problem
from playhead.live.clock import now
from playhead.migrations import upgrade
from tests.support.alerting import forget, look
from tests.support.flags_data import FlagsData
from tests.support.measured import Fault, fill
from tests.support.ports import free_port
from tests.support.programs import environ, program
from tests.support.site import Person, Site, Web
from tests.support.speech import JFK
from tests.support.valkey import valkey
from tests.support.worker import Worker

WORKER = [sys.executable, "-m", "playhead", "worker"]
MODEL = "tiny.en"
HELD_BACK = timedelta(minutes=4)
"""Added to the time of a message, so that the sweep counts none as lost during a test. Below `queue.SET_BACK`."""
HEARTBEAT_S = "0.2"
"""So short that a page with a fast clock gets a heartbeat before its watchdog ends the stream."""

PEOPLE, MEASURED_DAYS = 400.0, 2 / 24
"""As many people at noon that also those of midnight are enough for each check to be judged."""


class Service:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._port = free_port()
        self._life = ExitStack()
        self._web: Web
        self.turn_streams(on=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def web(self) -> Web:
        return self._web

    def start(self) -> None:
        self._web = self._life.enter_context(self._site.web(self._port, HEARTBEAT_S=HEARTBEAT_S))

    def kill(self) -> None:
        self._web.program.end(signal.SIGKILL)
        self._life.close()

    def another_web(self, port: int = 0, **settings: str) -> AbstractContextManager[Web]:
        """Runs a web process beside, at another address, with the product's settings unless others are given."""
        return self._site.web(port, **settings)

    def turn_streams(self, on: bool) -> None:
        """Turns streams on or off for all people, with the flags file."""
        FlagsData().turn("sse.allowed", on=on).save(self._site.folder / "flags.json")

    def streams(self, session_id: str) -> bool:
        """Whether the session has a stream; polls do not count."""
        return session_id in self._site.followed(session_id)

    def make_admin(self, email: str) -> None:
        assert self._site.database.run(set_admin, email, True)

    def measure(self, fault: Fault | None) -> None:
        """Replaces the sums by those of two busy hours, in which a fault may have begun twenty minutes ago."""
        fill(self._site.database, fault, people=PEOPLE, days=MEASURED_DAYS)

    @contextmanager
    def firing(self, *alerts: str) -> Iterator[None]:
        """These alerts fire meanwhile; of those that hold for 15 min the site's own look changes nothing."""
        look(self._site.database, *alerts)
        yield
        forget(self._site.database)

    def create_account(self, email: str, password: str) -> None:
        """Makes an account, unless an earlier test has."""
        with suppress(Problem):
            self._site.database.run(create_user, email, PasswordHasher().hash(password))

    def forget_requests(self) -> None:
        """Resets the limits of requests: all browsers of these tests are one address."""
        with Redis.from_url(self._site.redis.url) as client:
            for key in client.scan_iter(f"{KEY_PREFIX}:*"):
                client.delete(key)

    def queued(self, email: str, filename: str = "talk.mp3") -> str:
        """Creates a waiting session of this person that no worker gets before a test claims it."""
        owner = self._site.database.run(_user_id, email)
        session_id = self._site.session(Person(owner, ""), filename, sent_at=now() + HELD_BACK)
        shutil.copy(JFK, self._site.folder / "audio" / session_id)
        return session_id

    def recording(self, session_id: str) -> Path:
        """Where its recording is stored."""
        return self._site.folder / "audio" / "audio" / session_id

    def taken(self, session_id: str) -> AbstractContextManager[Worker]:
        """Claims the session for the time of the block, without a word yet."""
        return self._site.worker(session_id, begun=False)

    @contextmanager
    def session(self, email: str, filename: str = "talk.mp3") -> Iterator[Worker]:
        """Creates and claims a session of this person, with a first word."""
        with self._site.worker(self.queued(email, filename)) as worker:
            yield worker


def _user_id(db: Db, email: str) -> str:
    return db.scalars(select(UserRow.id).where(UserRow.email == email)).one()


@contextmanager
def service(folder: Path) -> Iterator[Service]:
    (folder / "audio").mkdir()
    url = f"sqlite:///{folder}/db"
    upgrade(url)
    with valkey(folder / "valkey") as redis:
        database = SyncDatabase(url)
        it = Service(Site(folder, redis, database, url))
        it.start()
        places = {"DATABASE_URL": url, "REDIS_URL": redis.url, "DATA_DIR": str(folder), "MODEL": MODEL}
        with program(WORKER, environ(**places), folder / "worker") as worker:
            worker.wait_for("ready")
            yield it
        it.kill()
        database.close()
