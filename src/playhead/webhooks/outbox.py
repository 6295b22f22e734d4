"""Sends the notices that wait in a table: each once, or more often with the same id, in an order of their own.

The table of what happened is the outbox, so a notice is written in the transaction of what it is about, and neither a
restart nor a receiver that is away loses one.
"""

import html
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import Session as Db

from playhead import log
from playhead.db import Database, Moment, changed, present
from playhead.webhooks.post import LIMIT_S, Webhook
from playhead.webhooks.signing import keys_of

EVERY_S = 5.0
"""Between two looks into an outbox: people learn of what happened within some seconds."""
FIRST_PAUSE_S, LAST_PAUSE_S = 10.0, 300.0
"""Before the second try, doubled after each failure. The first is longer than `post.LIMIT_S`: a notice under way is not
taken by another process. The last is how late a page is at most once its receiver is back."""
OLD_AFTER = timedelta(days=1)
"""What is over since yesterday is news no more, and its notice is given up."""

logger = log.get(__name__)


class NoticeColumns:
    """The columns of a table that is an outbox."""

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the next try to send a notice of it is due; None: there is nothing to send."""
    notice_tries: Mapped[int]
    """How often the notice that waits was tried."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that is due."""

    row: int
    """The id of its row in the outbox."""
    due_at: datetime
    tries: int
    id: str
    """Of the message, for the receiver; the same at each try, and another for each notice of any site."""
    body: bytes
    mark_sent: Callable[[Db], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """A table with notices."""

    table: type[NoticeColumns]
    due: Callable[[Db], Notice | None]
    """The first notice that is due now."""


class Sender:
    """Sends the notices of an outbox that are due. One per process and outbox; without a webhook it does nothing.

    Args:
        database: has the outbox.
        outbox: where the notices are.
        url: of the webhook; empty: none.
        secret: the setting WEBHOOK_SECRET; empty: notices are not signed.
        limit_s: seconds for one notice.
        first_pause_s: seconds before the second try; more than `limit_s`.
    """

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        url: str,
        secret: str = "",
        limit_s: float = LIMIT_S,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._webhook = Webhook(url=url, keys=keys_of(secret), limit_s=limit_s)
        self._first_pause_s = first_pause_s

    async def send_due(self) -> None:
        """Sends what is due, one after the other, until a notice is not taken: that is logged, and tried again later.

        Raises:
            DatabaseError: the outbox cannot be read or written.
        """
        if not self._webhook.url:
            return
        while notice := await self._next():
            answer = await self._webhook.post(notice.id, notice.body)
            if not answer.is_taken:
                logger.warning("a notice was not taken", id=notice.id, tries=notice.tries + 1, trouble=answer.trouble)
                return
            await self._database.run(notice.mark_sent)

    async def _next(self) -> Notice | None:
        """A notice that is due and that this process took; None: there is none, or another process took it."""
        notice = await self._database.run(self._outbox.due)
        if notice is None:
            return None
        is_ours = await self._database.run(take, self._outbox.table, notice, self._first_pause_s)
        return notice if is_ours else None


def take(db: Db, table: type[NoticeColumns], notice: Notice, first_pause_s: float) -> bool:
    """Sets the time of the next try; False if another process did so meanwhile."""
    unchanged = table.id == notice.row, table.notice_at == notice.due_at
    again_at = present(db) + timedelta(seconds=min(LAST_PAUSE_S, first_pause_s * 2.0 ** min(notice.tries, 16)))
    return changed(db, update(table).where(*unchanged).values(notice_at=again_at, notice_tries=notice.tries + 1)) == 1


def message_id(kind: str, row: int, at: datetime) -> str:
    """Makes the id of a message: of one row of one site, by its time, which no other site's row has.

    Args:
        kind: what it is about, such as `rollout`.
        row: the row's id in its table.
        at: when it happened, as it is stored.
    """
    return f"{kind}-{row}-{int(at.timestamp() * 1e6)}"


def for_chats(text: str) -> str:
    """The text as chats show it unchanged: Slack's syntax for links and mentions begins with `<`."""
    return html.escape(text, quote=False)
