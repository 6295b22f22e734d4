"""Migrations create the tables of the models, once, in full or not at all."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from playhead import schema_revision
from playhead.accounts.administration import OwnQuota
from playhead.accounts.logins import list_logins
from playhead.accounts.models import Credential
from playhead.accounts.repository import list_tokens, signed_in
from playhead.db import SyncDatabase
from playhead.errors import ConfigError
from playhead.live.clock import now
from playhead.migrations import exclusive, upgrade
from playhead.quotas import Quotas, list_account_usage
from playhead.sessions import repository
from playhead.sessions.status import Stage, encode
from playhead.sessions.usage import Usage
from playhead.tables import METADATA
from playhead.up.checks import migrate
from tests.contract.databases.harms import harms, tables_of
from tests.support.fakes import a_status
from tests.support.postgres import Postgres

LOGIN, TOKEN = Credential("login", "1" * 64), Credential("token", "2" * 64)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables; for SQLite the folder does not exist either."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'deep' / 'playhead.db'}"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.database(f"empty_{secrets.token_hex(4)}")


def test_history_ends_in_the_tables_of_the_models(empty: str) -> None:
    upgrade(empty)
    with exclusive(empty) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_second_upgrade_changes_nothing(empty: str) -> None:
    upgrade(empty)
    upgrade(empty)


def test_processes_that_upgrade_at_once_all_succeed(empty: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(upgrade, [empty] * 4)) == [None] * 4


def test_failed_upgrade_leaves_nothing(empty: str) -> None:
    with pytest.raises(RuntimeError), exclusive(empty) as connection:  # noqa: PT012 - the rollback is what is tested
        connection.exec_driver_sql("CREATE TABLE half (id INTEGER)")
        raise RuntimeError
    database = SyncDatabase(empty)
    assert inspect(database.engine).get_table_names() == []
    database.close()


def test_each_migration_is_safe_for_the_release_before_it(empty: str) -> None:
    upgrade(empty, "0001")
    for number in range(2, schema_revision.NEWEST + 1):
        with exclusive(empty) as connection:
            before = tables_of(connection)
        upgrade(empty, f"{number:04}")
        with exclusive(empty) as connection:
            assert schema_revision.revision(connection) == number
            assert harms(before, tables_of(connection)) == []


@pytest.mark.parametrize(
    ("change", "harm"),
    [
        ("DROP TABLE t", ["t is gone"]),
        ("ALTER TABLE t RENAME COLUMN a TO b", ["t.a is gone"]),
        ("ALTER TABLE t DROP COLUMN a", ["t.a is gone"]),
        ("CREATE UNIQUE INDEX u ON t (a)", ["t has a new rule: unique ['a']"]),
        ("ALTER TABLE t ADD COLUMN b INTEGER REFERENCES o (id)", ["t has a new rule: ['b'] are of o"]),
        ("ALTER TABLE t ADD COLUMN b INTEGER NOT NULL DEFAULT 1", []),
        ("ALTER TABLE t ADD COLUMN b INTEGER", []),
        ("CREATE INDEX i ON t (a)", []),
        ("CREATE TABLE n (id INTEGER NOT NULL)", []),
    ],
)
def test_harmful_change_is_found(empty: str, change: str, harm: list[str]) -> None:
    with exclusive(empty) as connection:
        connection.exec_driver_sql("CREATE TABLE o (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER)")
        before = tables_of(connection)
        connection.exec_driver_sql(change)
        assert harms(before, tables_of(connection)) == harm


def test_new_required_column_is_harmful(empty: str) -> None:
    with exclusive(empty) as connection:
        connection.exec_driver_sql("CREATE TABLE t (a INTEGER)")
        before = tables_of(connection)
        connection.exec_driver_sql("DROP TABLE t")
        connection.exec_driver_sql("CREATE TABLE t (a INTEGER NOT NULL, b INTEGER NOT NULL)")
        assert harms(before, tables_of(connection)) == ["t.a is another", "t.b is required"]


def test_revision_of_tables_is_that_of_their_last_migration(empty: str) -> None:
    with exclusive(empty) as connection:
        assert schema_revision.revision(connection) == 0
    upgrade(empty)
    with exclusive(empty) as connection:
        assert schema_revision.revision(connection) == schema_revision.NEWEST
        assert int(MigrationContext.configure(connection).get_current_revision() or 0) == schema_revision.NEWEST


@pytest.mark.parametrize(
    ("found", "fits"),
    [(0, False), (2, False), (3, True), (3 + schema_revision.AHEAD_MAX, True), (4 + schema_revision.AHEAD_MAX, False)],
)
def test_tables_fit_if_they_are_of_this_release_or_the_next(found: int, fits: bool) -> None:
    if fits:
        schema_revision.check(found, newest=3)
    else:
        with pytest.raises(schema_revision.Misfit, match=f"of revision {found}, (older|newer) than this release's 3"):
            schema_revision.check(found, newest=3)


def test_older_release_keeps_the_tables_of_a_newer_one(empty: str) -> None:
    upgrade(empty)
    set_revision(empty, schema_revision.NEWEST + schema_revision.AHEAD_MAX)
    migrate(empty)
    set_revision(empty, schema_revision.NEWEST + schema_revision.AHEAD_MAX + 1)
    with pytest.raises(ConfigError, match=r"newer than this release's \d+: deploy a newer release\.$"):
        migrate(empty)


def test_logins_and_tokens_of_the_release_before_keep_working(empty: str) -> None:
    long_ago, later = now() - timedelta(days=20), now() + timedelta(days=10)
    upgrade(empty, "0005")
    with exclusive(empty) as connection:
        for table, row in (
            ("users", {"id": "ada", "email": "ada@example.org", "password_hash": "", "is_admin": False}),
            ("logins", {"digest": LOGIN.digest, "user_id": "ada", "expires_at": later}),
            ("api_tokens", {"id": "t", "user_id": "ada", "name": "CI", "digest": TOKEN.digest, "last_used_at": None}),
        ):
            columns = [sa.column("created_at", sa.DateTime(timezone=True)), *map(column_of, row)]
            connection.execute(sa.table(table, *columns).insert().values(row | {"created_at": long_ago}))
    upgrade(empty)
    database = SyncDatabase(empty)
    assert database.run(signed_in, [LOGIN, TOKEN]).keys() == {LOGIN, TOKEN}
    (token,) = database.run(list_tokens, "ada")
    assert (token.scope, token.expires_at) == ("write", None)
    (login,) = database.run(list_logins, "ada")
    assert login.last_used_at > long_ago + timedelta(days=19), "nobody is signed out by the migration"
    assert login.expires_at == later
    database.close()


def test_people_and_sessions_of_the_release_before_are_not_limited(empty: str) -> None:
    session: dict[str, Any] = {
        "id": "s", "owner_id": "ada", "filename": "a", "size_bytes": 9, "audio_key": "audio/s", "duration_s": 60.0,
        "enqueued": True, "tries": 1, "version": 3, "attempt": 1, "state": "completed", "cancel_requested": False,
        "queued_at": now(), "status": encode(a_status(Stage.COMPLETED)).decode(),
    }  # fmt: skip
    upgrade(empty, "0006")
    with exclusive(empty) as connection:
        for table, row in (
            ("users", {"id": "ada", "email": "ada@example.org", "password_hash": "", "is_admin": False}),
            ("logins", {"digest": LOGIN.digest, "user_id": "ada", "expires_at": now() + timedelta(days=10)}),
            ("sessions", session),
        ):
            columns = [sa.column("created_at", sa.DateTime(timezone=True)), *map(column_of, row)]
            connection.execute(sa.table(table, *columns).insert().values(row | {"created_at": now()}))
    upgrade(empty)
    database = SyncDatabase(empty)
    assert database.run(signed_in, [LOGIN]).keys() == {LOGIN}
    (listed,), _ = database.run(list_account_usage, Quotas(bytes=10))
    assert (listed.account.disabled_at, listed.account.own_quota) == (None, OwnQuota())
    assert listed.used == Usage(bytes=9), "hours are counted from the migration on"
    assert database.run(repository.get, "s", "ada").audio_deleted_at is None
    database.close()


def column_of(name: str) -> "sa.ColumnClause[Any]":
    return sa.column(name, sa.DateTime(timezone=True)) if name.endswith("_at") else sa.column(name)


def set_revision(url: str, number: int) -> None:
    with exclusive(url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :number"), {"number": f"{number:04}"})
