"""The queries about logins: plain functions for `Database.run`."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session as Db

from playhead.accounts.models import Device, Login, LoginRow, UserRow
from playhead.db import changed
from playhead.errors import Problem
from playhead.live.clock import now

IDLE_TIMEOUT = timedelta(days=14)
"""A login that is not used for two weeks ends: long enough for a holiday, and a browser that was left signed in on a
borrowed computer does not stay so for the whole lifetime of a login."""
NOTED_EVERY = timedelta(hours=1)
"""The resolution of a login's last use: one write an hour at most, whatever the number of requests and processes."""
LISTED = 100
"""Most logins that a list has, the last used first: a program that signs in at each run makes thousands."""

LAST_USE = func.coalesce(LoginRow.used_at, LoginRow.created_at)


def valid_at(moment: datetime) -> ColumnElement[bool]:
    """The condition that a login has neither expired nor been idle for too long."""
    return and_(LoginRow.expires_at > moment, moment - IDLE_TIMEOUT < LAST_USE)


def create_login(
    db: Db,
    user_id: str,
    digest: str,
    lifetime: timedelta,
    *,
    device: Device | None = None,
    password_hash: str | None = None,
) -> None:
    """Insert a login, and delete this user's expired ones.

    Args:
        db: the database.
        user_id: whose login it is.
        digest: of the secret in the cookie.
        lifetime: when it ends at the latest.
        device: from where the person signed in.
        password_hash: what the password was checked against; a login by a password that has been changed since is
            refused. The change ends all logins, so that one of a moment later would outlive it.

    Raises:
        Problem: 401 `wrong_credentials`.
    """
    start, device = now(), device or Device()
    if password_hash is not None:
        # An update that changes nothing locks the row on both databases: a change of the password waits for this login,
        # and ends it as well.
        same = update(UserRow).where(UserRow.id == user_id, UserRow.password_hash == password_hash)
        if not changed(db, same.values(password_hash=password_hash)):
            raise wrong_credentials()
    db.execute(delete(LoginRow).where(LoginRow.user_id == user_id, ~valid_at(start)))
    db.add(
        LoginRow(
            digest=digest,
            user_id=user_id,
            created_at=start,
            expires_at=start + lifetime,
            used_at=start,
            user_agent=device.user_agent,
            address=device.address,
        )
    )


def note_login_use(db: Db, digests: Collection[str]) -> None:
    """Set the time of these logins' last use to now, except of those of which another process did so within the hour.

    One that is locked is left out: whoever has it is noting its use, too, or ends it. So this waits for nobody, and
    nobody waits for it who waits for another one in turn.
    """
    moment = now()
    due = or_(LoginRow.used_at.is_(None), LoginRow.used_at <= moment - NOTED_EVERY)
    free = select(LoginRow.digest).where(LoginRow.digest.in_(digests), due).with_for_update(skip_locked=True)
    noted = update(LoginRow).where(LoginRow.digest.in_(free)).values(used_at=moment)
    db.execute(noted, execution_options={"synchronize_session": False})


def list_logins(db: Db, user_id: str) -> Sequence[Login]:
    """The valid ones, the last used first."""
    query = select(LoginRow).where(LoginRow.user_id == user_id, valid_at(now()))
    return [_login(row) for row in db.scalars(query.order_by(LAST_USE.desc(), LoginRow.digest).limit(LISTED))]


def delete_login(db: Db, digest: str) -> None:
    db.execute(delete(LoginRow).where(LoginRow.digest == digest))


def delete_logins(db: Db, user_id: str, but: str | None = None) -> int:
    """Delete a person's logins, except the one with this digest; returns how many there were."""
    query = delete(LoginRow).where(LoginRow.user_id == user_id)
    return changed(db, query if but is None else query.where(LoginRow.digest != but))


def delete_login_by_id(db: Db, user_id: str, id: str) -> None:
    """Raises Problem 404 `login_not_found`, also for someone else's."""
    begins = LoginRow.digest.startswith(UUID(id).hex)
    if not changed(db, delete(LoginRow).where(LoginRow.user_id == user_id, begins)):
        raise Problem(404, "login_not_found", "There is no such login.")


def login_id(digest: str) -> str:
    """The public id of a login: the first half of its digest, which does not help to guess a secret of 256 bits."""
    return str(UUID(digest[:32]))


def wrong_credentials() -> Problem:
    return Problem(401, "wrong_credentials", "The email or the password is wrong.")


def _login(row: LoginRow) -> Login:
    used_at = row.used_at or row.created_at
    ends_at = min(row.expires_at, used_at + IDLE_TIMEOUT)
    return Login(login_id(row.digest), row.created_at, used_at, ends_at, Device(row.user_agent, row.address))
