"""Quotas: what a person may store, have transcribed in a day and have waiting, and the refusal beyond that.

The settings give the quotas of everybody; a person's own one takes the place of a setting. 0 means no limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy.orm import Session as Db

from playhead.accounts.administration import Account, OwnQuota, get_account, list_accounts, own_quota
from playhead.config import Settings
from playhead.errors import Problem
from playhead.sessions.usage import Usage, usage_of
from playhead.text import size

RETRY_S = 60.0
"""`Retry-After` in seconds while too many files wait: about the time that one of ten minutes takes."""
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """The quotas of everybody without one of their own."""

    bytes: int = 0
    hours: float = 0.0
    queued: int = 0
    running: int = 0
    """Kept by the queue, which lets sessions wait; nothing is refused."""

    @classmethod
    def of(cls, settings: Settings) -> "Quotas":
        return cls(
            bytes=settings.quota_bytes,
            hours=settings.quota_hours,
            queued=settings.quota_queued,
            running=settings.quota_running,
        )

    def with_own(self, own: OwnQuota) -> "Quotas":
        """The quotas of a person with these of their own."""
        return Quotas(
            bytes=self.bytes if own.bytes is None else own.bytes,
            hours=self.hours if own.hours is None else own.hours,
            queued=self.queued if own.queued is None else own.queued,
            running=self.running,
        )

    def admit(self, db: Db, owner_id: str, size_bytes: int, *, lock: bool = True) -> None:
        """Refuses a new session beyond its owner's quota.

        With `lock` the count is exact in the transaction that creates the session. The length of a recording is not
        known before a worker reads it. So the hours refuse new sessions once today's are used up; those that wait
        already are still transcribed.

        Raises:
            Problem: 403 or 429 `over_quota`, with what to do.
        """
        quotas = self.with_own(own_quota(db, owner_id, lock=lock))
        quotas.check(usage_of(db, [owner_id])[owner_id], size_bytes)

    def check(self, used: Usage, size_bytes: int) -> None:
        """Compares what a person uses with the quotas. Raises Problem 403 or 429 `over_quota`."""
        if self.queued and used.queued >= self.queued:
            waiting = f"You have {used.queued} of {self.queued} files waiting: try again when one is done."
            raise Problem(429, "over_quota", waiting, retry_after_s=RETRY_S)
        if self.hours and used.audio_s >= self.hours * HOUR_S:
            hours = f"{used.audio_s / HOUR_S:.1f} of {self.hours:g} hours"
            sentence = f"You have had {hours} of audio transcribed today: try again after midnight UTC."
            raise Problem(403, "over_quota", sentence)
        if self.bytes and used.bytes + size_bytes > self.bytes:
            stored = f"{size(used.bytes)} of {size(self.bytes)}"
            raise Problem(403, "over_quota", f"You store {stored}: delete sessions to make room for this file.")


class QuotaPart(msgspec.Struct):
    """`allowed`: null without a limit."""

    used: float
    allowed: float | None


class QuotaDocument(msgspec.Struct):
    """`bytes` of stored recordings, `hours_today` of audio (UTC), and the sessions that are `queued` and `running`."""

    bytes: QuotaPart
    hours_today: QuotaPart
    queued: QuotaPart
    running: QuotaPart


@dataclass(frozen=True, slots=True)
class AccountUsage:
    """An account, what it uses, and the quotas that hold for it."""

    account: Account
    used: Usage
    quotas: Quotas

    def document(self) -> QuotaDocument:
        return document(self.used, self.quotas)


def document(used: Usage, quotas: Quotas) -> QuotaDocument:
    return QuotaDocument(
        bytes=QuotaPart(used.bytes, quotas.bytes or None),
        hours_today=QuotaPart(round(used.audio_s / HOUR_S, 3), quotas.hours or None),
        queued=QuotaPart(used.queued, quotas.queued or None),
        running=QuotaPart(used.running, quotas.running or None),
    )


def document_of(db: Db, quotas: Quotas, id: str) -> QuotaDocument:
    """What a person uses and may use."""
    return document(usage_of(db, [id])[id], quotas.with_own(own_quota(db, id)))


def account_usage_of(db: Db, quotas: Quotas, id: str) -> AccountUsage | None:
    """None if nobody has this id."""
    account = get_account(db, id)
    return _with_usage(db, quotas, [account])[0] if account else None


def list_account_usage(
    db: Db, quotas: Quotas, search: str = "", before: str | None = None
) -> tuple[list[AccountUsage], str | None]:
    """A page of `list_accounts`, with what each account uses."""
    accounts, cursor = list_accounts(db, search, before)
    return _with_usage(db, quotas, accounts), cursor


def _with_usage(db: Db, quotas: Quotas, accounts: Sequence[Account]) -> list[AccountUsage]:
    used = usage_of(db, [account.id for account in accounts])
    return [AccountUsage(account, used[account.id], quotas.with_own(account.own_quota)) for account in accounts]
