"""`follow`: from the present status to the final one, without a seam. Every stream and every wait goes through it.

Subscribe first, then read: what is published between the two is in the inbox, and the version tells it apart
from what was read. On a gap it reads again. This is the only place with a race to think about.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence

from playhead import log
from playhead.errors import Problem
from playhead.hub.inbox import Inbox, Signal
from playhead.sessions.status import Status

QUIET_HEARTBEATS = 2
"""Heartbeats without a status between them, after which the store is read again: a message that was lost without a
word (a full buffer, a sender that died) is healed by then. Where statuses keep coming it costs nothing. On the topic of
a person every heartbeat counts: one session's statuses say nothing of another's."""

ReadStatus = Callable[[str], Awaitable[Status]]
"""The newest status that is stored. Raises Problem 404 when the session is gone."""
ReadStatuses = Callable[[Mapping[str, int]], Awaitable[Sequence[Status]]]
"""The same of all sessions worth following; it is told which are followed already and not final, and their versions."""


def follow(inbox: Inbox, read: ReadStatus, *, after: int = -1) -> AsyncGenerator[Status | Signal]:
    """The statuses of one session, with strictly growing versions above `after`, the last one final.

    Between them signals to act on. `Signal.GAP` is dealt with here and never comes out; `QUIET_HEARTBEATS` count as one. A
    store that cannot be read is asked again at the next heartbeat; what is known by then is said all the same.

    Raises:
        Problem: 404, the session does not exist any more.
    """
    inbox.known[inbox.topic] = after

    async def read_it(_: Mapping[str, int]) -> Sequence[Status]:
        return [await read(inbox.topic)]

    return _follow(inbox, read_it, to_the_end=True)


def follow_all(inbox: Inbox, read: ReadStatuses) -> AsyncGenerator[Status | Signal]:
    """As `follow`, of all sessions on the topic of a person, those that begin later too. Has no end of its own."""
    return _follow(inbox, read, to_the_end=False)


async def _follow(inbox: Inbox, read: ReadStatuses, *, to_the_end: bool) -> AsyncGenerator[Status | Signal]:
    known = inbox.known
    ended: dict[str, int] = {}
    unread = True
    while True:
        if unread:
            try:
                statuses = await read({of: version for of, version in known.items() if ended.get(of) != version})
                unread = False
            except Problem:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not end what a reader waits for
                log.get(__name__).warning("the store cannot be read", topic=inbox.topic, error=repr(error))
            else:
                for status in statuses:
                    inbox.put(status)
        taken = await inbox.take()
        if isinstance(taken, Status):
            version = known.get(taken.session_id, -1)
            if taken.version < version:
                continue  # overtaken: also a final one, of a session that was put back into the queue since
            if taken.version > version:
                known[taken.session_id] = taken.version
                yield taken
            if taken.is_final:
                if to_the_end:
                    return
                ended[taken.session_id] = taken.version
        elif taken is Signal.GAP:
            unread = True
        else:
            if taken is Signal.HEARTBEAT:
                inbox.quiet_heartbeats += 1
                if inbox.quiet_heartbeats >= QUIET_HEARTBEATS:
                    inbox.quiet_heartbeats, unread = 0, True
            yield taken
