"""People, their logins and their API tokens."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session as Db

from playhead.accounts import logins
from playhead.accounts import repository as accounts
from playhead.accounts.models import Credential, LoginRow, TokenRow
from playhead.db import Base, SyncDatabase
from playhead.errors import Problem
from playhead.sessions import transcript
from playhead.sessions.models import Segment, SegmentRow, SessionRow
from tests.contract.databases.sessions import Queue

HOUR = timedelta(hours=1)
LOGIN, OLD_LOGIN, TOKEN = Credential("login", "1"), Credential("login", "2"), Credential("token", "3")


def test_email_belongs_to_one_person(database: SyncDatabase) -> None:
    made = database.run(accounts.create_user, "eve@example.org", "hash")
    with pytest.raises(Problem) as refused:
        database.run(accounts.create_user, "eve@example.org", "another hash")
    assert (refused.value.status, refused.value.code) == (409, "email_taken")
    assert database.run(accounts.find_by_email, "eve@example.org") == (made, "hash")
    assert database.run(accounts.find_by_email, "nobody@example.org") is None


@pytest.mark.parametrize("key", ["ada", "ada@example.org", " ADA@Example.org "])
def test_person_is_found_by_id_and_by_email(database: SyncDatabase, key: str) -> None:
    found = database.run(accounts.find, key)
    assert found is not None
    assert found.id == "ada"
    assert database.run(accounts.find, "nobody") is None


def test_admin_role_is_set_and_removed_by_email(database: SyncDatabase) -> None:
    for is_admin in (True, False):
        assert database.run(accounts.set_admin, "ada@example.org", is_admin) is True
        ada = database.run(accounts.find, "ada")
        assert ada is not None
        assert ada.is_admin is is_admin
    assert database.run(accounts.set_admin, "nobody@example.org", True) is False


def test_credentials_are_valid_until_they_expire_or_are_deleted(database: SyncDatabase) -> None:
    database.run(logins.create_login, "ada", OLD_LOGIN.digest, -HOUR)
    database.run(logins.create_login, "bob", LOGIN.digest, HOUR)
    token = database.run(accounts.create_token, "ada", "CI", TOKEN.digest)
    ada, bob = (database.run(accounts.find, name) for name in ("ada", "bob"))
    everything = [LOGIN, OLD_LOGIN, TOKEN, Credential("token", LOGIN.digest)]
    assert database.run(accounts.signed_in, everything) == {LOGIN: bob, TOKEN: ada}
    database.run(logins.delete_login, LOGIN.digest)
    database.run(accounts.delete_token, "ada", token.id)
    assert database.run(accounts.signed_in, everything) == {}
    assert database.run(accounts.signed_in, []) == {}


def test_new_login_deletes_expired_ones(database: SyncDatabase) -> None:
    database.run(logins.create_login, "ada", OLD_LOGIN.digest, -HOUR)
    database.run(logins.create_login, "ada", LOGIN.digest, HOUR)
    assert database.run(lambda db: db.scalars(select(LoginRow.digest)).all()) == [LOGIN.digest]


def test_tokens_are_listed_newest_first_with_their_last_use(database: SyncDatabase) -> None:
    first, second = (database.run(accounts.create_token, "ada", name, name) for name in ("first", "second"))
    assert database.run(accounts.list_tokens, "ada") == [second, first]
    assert database.run(accounts.list_tokens, "bob") == []
    database.run(accounts.note_token_use, ["first"])
    used = [token.last_used_at for token in database.run(accounts.list_tokens, "ada")]
    assert used[0] is None
    assert used[1] is not None
    assert used[1] >= first.created_at


def test_uses_of_several_tokens_are_written_at_once(database: SyncDatabase) -> None:
    for name in ("first", "second", "third"):
        database.run(accounts.create_token, "ada", name, name)
    database.run(accounts.note_token_use, ["first", "third", "unknown"])
    used = {token.name for token in database.run(accounts.list_tokens, "ada") if token.last_used_at}
    assert used == {"first", "third"}


def test_person_has_at_most_fifty_tokens(database: SyncDatabase) -> None:
    for number in range(accounts.TOKENS_PER_USER):
        database.run(accounts.create_token, "ada", "CI", str(number))
    with pytest.raises(Problem) as refused:
        database.run(accounts.create_token, "ada", "CI", "one more")
    assert (refused.value.status, refused.value.code) == (409, "too_many_tokens")


def test_token_of_someone_else_is_not_deleted(database: SyncDatabase) -> None:
    token = database.run(accounts.create_token, "ada", "CI", TOKEN.digest)
    with pytest.raises(Problem) as refused:
        database.run(accounts.delete_token, "bob", token.id)
    assert (refused.value.status, refused.value.code) == (404, "token_not_found")
    assert database.run(accounts.list_tokens, "ada") == [token]


def test_person_who_is_deleted_leaves_no_row(database: SyncDatabase, queue: Queue) -> None:
    database.run(transcript.add_segments, queue().id, [Segment(0, 0, 1, "word")])
    database.run(logins.create_login, "ada", LOGIN.digest, HOUR)
    database.run(accounts.create_token, "ada", "CI", TOKEN.digest)
    database.run(accounts.delete_user, "ada")
    for table in (SegmentRow, SessionRow, LoginRow, TokenRow):
        assert database.run(_count, table) == 0


def _count(db: Db, table: type[Base]) -> int | None:
    return db.scalar(select(func.count()).select_from(table))
