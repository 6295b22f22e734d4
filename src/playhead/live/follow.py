"""Follows a job from its present status to the final one without a loss. Every stream and every wait uses it.

It subscribes first and then reads: what is published between the two is in the inbox, and the version tells it apart
from what was read. On a gap it reads again. This is the only place with a race to think about.
"""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence

from playhead.live.errors import Problem
from playhead.live.inbox import Inbox, Signal
from playhead.live.job import D

logger = logging.getLogger(__name__)

QUIET_HEARTBEATS = 2
"""Heartbeats without a status between them, after which the store is read again. This repairs the loss of a message
that nothing reported (a full buffer, a sender that died). Where statuses keep coming it costs nothing. On the topic of
a person every heartbeat counts: one job's statuses say nothing about another's."""

ReadStatus = Callable[[str], Awaitable[D]]
"""Reads the newest status that is stored. Raises Problem 404 when the job is gone."""
ReadStatuses = Callable[[Mapping[str, int]], Awaitable[Sequence[D]]]
"""Reads the newest statuses of all jobs to follow, given the versions of those that are followed and not final."""


def follow(
    inbox: Inbox[D], read: ReadStatus[D], *, after: int = -1, first: D | None = None
) -> AsyncGenerator[D | Signal]:
    """Yield the statuses of one job, with strictly growing versions, and between them signals.

    `Signal.GAP` is handled here and never yielded; `QUIET_HEARTBEATS` count as one. A store that cannot be read is read
    again at the next heartbeat; statuses that arrive until then are yielded all the same.

    Args:
        after: only versions above this one are yielded.
        first: the status as it was read a moment ago, with which the first read is saved. Only where a gap is to come,
            because it may be older than the subscription.

    Returns:
        A generator that ends after the final status.

    Raises:
        Problem: 404, the job does not exist any more.
    """
    inbox.versions[inbox.topic] = after

    async def read_it(_: Mapping[str, int]) -> Sequence[D]:
        return [await read(inbox.topic)]

    if first is not None:
        inbox.put(first)
    return _follow(inbox, read_it, {}, to_the_end=True, unread=first is None)


def follow_all(inbox: Inbox[D], read: ReadStatuses[D], after: Sequence[D] = ()) -> AsyncGenerator[D | Signal]:
    """Yield the statuses of all jobs on the topic of a person, also of those that begin later. Never ends.

    Args:
        after: what the reader has: of these jobs only newer statuses are yielded.
    """
    inbox.versions.update((status.id, status.version) for status in after)
    ended = {status.id: status.version for status in after if status.is_final}
    return _follow(inbox, read, ended, to_the_end=False, unread=True)


async def _follow(
    inbox: Inbox[D], read: ReadStatuses[D], ended: dict[str, int], *, to_the_end: bool, unread: bool
) -> AsyncGenerator[D | Signal]:
    versions = inbox.versions
    while True:
        if unread:
            try:
                statuses = await read({of: version for of, version in versions.items() if ended.get(of) != version})
                unread = False
            except Problem:
                raise
            except Exception as error:  # noqa: BLE001 - no error of a read may end the stream
                logger.warning("the store cannot be read: %r", error, extra={"topic": inbox.topic})
            else:
                for status in statuses:
                    inbox.put(status)
        taken = await inbox.take()
        if not isinstance(taken, Signal):
            version = versions.get(taken.id, -1)
            if taken.version < version:
                continue  # overtaken; a final one too, if its job was put back into the queue since
            if taken.version > version:
                versions[taken.id] = taken.version
                yield taken
            if taken.is_final:
                if to_the_end:
                    return
                ended[taken.id] = taken.version
        elif taken is Signal.GAP:
            unread = True
        else:
            if taken is Signal.HEARTBEAT:
                inbox.quiet_heartbeats += 1
                if inbox.quiet_heartbeats >= QUIET_HEARTBEATS:
                    inbox.quiet_heartbeats, unread = 0, True
            yield taken
