"""The queries of those who run the server about people: list them, disable them, sign them out, set their quota."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import false, select, update
from sqlalchemy.orm import Session as Db

from playhead.accounts.logins import delete_logins
from playhead.accounts.models import TokenRow, UserRow
from playhead.live.clock import now

PAGE_SIZE = 50
"""People in one page of a list: a screen or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnQuota:
    """A person's own quota; 0: no limit, None: the setting holds."""

    bytes: int | None = None
    hours: float | None = None
    queued: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person as those who run the server see them."""

    id: str
    email: str
    is_admin: bool
    created_at: datetime
    disabled_at: datetime | None
    own_quota: OwnQuota


def list_accounts(db: Db, search: str = "", before: str | None = None) -> tuple[list[Account], str | None]:
    """The newest accounts older than the id `before` whose email contains `search`, and the next page's cursor.

    The cursor is None if this is the last page.
    """
    query = select(UserRow).where(UserRow.email.contains(search.strip().lower(), autoescape=True))
    if before is not None:
        query = query.where(UserRow.id < before)
    rows = list(db.scalars(query.order_by(UserRow.id.desc()).limit(PAGE_SIZE + 1)))
    shown = rows[:PAGE_SIZE]
    return [_account(row) for row in shown], shown[-1].id if len(rows) > PAGE_SIZE else None


def get_account(db: Db, id: str) -> Account | None:
    row = db.get(UserRow, id)
    return _account(row) if row else None


def own_quota(db: Db, id: str, *, lock: bool = False) -> OwnQuota:
    """Reads a person's own quota.

    Args:
        lock: makes other transactions with `lock` wait until this one ends, so that a person's sessions are counted
            one after another.
    """
    if lock and db.get_bind().dialect.name == "sqlite":  # it has no row locks; any write takes its only lock
        db.execute(update(UserRow).where(false()).values(email=""))
    query = select(UserRow.quota_bytes, UserRow.quota_hours, UserRow.quota_queued).where(UserRow.id == id)
    # Not the strongest lock: sessions refer to the row, and their inserts must not wait.
    row = db.execute(query.with_for_update(key_share=True) if lock else query).first()
    return OwnQuota(bytes=row[0], hours=row[1], queued=row[2]) if row else OwnQuota()


def set_own_quota(db: Db, id: str, quota: OwnQuota) -> None:
    """Sets all parts of a person's own quota."""
    values = {"quota_bytes": quota.bytes, "quota_hours": quota.hours, "quota_queued": quota.queued}
    db.execute(update(UserRow).where(UserRow.id == id).values(values))


def disable(db: Db, id: str) -> None:
    """Refuses a person's tokens from now on, and ends their logins."""
    db.execute(update(UserRow).where(UserRow.id == id, UserRow.disabled_at.is_(None)).values(disabled_at=now()))
    delete_logins(db, id)


def is_disabled(db: Db, token_digest: str) -> bool:
    """Whether the owner of the API token with this digest is disabled; False if there is no such token."""
    query = select(UserRow.id).join(TokenRow, TokenRow.user_id == UserRow.id)
    return db.scalar(query.where(TokenRow.digest == token_digest, UserRow.disabled_at.is_not(None))) is not None


def enable(db: Db, id: str) -> None:
    db.execute(update(UserRow).where(UserRow.id == id).values(disabled_at=None))


def _account(row: UserRow) -> Account:
    return Account(
        id=row.id,
        email=row.email,
        is_admin=row.is_admin,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        own_quota=OwnQuota(bytes=row.quota_bytes, hours=row.quota_hours, queued=row.quota_queued),
    )
