"""Logins on both databases: they end when idle, are renewed by use, and none outlives a changed password."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session as Db

from playhead.accounts import logins
from playhead.accounts import repository as accounts
from playhead.accounts.models import Credential, Device, LoginRow, Scope
from playhead.db import SyncDatabase
from playhead.errors import Problem
from playhead.live.clock import now

DIGEST, OTHER = "0123456789abcdef" * 4, "fedcba9876543210" * 4
LOGIN = Credential("login", DIGEST)
MONTH = timedelta(days=30)
MINUTE = timedelta(minutes=1)
BLOCKED_S = 0.5


def used_at(db: Db, digest: str, moment: datetime) -> None:
    db.execute(update(LoginRow).where(LoginRow.digest == digest).values(used_at=moment))


def last_use(database: SyncDatabase) -> datetime:
    (login,) = database.run(logins.list_logins, "ada")
    return login.last_used_at


@pytest.mark.parametrize(("margin", "valid"), [(MINUTE, True), (-MINUTE, False)])
def test_login_ends_when_idle_and_use_renews_it(database: SyncDatabase, margin: timedelta, valid: bool) -> None:
    database.run(logins.create_login, "ada", DIGEST, MONTH)
    database.run(used_at, DIGEST, now() - logins.IDLE_TIMEOUT + margin)
    assert bool(database.run(accounts.signed_in, [LOGIN])) is valid
    assert bool(database.run(logins.list_logins, "ada")) is valid
    database.run(logins.note_login_use, [DIGEST])
    assert now() - last_use(database) < MINUTE
    assert database.run(accounts.signed_in, [LOGIN])


def test_login_of_the_release_before_is_idle_since_it_began(database: SyncDatabase) -> None:
    for ago, valid in ((logins.IDLE_TIMEOUT + MINUTE, False), (logins.IDLE_TIMEOUT - MINUTE, True)):
        row = LoginRow(digest=DIGEST, user_id="ada", created_at=now() - ago, expires_at=now() + MONTH)
        database.run(Db.merge, row)
        assert bool(database.run(accounts.signed_in, [LOGIN])) is valid
    database.run(logins.note_login_use, [DIGEST])
    assert now() - last_use(database) < MINUTE


@pytest.mark.parametrize(("ago", "noted"), [(MINUTE, False), (timedelta(hours=1), True)])
def test_use_is_written_once_an_hour(database: SyncDatabase, ago: timedelta, noted: bool) -> None:
    database.run(logins.create_login, "ada", DIGEST, MONTH)
    database.run(used_at, DIGEST, now() - ago)
    database.run(logins.note_login_use, [DIGEST])
    assert (now() - last_use(database) < MINUTE / 2) is noted


def test_uses_of_many_are_written_and_those_not_due_are_left(database: SyncDatabase) -> None:
    ages = {f"{number:064x}": timedelta(minutes=30 * number) for number in range(5)}
    ages |= {DIGEST: 2 * logins.NOTED_EVERY}
    for digest, ago in ages.items():
        database.run(logins.create_login, "ada", digest, MONTH)
        database.run(used_at, digest, now() - ago)
    began = now()
    database.run(logins.note_login_use, [digest for digest in ages if digest != DIGEST] + [OTHER])
    noted = database.run(lambda db: {row.digest for row in db.query(LoginRow) if row.used_at and row.used_at >= began})
    assert noted == {digest for digest, ago in ages.items() if digest != DIGEST and ago >= logins.NOTED_EVERY}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one lock for all
def test_use_of_a_login_that_is_locked_is_left_out(database: SyncDatabase) -> None:
    """Two processes that note the same people in another order would wait for each other."""
    for digest in (DIGEST, OTHER):
        database.run(logins.create_login, "ada", digest, MONTH)
        database.run(used_at, digest, now() - 2 * logins.NOTED_EVERY)
    began = now()
    with Db(database.engine) as other, other.begin():
        used_at(other, DIGEST, began - MINUTE)
        database.run(logins.note_login_use, [DIGEST, OTHER])
    uses = database.run(lambda db: {row.digest: row.used_at or row.created_at for row in db.query(LoginRow)})
    assert uses[DIGEST] == began - MINUTE
    assert uses[OTHER] >= began


def test_new_login_deletes_idle_ones_of_the_same_person(database: SyncDatabase) -> None:
    for owner, digest in (("ada", DIGEST), ("bob", OTHER)):
        database.run(logins.create_login, owner, digest, MONTH)
        database.run(used_at, digest, now() - logins.IDLE_TIMEOUT - MINUTE)
    database.run(logins.create_login, "ada", "a" * 64, MONTH)
    left = database.run(lambda db: {row.digest for row in db.query(LoginRow)})
    assert left == {"a" * 64, OTHER}


def test_list_has_the_last_used_first_and_is_bounded(database: SyncDatabase) -> None:
    for number in range(logins.LISTED + 1):
        database.run(logins.create_login, "ada", f"{number:064x}", MONTH)
        database.run(used_at, f"{number:064x}", now() - number * MINUTE)
    listed = database.run(logins.list_logins, "ada")
    assert len(listed) == logins.LISTED
    assert listed[0].id == logins.login_id(f"{0:064x}")
    assert sorted(listed, key=lambda login: login.last_used_at, reverse=True) == listed


def test_login_has_the_device_and_its_end(database: SyncDatabase) -> None:
    device = Device("Firefox", "192.0.2.1")
    database.run(logins.create_login, "ada", DIGEST, timedelta(days=1), device=device)
    database.run(logins.create_login, "ada", OTHER, MONTH)
    by_id = {login.id: login for login in database.run(logins.list_logins, "ada")}
    short, long = (by_id[logins.login_id(digest)] for digest in (DIGEST, OTHER))
    assert short.device == device
    assert short.expires_at - short.created_at == timedelta(days=1)
    assert long.expires_at - long.created_at == logins.IDLE_TIMEOUT


def test_login_is_deleted_by_id_by_its_owner_only(database: SyncDatabase) -> None:
    database.run(logins.create_login, "ada", DIGEST, MONTH)
    database.run(logins.create_login, "ada", OTHER, MONTH)
    with pytest.raises(Problem, match="no such login"):
        database.run(logins.delete_login_by_id, "bob", logins.login_id(DIGEST))
    database.run(logins.delete_login_by_id, "ada", logins.login_id(DIGEST))
    assert [login.id for login in database.run(logins.list_logins, "ada")] == [logins.login_id(OTHER)]


def test_password_is_changed_only_from_the_one_that_was_checked(database: SyncDatabase) -> None:
    database.run(logins.create_login, "ada", DIGEST, MONTH)
    assert not database.run(accounts.change_password, "ada", "another", "new", OTHER)
    assert len(database.run(logins.list_logins, "ada")) == 1
    assert database.run(accounts.change_password, "ada", "", "new", OTHER)
    assert database.run(logins.list_logins, "ada") == []


def test_login_by_the_old_password_waits_for_the_change_and_fails(database: SyncDatabase) -> None:
    started = threading.Event()

    def sign_in() -> None:
        started.set()
        database.run(logins.create_login, "ada", DIGEST, MONTH, password_hash="")

    with ThreadPoolExecutor(1) as pool:

        def change(db: Db) -> None:
            accounts.change_password(db, "ada", "", "new", OTHER)
            signing_in.append(pool.submit(sign_in))
            started.wait(5)
            assert not wait(signing_in, BLOCKED_S).done

        signing_in: list[Future[None]] = []
        database.run(change)
        with pytest.raises(Problem) as refused:
            signing_in[0].result(10)
    assert refused.value.code == "wrong_credentials"
    assert database.run(logins.list_logins, "ada") == []


def test_token_may_change_by_scope_and_ends(database: SyncDatabase) -> None:
    tokens: list[tuple[str, Scope, datetime | None]] = [
        ("1", "read", None),
        ("2", "write", now() + MINUTE),
        ("3", "write", now() - MINUTE),
    ]
    for digest, scope, ends_at in tokens:
        database.run(accounts.create_token, "ada", "CI", digest, scope, ends_at)
    found = database.run(accounts.signed_in, [Credential("token", digest) for digest in "123"])
    assert {credential.digest: user.may_change for credential, user in found.items()} == {"1": False, "2": True}
