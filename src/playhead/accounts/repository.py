"""The queries about people, their logins and their API tokens: plain functions for `Database.run`."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import CursorResult, Delete, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Db

from playhead.accounts.models import Credential, LoginRow, Token, TokenRow, User, UserRow
from playhead.clock import now
from playhead.errors import Problem
from playhead.ids import new_id

TOKENS_PER_USER = 50
"""More than a person can tell apart; without a bound, one account could fill the table."""
PERSON = (UserRow.id, UserRow.email, UserRow.is_admin)
"""The columns of a `User`: streams ask for thousands at once, and an object a row costs five times as much."""


def create_user(db: Db, email: str, password_hash: str) -> User:
    """Raises Problem 409 `email_taken`."""
    row = UserRow(id=new_id(), email=email, password_hash=password_hash, is_admin=False, created_at=now())
    db.add(row)
    try:
        db.flush()
    except IntegrityError:
        raise Problem(409, "email_taken", "There is an account with this email already.") from None
    return _user(row)


def find_by_email(db: Db, email: str) -> tuple[User, str] | None:
    """The person and the hash of their password."""
    row = db.scalar(select(UserRow).where(UserRow.email == email))
    return (_user(row), row.password_hash) if row else None


def find(db: Db, id_or_email: str) -> User | None:
    given = id_or_email.strip()
    row = db.scalar(select(UserRow).where(or_(UserRow.id == given, UserRow.email == given.lower())))
    return _user(row) if row else None


def set_admin(db: Db, email: str, is_admin: bool) -> bool:
    """Give or take the right to see `/admin`; False if nobody has this email."""
    changed = db.execute(update(UserRow).where(UserRow.email == email).values(is_admin=is_admin))
    assert isinstance(changed, CursorResult)
    return changed.rowcount == 1


def delete_user(db: Db, id: str) -> None:
    """Delete a user and all their rows; the caller has to delete their audio first."""
    db.execute(delete(UserRow).where(UserRow.id == id))


def create_login(db: Db, user_id: str, digest: str, lifetime: timedelta) -> None:
    """Insert a login, and delete this user's expired ones."""
    start = now()
    db.execute(delete(LoginRow).where(LoginRow.user_id == user_id, LoginRow.expires_at <= start))
    db.add(LoginRow(digest=digest, user_id=user_id, created_at=start, expires_at=start + lifetime))


def delete_login(db: Db, digest: str) -> None:
    db.execute(delete(LoginRow).where(LoginRow.digest == digest))


def signed_in(db: Db, credentials: Collection[Credential]) -> dict[Credential, User]:
    """The users of the credentials that are valid; for many at once, because many streams ask in the same moment."""
    logins = [held.digest for held in credentials if held.kind == "login"]
    tokens = [held.digest for held in credentials if held.kind == "token"]
    return _of_logins(db, logins) | _of_tokens(db, tokens)


def _of_logins(db: Db, digests: Collection[str]) -> dict[Credential, User]:
    if not digests:
        return {}
    query = select(LoginRow.digest, *PERSON).join(UserRow)
    found = db.execute(query.where(LoginRow.digest.in_(digests), LoginRow.expires_at > now()))
    return {Credential("login", digest): User(key, email, admin) for digest, key, email, admin in found}


def _of_tokens(db: Db, digests: Collection[str]) -> dict[Credential, User]:
    if not digests:
        return {}
    found = db.execute(select(TokenRow.digest, *PERSON).join(UserRow).where(TokenRow.digest.in_(digests)))
    return {Credential("token", digest): User(key, email, admin) for digest, key, email, admin in found}


def note_use(db: Db, digest: str) -> None:
    """Set the time of a token's last use to now."""
    db.execute(update(TokenRow).where(TokenRow.digest == digest).values(last_used_at=now()))


def create_token(db: Db, user_id: str, name: str, digest: str) -> Token:
    """Raises Problem 409 `too_many_tokens`."""
    if len(list_tokens(db, user_id)) >= TOKENS_PER_USER:
        raise Problem(409, "too_many_tokens", f"There are {TOKENS_PER_USER} tokens already: delete one first.")
    row = TokenRow(id=new_id(), user_id=user_id, name=name, digest=digest, created_at=now(), last_used_at=None)
    db.add(row)
    return _token(row)


def list_tokens(db: Db, user_id: str) -> list[Token]:
    """Newest first."""
    rows = db.scalars(select(TokenRow).where(TokenRow.user_id == user_id).order_by(TokenRow.id.desc()))
    return [_token(row) for row in rows]


def delete_token(db: Db, user_id: str, id: str) -> None:
    """Raises Problem 404 `token_not_found`, also for someone else's."""
    if not _deleted(db, delete(TokenRow).where(TokenRow.id == id, TokenRow.user_id == user_id)):
        raise Problem(404, "token_not_found", "There is no such token.")


def _deleted(db: Db, statement: Delete) -> int:
    result = db.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount


def _user(row: UserRow) -> User:
    return User(row.id, row.email, row.is_admin)


def _token(row: TokenRow) -> Token:
    return Token(row.id, row.name, row.created_at, row.last_used_at)
