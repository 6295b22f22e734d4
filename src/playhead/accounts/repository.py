"""The queries about people, their API tokens and whose a credential is: plain functions for `Database.run`."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Db

from playhead.accounts.logins import delete_logins, valid_at
from playhead.accounts.models import Credential, LoginRow, Scope, Token, TokenRow, User, UserRow
from playhead.db import changed
from playhead.errors import Problem
from playhead.ids import new_id
from playhead.live.clock import now

TOKENS_PER_USER = 50
"""More than a person can tell apart; without a bound, one account could fill the table."""
PERSON = (UserRow.id, UserRow.email, UserRow.is_admin)
"""The columns of a `User`: streams ask for thousands at once, and an object a row costs five times as much."""

ENABLED = UserRow.disabled_at.is_(None)


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
    return changed(db, update(UserRow).where(UserRow.email == email).values(is_admin=is_admin)) == 1


def change_password(db: Db, user_id: str, old_hash: str, new_hash: str, kept_login: str) -> bool:
    """Replace a password and end all logins but `kept_login`, a digest; False if the password is another by now."""
    query = update(UserRow).where(UserRow.id == user_id, UserRow.password_hash == old_hash)
    if not changed(db, query.values(password_hash=new_hash)):
        return False
    delete_logins(db, user_id, but=kept_login)
    return True


def reset_password(db: Db, user_id: str, new_hash: str) -> None:
    """Replace a password whatever it was, and end all logins."""
    db.execute(update(UserRow).where(UserRow.id == user_id).values(password_hash=new_hash))
    delete_logins(db, user_id)


def delete_user(db: Db, id: str) -> None:
    """Delete a user and all their rows; the caller has to delete their audio first."""
    db.execute(delete(UserRow).where(UserRow.id == id))


def signed_in(db: Db, credentials: Collection[Credential]) -> dict[Credential, User]:
    """The users of the credentials that are valid; for many at once, because many streams ask in the same moment."""
    logins = [held.digest for held in credentials if held.kind == "login"]
    tokens = [held.digest for held in credentials if held.kind == "token"]
    return _of_logins(db, logins) | _of_tokens(db, tokens)


def _of_logins(db: Db, digests: Collection[str]) -> dict[Credential, User]:
    if not digests:
        return {}
    query = select(LoginRow.digest, *PERSON).join(UserRow)
    found = db.execute(query.where(LoginRow.digest.in_(digests), valid_at(now()), ENABLED))
    return {Credential("login", digest): User(key, email, admin) for digest, key, email, admin in found}


def _of_tokens(db: Db, digests: Collection[str]) -> dict[Credential, User]:
    if not digests:
        return {}
    query = select(TokenRow.digest, TokenRow.scope, *PERSON).join(UserRow)
    lasting = or_(TokenRow.expires_at.is_(None), TokenRow.expires_at > now())
    found = db.execute(query.where(TokenRow.digest.in_(digests), lasting, ENABLED))
    return {
        Credential("token", digest): User(
            key, email, admin and scope != "canary", may_change=scope == "write", is_canary=scope == "canary"
        )
        for digest, scope, key, email, admin in found
    }


def note_token_use(db: Db, digests: Collection[str]) -> None:
    """Set the time of these tokens' last use to now, except of those that are locked, as for logins."""
    free = select(TokenRow.id).where(TokenRow.digest.in_(digests)).with_for_update(skip_locked=True)
    noted = update(TokenRow).where(TokenRow.id.in_(free)).values(last_used_at=now())
    db.execute(noted, execution_options={"synchronize_session": False})


def create_token(
    db: Db, user_id: str, name: str, digest: str, scope: Scope = "write", expires_at: datetime | None = None
) -> Token:
    """Raises Problem 409 `too_many_tokens`."""
    if len(list_tokens(db, user_id)) >= TOKENS_PER_USER:
        raise Problem(409, "too_many_tokens", f"There are {TOKENS_PER_USER} tokens already: delete one first.")
    row = TokenRow(
        id=new_id(),
        user_id=user_id,
        name=name,
        digest=digest,
        scope=scope,
        created_at=now(),
        expires_at=expires_at,
        last_used_at=None,
    )
    db.add(row)
    return _token(row)


def list_tokens(db: Db, user_id: str) -> list[Token]:
    """Newest first."""
    rows = db.scalars(select(TokenRow).where(TokenRow.user_id == user_id).order_by(TokenRow.id.desc()))
    return [_token(row) for row in rows]


def delete_token(db: Db, user_id: str, id: str) -> None:
    """Raises Problem 404 `token_not_found`, also for someone else's."""
    if not changed(db, delete(TokenRow).where(TokenRow.id == id, TokenRow.user_id == user_id)):
        raise Problem(404, "token_not_found", "There is no such token.")


def _user(row: UserRow) -> User:
    return User(row.id, row.email, row.is_admin)


def _token(row: TokenRow) -> Token:
    return Token(row.id, row.name, row.scope, row.created_at, row.expires_at, row.last_used_at)
