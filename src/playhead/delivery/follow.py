"""`follow`: from the present status to the final one, without a seam. Every stream and every wait goes through it.

Subscribe first, then read: what is published between the two is in the mailbox, and the version tells it apart
from what was read. On a gap it reads again. This is the only place with a race to think about.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable

from playhead import log
from playhead.hub.mailbox import Mailbox, Signal
from playhead.sessions.status import Status

QUIET_BEATS = 2
"""Heartbeats without a status between them, after which the store is read again: a message that was lost without a
word (a full buffer, a sender that died) is healed by then. Where statuses keep coming it costs nothing."""

ReadStatus = Callable[[str], Awaitable[Status]]
"""The newest status that is stored, or held as a snapshot. Raises Problem 404 when the session is gone."""


async def follow(mailbox: Mailbox, read: ReadStatus, *, after: int = -1) -> AsyncGenerator[Status | Signal]:
    """Statuses with strictly growing versions above `after`, the last one final; and signals to act on.

    `Signal.GAP` is dealt with here and never comes out; `QUIET_BEATS` count as one. A store that cannot be read
    is asked again at the next beat; what is known by then is said all the same.

    Raises:
        Problem: 404, the session does not exist any more.
    """
    unread = True
    quiet = 0
    while True:
        if unread:
            try:
                status = await read(mailbox.session_id)
                unread = False
            except OSError as error:
                log.get(__name__).warning("the store cannot be read", session_id=mailbox.session_id, error=str(error))
            else:
                mailbox.put(status)
        taken = await mailbox.take()
        if isinstance(taken, Status):
            if taken.version < after:
                continue  # overtaken: also a final one, of a session that was put back into the queue since
            if taken.version > after:
                after, quiet = taken.version, 0
                yield taken
            if taken.is_final:
                return
        elif taken is Signal.GAP:
            unread = True
        else:
            if taken is Signal.BEAT:
                quiet = (quiet + 1) % QUIET_BEATS
                unread = unread or quiet == 0
            yield taken
