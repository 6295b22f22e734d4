"""Runs queries in transactions: `Database` for the web's event loop, `SyncDatabase` for the worker.

A query is a plain function of a `Session`, so that both run the same queries.
"""

import asyncio
import contextlib
import contextvars
import math
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import (
    CursorResult,
    DateTime,
    Delete,
    Dialect,
    TypeDecorator,
    Update,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

from playhead import log
from playhead.config import POOL
from playhead.live.clock import now
from playhead.live.errors import StoreError

P = ParamSpec("P")
T = TypeVar("T")
Query = Callable[Concatenate[Session, P], T]

KEPT = 2
"""Connections to PostgreSQL that a web process keeps open: in quiet times two are in use at once. It opens others on
demand, up to `DATABASE_POOL`, and closes them again: kept open, those of one burst left none for the workers."""
WORKER_POOL = 2
"""Most connections of a worker's child: one for the work, one for renewing the lease. Its sums take whichever is free,
and it keeps one open."""
NO_SLOT = "the database has no free connection slot: all that it allows are taken (infra/render/README.md)"
NO_SLOT_ERRORS = (
    "too many clients already",
    "remaining connection slots are reserved",
    "too many connections for",  # a role or a database
    "no more connections allowed",  # PgBouncer
)
"""PostgreSQL's messages for it: libpq passes no SQLSTATE on for a failed connection."""
NO_SLOT_FOR_S = 30.0
"""How long a refused connection counts as the present state, and is not logged again."""
FREE_WITHIN_S = 30.0
"""How long a transaction of a web process waits for a free thread: longer than in any burst."""
BUSY_TIMEOUT_MS = 10_000
"""How long SQLite waits for another process's write; a checkpoint's write takes a few ms."""
GONE_LOGGED_EVERY_S = 60.0
"""Interval of logging that the database does not answer. It is needed because on a full disk only SQLite's writes fail
and `/readyz` stays green; not for each request, because there may be thousands."""


class Base(DeclarativeBase):
    """The base class of all tables."""


class DatabaseError(StoreError):
    """A query failed: `DatabaseGone` or `QueryFailed`."""


class DatabaseGone(DatabaseError, OSError):
    """The database cannot be reached or does not answer; a later try may succeed."""


class NoFreeSlot(DatabaseGone):
    """The database is reachable, but accepts no more connections."""

    def __init__(self) -> None:
        super().__init__(NO_SLOT)


class QueryFailed(DatabaseError):
    """The database refused a query or a value in it; the same query will fail again."""


class Moment(TypeDecorator[datetime]):
    """A point in time in UTC; SQLite stores no time zone, so UTC is added on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def driver_url(url: str) -> str:
    """Adds the driver to a database URL: psycopg for PostgreSQL, sqlite3 for SQLite."""
    parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    drivers = {"postgresql": "postgresql+psycopg", "sqlite": "sqlite"}
    return parsed.set(drivername=drivers[parsed.get_backend_name()]).render_as_string(hide_password=False)


class SyncDatabase:
    """The database of a worker, with blocking calls. Values of queries, such as hashes, stay out of errors and logs.

    Args:
        url: the database.
        pool: most connections to PostgreSQL at once.
        kept: how many of them are kept open.
    """

    def __init__(self, url: str, pool: int | None = None, kept: int = 1) -> None:
        own = {} if pool is None or _is_sqlite(url) else {"pool_size": kept, "max_overflow": pool - kept}
        self.engine = create_engine(driver_url(url), pool_pre_ping=not _is_sqlite(url), hide_parameters=True, **own)
        _tune(self.engine)

    def run(self, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Calls `query` in one transaction, which is committed when it returns and rolled back when it raises.

        Raises:
            DatabaseGone: the database cannot be reached, or the outcome of the commit is unknown.
            QueryFailed: the database refused the query.
        """
        with _translated(), Session(self.engine, expire_on_commit=False) as db, db.begin():
            return query(db, *args, **kwargs)

    def close(self) -> None:
        self.engine.dispose()


class Database:
    """The database of a web process, with awaitable calls.

    Each transaction runs on a thread from its begin to its end. On the event loop SQLite's only lock would be held
    while it turns, and each statement would cost four changes of the thread: 0.8 ms of CPU a query instead of 0.2.

    Args:
        url: the database.
        pool: most transactions at once, and so most connections, of which `KEPT` to PostgreSQL are kept open.
        free_within_s: how long a transaction waits while so many run.
    """

    def __init__(self, url: str, pool: int = POOL, free_within_s: float = FREE_WITHIN_S) -> None:
        self._blocking = SyncDatabase(url, pool, min(KEPT, pool))
        self._threads = ThreadPoolExecutor(pool, thread_name_prefix="database")
        self._free = asyncio.Semaphore(pool)
        self._free_within_s = free_within_s
        self._running: set[asyncio.Future[Any]] = set()
        self._full_at = self._gone_at = -math.inf

    @property
    def is_full(self) -> bool:
        """Whether the database refused this process a connection within `NO_SLOT_FOR_S`, for lack of a free slot."""
        return time.monotonic() - self._full_at < NO_SLOT_FOR_S

    async def run(self, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Calls `query` as `SyncDatabase.run` does. A canceled caller returns at once, and its transaction is finished.

        Readers disconnect at any moment, and the pool would have to replace the connection of an aborted transaction.
        """
        transaction = asyncio.ensure_future(self._run(query, *args, **kwargs))
        self._running.add(transaction)
        transaction.add_done_callback(self._finished)
        return await asyncio.shield(transaction)

    async def _run(self, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        work = partial(self._blocking.run, query, *args, **kwargs)
        loop = asyncio.get_running_loop()
        try:
            async with self._turn():
                return await loop.run_in_executor(self._threads, contextvars.copy_context().run, work)
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

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Waits for a free thread. Raises DatabaseGone if none is free in time."""
        try:
            async with asyncio.timeout(self._free_within_s):
                await self._free.acquire()
        except TimeoutError:
            raise DatabaseGone("no transaction has ended in time") from None
        try:
            yield
        finally:
            self._free.release()

    def _finished(self, transaction: asyncio.Future[Any]) -> None:
        self._running.discard(transaction)
        if not transaction.cancelled():
            transaction.exception()  # marks it as retrieved, in case its caller was canceled

    async def ping(self) -> None:
        """Checks that the database answers. Raises DatabaseGone."""
        await self.run(lambda db: db.execute(text("SELECT 1")))

    async def close(self) -> None:
        """Finishes running transactions, then closes every connection."""
        await asyncio.gather(*self._running, return_exceptions=True)
        self._threads.shutdown()
        self._blocking.close()


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
    """The first line of an error; later lines quote values, for example an email that already exists."""
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
    """The database's current time, by which leases are measured, because the clocks of machines differ.

    SQLite has no clock of its own; there it is the machine's.
    """
    if db.get_bind().dialect.name != "postgresql":
        return now()
    # Not `now()`, which is the time of the transaction's start, possibly before it waited for a lock.
    return db.scalars(select(func.clock_timestamp(type_=Moment))).one()


def changed(db: Session, statement: Update | Delete) -> int:
    """Runs a statement; returns how many rows it changed."""
    result = db.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount


def insert_of(db: Session, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that may have `ON CONFLICT`, which SQLAlchemy has only for each database by itself."""
    return sqlite.insert(table) if db.get_bind().dialect.name == "sqlite" else postgresql.insert(table)
