"""Runs Playhead as a peer: the real web process, with people, logins and sessions in its database."""

import os
import secrets
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from infra.load import document
from infra.load.proxy import Proxy
from infra.load.rig import Rig
from quart import Quart
from quart_auth import QuartAuth
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session as Db

from playhead import migrations
from playhead.accounts.guards import LOGIN_LIFETIME, SECRET_BYTES, digest
from playhead.accounts.models import LoginRow, UserRow
from playhead.config import Settings
from playhead.db import SyncDatabase
from playhead.ids import new_id
from playhead.live.broker.sender import ValkeySender
from playhead.live.clock import now
from playhead.live.publisher import StatusPublisher
from playhead.sessions import repository
from playhead.sessions.advance import advance
from playhead.sessions.models import NewSession, SessionRow
from playhead.sessions.status import Stage, State, Status, decode

PEOPLE = 1000
"""Enough that nobody reaches the limit of 120 opened streams a minute, except in scenarios of one session."""
SESSIONS = 10_000
UNLIMITED = 100_000
LEASE = timedelta(minutes=3)
"""Lease of the sessions. Below the 5 min beyond which the sweep takes a lease for a mistake of the clock."""
RENEWAL_S = 60.0
"""Interval between two renewals: each locks the database for the writes of others, for about 0.1 s."""


@dataclass(frozen=True, slots=True)
class Target:
    """A session, its owner, and the owner's header for signing in."""

    session: str
    owner: str
    header: str


def seed(folder: Path, people: int = PEOPLE, sessions: int = SESSIONS, url: str = "") -> list[Target]:
    """Creates a data folder with people, and sessions in progress, spread over them.

    Args:
        url: the database, instead of SQLite in the folder.
    """
    folder.mkdir(parents=True)
    key = secrets.token_urlsafe(SECRET_BYTES)
    (folder / "secret_key").write_text(key)
    url = url or _database(folder)
    migrations.upgrade(url)
    database = SyncDatabase(url)
    try:
        return database.run(_populate, key, people, sessions)
    finally:
        database.close()


def _database(folder: Path) -> str:
    return f"sqlite:///{folder / 'playhead.db'}"


def _populate(db: Db, key: str, count: int, sessions: int) -> list[Target]:
    people = [(new_id(), secrets.token_urlsafe(SECRET_BYTES)) for _ in range(count)]
    db.execute(insert(UserRow), [person(number, owner) for number, (owner, _) in enumerate(people)])
    db.execute(insert(LoginRow), [_login(owner, secret) for owner, secret in people])
    cookies = [_cookie(secret, key) for _, secret in people]
    targets = [Target(new_id(), people[n % count][0], cookies[n % count]) for n in range(sessions)]
    db.execute(insert(SessionRow), _in_progress(db, targets))
    return targets


def person(number: int, id: str) -> dict[str, Any]:
    """Makes a row of the table of people."""
    return {
        "id": id,
        "email": f"reader{number}@example.org",
        "password_hash": "",
        "is_admin": False,
        "created_at": now(),
    }


def _login(owner: str, secret: str) -> dict[str, Any]:
    present = now()
    named = {"digest": digest(secret), "user_id": owner}
    return named | {"created_at": present, "expires_at": present + LOGIN_LIFETIME}


def _cookie(secret: str, key: str) -> str:
    """The cookie header of a signed-in browser, signed as by the product."""
    app = Quart(__name__)
    app.secret_key = key
    return f"Cookie: playhead={QuartAuth(app).dump_token(secret, app)}\r\n"


def _in_progress(db: Db, targets: list[Target]) -> list[dict[str, Any]]:
    """Rows of sessions that a worker has, whose lease `renewed` keeps: the product makes one, the others are copies."""
    first = targets[0]
    repository.create(
        db,
        NewSession(id=first.session, owner_id=first.owner, filename="talk.mp3", size_bytes=1, audio_key="none"),
    )
    made = db.get_one(SessionRow, first.session)
    repository.write(db, made, advance(decode(made.status), stage=Stage.DECODING))
    made.lease_until = now() + LEASE
    example = {column.name: getattr(made, column.name) for column in SessionRow.__table__.columns}
    db.flush()
    db.expunge(made)
    db.execute(delete(SessionRow))
    return [
        example
        | {
            "id": target.session,
            "owner_id": target.owner,
            "status": made.status.replace(first.session, target.session),
        }
        for target in targets
    ]


@contextmanager
def renewed(rig: Rig, port: int, url: str = "") -> Iterator[None]:
    """Renews the leases of all sessions during the block, as their workers would; else the sweep sends them again."""
    database, over = SyncDatabase(url or _database(_data(rig, port))), threading.Event()

    def renew() -> None:
        held = update(SessionRow).where(SessionRow.state == State.PROCESSING)
        database.run(lambda db: db.execute(held.values(lease_until=now() + LEASE)))

    def renew_repeatedly() -> None:
        while not over.wait(RENEWAL_S):
            renew()

    renew()
    thread = threading.Thread(target=renew_repeatedly)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        database.close()


@contextmanager
def storing(rig: Rig, port: int) -> Iterator[Callable[[Status], None]]:
    """Yields a function that commits statuses to the database of the web process at `port`, as a worker does."""
    database = SyncDatabase(_database(_data(rig, port)))

    def store(status: Status) -> None:
        database.run(lambda db: repository.write(db, db.get_one(SessionRow, status.session_id), status))

    try:
        yield store
    finally:
        database.close()


def database_file(rig: Rig, port: int) -> str:
    """The path of the database of the web process at `port`."""
    return str(_data(rig, port) / "playhead.db")


def _data(rig: Rig, port: int) -> Path:
    return rig.folder / f"playhead-{port}"


UNLIMITED_STREAMS = dict.fromkeys(("STREAMS_PER_USER", "STREAMS_PER_SESSION", "STREAMS_PER_PROCESS"), str(UNLIMITED))


def environ(rig: Rig, port: int, seeded: Path) -> dict[str, str]:
    """Makes the environment of a web process with a new copy of the seeded data, and with the product's own limits."""
    data = _data(rig, port)
    shutil.copytree(seeded, data)
    own = {name.upper() for name in Settings.__struct_fields__}
    redis = f"redis://127.0.0.1:{rig.redis_port}/0"
    settings = {"DATA_DIR": str(data), "PORT": str(port), "REDIS_URL": redis}
    return {name: value for name, value in os.environ.items() if name not in own} | settings


def command() -> list[str]:
    return [sys.executable, "-m", "playhead", "web"]


def example(rig: Rig) -> bytes:
    """Records the bytes that the product's publisher sends to Redis for one update."""
    return _recorded(rig, document.status(), has_store=True)


def job_example(rig: Rig) -> bytes:
    """Records those of a task of one's own: the same update as a `Job`, without a store."""
    return _recorded(rig, document.job(), has_store=False)


def _recorded(rig: Rig, status: Any, *, has_store: bool) -> bytes:
    with Proxy(rig.redis_port) as proxy:
        publisher: StatusPublisher[Any] = StatusPublisher(
            ValkeySender(f"redis://127.0.0.1:{proxy.port}/0", has_store=has_store)
        )
        before = msgspec.structs.replace(status, version=status.version - 1)
        for each in (before, status):
            proxy.received.clear()
            publisher.publish(each, document.OWNER)
            assert publisher.flush()
        received = bytes(proxy.received)
        publisher.close()
    return received


class Lenient:
    """Resets the limits on opening streams while readers connect.

    A thousand readers of one session belong to one person, and the product allows 120 a minute. Each request is still
    counted, so that its cost is measured.
    """

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def forget(self) -> None:
        script = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('UNLINK', key) end"
        self._rig.ask("EVAL", script, 0, "*playhead:limits*")
