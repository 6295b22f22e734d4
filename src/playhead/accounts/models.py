"""The tables of accounts, and the frozen records that other packages get."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from playhead.db import Base, Moment


class UserRow(Base):
    """A person. The email is kept as typed in lower case, and is unique."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    is_admin: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Moment)


class LoginRow(Base):
    """A login of a browser. The cookie holds a secret, the table its digest: deleting the row signs out."""

    __tablename__ = "logins"
    __table_args__ = (Index("ix_logins_user", "user_id"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)


class TokenRow(Base):
    """An API token. The secret is shown once, the table keeps its digest."""

    __tablename__ = "api_tokens"
    __table_args__ = (Index("ix_api_tokens_user", "user_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)


@dataclass(frozen=True, slots=True)
class User:
    id: str
    email: str
    is_admin: bool


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request was authenticated by: a browser's login, or an API token."""

    kind: Literal["login", "token"]
    digest: str


@dataclass(frozen=True, slots=True)
class Token:
    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
