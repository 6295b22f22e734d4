"""One database for two kinds of process: the web awaits it, the worker calls it; the queries are the same.

A query is a plain function over a `Session`. `Database.run` and `SyncDatabase.run` each give it one transaction.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import DateTime, Dialect, TypeDecorator, create_engine, event, func, select, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

from playhead import log
from playhead.clock import now
from playhead.config import POOL

P = ParamSpec("P")
T = TypeVar("T")
Query = Callable[Concatenate[Session, P], T]

KEPT = 2
"""Connections to PostgreSQL that a web process keeps: two are at work together when it is quiet. The others it opens
when it needs them, up to `DATABASE_POOL`, and gives back: kept for ever, those of one burst starved the workers."""
WORKER_POOL = 2
"""The most that one child of a worker opens: one works, one keeps the lease. It keeps one."""
NO_SLOT = "the database has no free connection slot: all that it allows are taken (infra/render/README.md)"
NO_SLOT_ERRORS = (
    "too many clients already",
    "remaining connection slots are reserved",
    "too many connections for",  # a role or a database
    "no more connections allowed",  # PgBouncer
)
"""How PostgreSQL says it; libpq passes no SQLSTATE on for a connection that failed."""
NO_SLOT_FOR_S = 30.0
"""For so long it counts as the state of things, and is not logged again."""
BUSY_TIMEOUT_MS = 10_000
"""How long SQLite waits for another process's write; a checkpoint's write takes a few ms."""
GONE_LOGGED_EVERY_S = 60.0
"""Where SQLite's disk is full, only writes fail, and `/readyz` is green: it is said, but not for each request."""


class Base(DeclarativeBase):
    """The tables' common metadata."""


class DatabaseError(Exception):
    """A query was not answered: one of the two below."""


class DatabaseGone(DatabaseError, OSError):
    """The database cannot be reached or does not answer; it may be back in a moment."""


class NoFreeSlot(DatabaseGone):
    """The database is there, and takes no more connections."""

    def __init__(self) -> None:
        super().__init__(NO_SLOT)


class QueryFailed(DatabaseError):
    """The database refused a query or a value in it: asked the same again, it will refuse again."""


class Moment(TypeDecorator[datetime]):
    """A point in time, always in UTC: SQLite keeps no time zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def driver_url(url: str, *, asynchronous: bool) -> str:
    """The URL with the one driver used for its kind of database (psycopg; SQLite's own)."""
    parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    kind = parsed.get_backend_name()
    drivers = {"postgresql": "postgresql+psycopg", "sqlite": "sqlite+aiosqlite" if asynchronous else "sqlite"}
    return parsed.set(drivername=drivers[kind]).render_as_string(hide_password=False)


class SyncDatabase:
    """The database of a worker: plain calls. The values of a query, such as hashes, stay out of errors and logs."""

    def __init__(self, url: str, pool: int | None = None) -> None:
        """`pool`: the most connections to PostgreSQL at once, of which one is kept."""
        own = {} if pool is None or _is_sqlite(url) else {"pool_size": 1, "max_overflow": pool - 1}
        self.engine = create_engine(
            driver_url(url, asynchronous=False), pool_pre_ping=True, hide_parameters=True, **own
        )
        _tune(self.engine)

    def run(self, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `query` in one transaction: committed when it returns, undone when it raises.

        Raises:
            DatabaseGone: it cannot be reached, or a commit's outcome is unknown.
            QueryFailed: it refused the query.
        """
        with _translated(), Session(self.engine, expire_on_commit=False) as db, db.begin():
            return query(db, *args, **kwargs)

    def close(self) -> None:
        self.engine.dispose()


class Database:
    """The database of a web process: the same queries, awaited."""

    def __init__(self, url: str, pool: int = POOL) -> None:
        """`pool`: the most connections to PostgreSQL at once, of which `KEPT` are kept."""
        sqlite = _is_sqlite(url)
        kept = min(KEPT, pool)
        own = {} if sqlite else {"pool_size": kept, "max_overflow": pool - kept}
        self.engine = create_async_engine(
            driver_url(url, asynchronous=True), pool_pre_ping=not sqlite, hide_parameters=True, **own
        )
        _tune(self.engine.sync_engine)
        self._running: set[asyncio.Future[Any]] = set()
        self._full_at = self._gone_at = -math.inf

    @property
    def is_full(self) -> bool:
        """Whether the database refused this process a connection lately, because it has no slot."""
        return time.monotonic() - self._full_at < NO_SLOT_FOR_S

    async def run(self, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `SyncDatabase.run`. A caller that is canceled leaves at once; its transaction is finished all the same.

        Readers hang up at any moment, and a connection given up in mid-flight is one the pool has to replace.
        """
        transaction = asyncio.ensure_future(self._run(query, *args, **kwargs))
        self._running.add(transaction)
        transaction.add_done_callback(self._finished)
        return await asyncio.shield(transaction)

    async def _run(self, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            with _translated():
                async with AsyncSession(self.engine, expire_on_commit=False) as db, db.begin():
                    return await db.run_sync(query, *args, **kwargs)
        except NoFreeSlot:
            if not self.is_full:
                log.get(__name__).warning(NO_SLOT)
                self._full_at = time.monotonic()
            raise
        except DatabaseGone as error:
            if time.monotonic() - self._gone_at >= GONE_LOGGED_EVERY_S:
                log.get(__name__).warning("the database does not answer", error=str(error))
                self._gone_at = time.monotonic()
            raise

    def _finished(self, transaction: asyncio.Future[Any]) -> None:
        self._running.discard(transaction)
        if not transaction.cancelled():
            transaction.exception()  # seen, also when nobody waits for it any more

    async def ping(self) -> None:
        """Raises DatabaseGone."""
        await self.run(lambda db: db.execute(text("SELECT 1")))

    async def close(self) -> None:
        """Finish what runs, then let go of every connection."""
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.engine.dispose()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise (NoFreeSlot() if has_no_free_slot(error) else DatabaseGone(_line(error))) from error
    except SQLAlchemyError as error:
        raise QueryFailed(_line(error)) from error


def has_no_free_slot(error: SQLAlchemyError) -> bool:
    """Whether a connection was refused because there are too many."""
    return any(words in str(error) for words in NO_SLOT_ERRORS)


def _is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _line(error: SQLAlchemyError) -> str:
    """What it is, without the lines below, which quote values: PostgreSQL names the email that is taken."""
    return str(error.args[0]).partition("\n")[0]


def _tune(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: object, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]  # DB-API, untyped here
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def present(db: Session) -> datetime:
    """The database's own time: who measures leases by it agrees, also where the clocks of machines differ.

    SQLite has no clock of its own, and no second machine either.
    """
    if db.get_bind().dialect.name != "postgresql":
        return now()
    # Not `now()`, which stands still in a transaction, also in one that had to wait for a lock.
    return db.scalars(select(func.clock_timestamp(type_=Moment))).one()
