"""Invites: a secret with which one person may make an account while registration is by invite only."""

import secrets
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session as Db

from playhead.accounts.models import InviteRow, User
from playhead.accounts.repository import create_user
from playhead.db import changed
from playhead.errors import Problem
from playhead.live.clock import now

PREFIX = "phi_"
"""Makes leaked invites findable by scanners, and tells them from API tokens."""
DAYS = 7
"""How long an invite is valid by default: a week's holiday is outlasted, a forgotten mail is not worth much."""
DAYS_MOST = 365


def new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def create_invite(db: Db, digest: str, lifetime: timedelta) -> None:
    """Inserts an invite, and deletes the expired ones."""
    start = now()
    db.execute(delete(InviteRow).where(InviteRow.expires_at <= start))
    db.add(InviteRow(digest=digest, created_at=start, expires_at=start + lifetime))


def create_invited_user(db: Db, email: str, password_hash: str, invite_digest: str) -> User:
    """Creates a user and uses up the invite; of several concurrent callers one gets it.

    Raises:
        Problem: 400 `bad_invite`; 409 `email_taken`, and the invite stays valid.
    """
    if not changed(db, delete(InviteRow).where(InviteRow.digest == invite_digest, InviteRow.expires_at > now())):
        raise Problem(400, "bad_invite", "This invite was used, has expired or is mistyped: ask for a new one.")
    return create_user(db, email, password_hash)
