"""The tables of accounts, and the frozen records that other packages get."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from playhead.db import Base, Moment

PersonScope = Literal["read", "write"]
Scope = Literal[PersonScope, "canary"]
"""What a token allows: `read` to read, `write` to read and to change, `canary` to read and to do what a canary does,
without the rights of an admin. What a canary reports wakes people, so only the command line makes its token."""


class UserRow(Base):
    """A person. The email is kept as typed in lower case, and is unique."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    is_admin: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Moment)
    disabled_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when no login or token of this person is accepted; None: they are."""
    quota_bytes: Mapped[int | None] = mapped_column(BigInteger)
    quota_hours: Mapped[float | None]
    quota_queued: Mapped[int | None]
    """A quota of this person's own, in place of the setting of the same name; 0: no limit. None: the setting holds."""


class InviteRow(Base):
    """An invite to make one account. The secret is shown once, the table keeps its digest; a used one is deleted."""

    __tablename__ = "invites"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)


class LoginRow(Base):
    """A login of a browser. The cookie holds a secret, the table its digest: deleting the row signs out.

    `used_at`, `user_agent` and `address` are null in rows of the release before 0006.
    """

    __tablename__ = "logins"
    __table_args__ = (Index("ix_logins_user", "user_id"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    user_agent: Mapped[str | None] = mapped_column(String(255))
    address: Mapped[str | None] = mapped_column(String(64))


class TokenRow(Base):
    """An API token. The secret is shown once, the table keeps its digest.

    A token of the release before 0006 has the default scope, and no end.
    """

    __tablename__ = "api_tokens"
    __table_args__ = (Index("ix_api_tokens_user", "user_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[Scope] = mapped_column(String(8), server_default="write")
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)


@dataclass(frozen=True, slots=True)
class User:
    """A person; `may_change` is False for one who is signed in by a token that may only read.

    `is_canary`: signed in by a token of the scope `canary`; a rollout does not count what they see.
    """

    id: str
    email: str
    is_admin: bool
    may_change: bool = True
    is_canary: bool = False


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request was authenticated by: a browser's login, or an API token."""

    kind: Literal["login", "token"]
    digest: str


@dataclass(frozen=True, slots=True)
class Device:
    """From where somebody signed in: the `User-Agent` header and the address, where they are known."""

    user_agent: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Login:
    """A login as its owner sees it; it ends at `expires_at` unless it is used before."""

    id: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    device: Device


@dataclass(frozen=True, slots=True)
class Token:
    id: str
    name: str
    scope: Scope
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
