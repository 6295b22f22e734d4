"""Follows a session from its present status to the final one without a loss. Every stream and every wait uses it.

It subscribes first and then reads: what is published between the two is in the inbox, and the version tells it apart
from what was read. On a gap it reads again. This is the only place with a race to think about.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence

from playhead import log
from playhead.errors import Problem
from playhead.hub.inbox import Inbox, Signal
from playhead.sessions.status import Status

QUIET_HEARTBEATS = 2
"""Heartbeats without a status between them, after which the store is read again. This repairs the loss of a message
that nothing reported (a full buffer, a sender that died). Where statuses keep coming it costs nothing. On the topic of
a person every heartbeat counts: one session's statuses say nothing about another's."""

ReadStatus = Callable[[str], Awaitable[Status]]
"""Reads the newest status that is stored. Raises Problem 404 when the session is gone."""
ReadStatuses = Callable[[Mapping[str, int]], Awaitable[Sequence[Status]]]
"""Reads the newest statuses of all sessions to follow, given the versions of those that are followed and not final."""


def follow(inbox: Inbox, read: ReadStatus, *, after: int = -1) -> AsyncGenerator[Status | Signal]:
    """Yield the statuses of one session, with strictly growing versions, and between them signals.

    `Signal.GAP` is handled here and never yielded; `QUIET_HEARTBEATS` count as one. A store that cannot be read is read
    again at the next heartbeat; statuses that arrive until then are yielded all the same.

    Args:
        after: only versions above this one are yielded.

    Returns:
        A generator that ends after the final status.

    Raises:
        Problem: 404, the session does not exist any more.
    """
    inbox.versions[inbox.topic] = after

    async def read_it(_: Mapping[str, int]) -> Sequence[Status]:
        return [await read(inbox.topic)]

    return _follow(inbox, read_it, to_the_end=True)


def follow_all(inbox: Inbox, read: ReadStatuses) -> AsyncGenerator[Status | Signal]:
    """Yield the statuses of all sessions on the topic of a person, also of those that begin later. Never ends."""
    return _follow(inbox, read, to_the_end=False)


async def _follow(inbox: Inbox, read: ReadStatuses, *, to_the_end: bool) -> AsyncGenerator[Status | Signal]:
    versions = inbox.versions
    ended: dict[str, int] = {}
    unread = True
    while True:
        if unread:
            try:
                statuses = await read({of: version for of, version in versions.items() if ended.get(of) != version})
                unread = False
            except Problem:
                raise
            except Exception as error:  # noqa: BLE001 - no error of a read may end the stream
                log.get(__name__).warning("the store cannot be read", topic=inbox.topic, error=repr(error))
            else:
                for status in statuses:
                    inbox.put(status)
        taken = await inbox.take()
        if isinstance(taken, Status):
            version = versions.get(taken.session_id, -1)
            if taken.version < version:
                continue  # overtaken; a final one too, if its session was put back into the queue since
            if taken.version > version:
                versions[taken.session_id] = taken.version
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
