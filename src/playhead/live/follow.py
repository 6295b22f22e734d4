"""Follows a job from its present status to the final one without a loss. Every stream and every wait uses it.

It subscribes first and then reads: what is published between the two is in the inbox, and the version tells it apart
from what was read. On a gap it reads again. This is the only place with a race to think about.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import Generic

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

    Returns:
        A generator that ends after the final status. Its arguments and errors are those of `FollowingOne`.
    """
    return _all_of(FollowingOne(inbox, read, after=after, first=first), inbox)


def follow_all(inbox: Inbox[D], read: ReadStatuses[D], after: Sequence[D] = ()) -> AsyncGenerator[D | Signal]:
    """The same of all jobs on the topic of a person, also of those that begin later. Never ends."""
    return _all_of(FollowingAll(inbox, read, after), inbox)


async def _all_of(following: "Following[D]", inbox: Inbox[D]) -> AsyncGenerator[D | Signal]:
    while not following.has_ended:
        if (item := await following.next()) is not None:
            yield item
        elif not following.has_ended:
            await inbox.filled()


class Following(ABC, Generic[D]):
    """What has been followed so far. `next` waits for the store only, so that who follows needs no task meanwhile.

    `Signal.GAP` is handled here and never returned; `QUIET_HEARTBEATS` count as one. A store that cannot be read is
    read again after whatever comes next, at a heartbeat at the latest; what comes is returned all the same.
    """

    __slots__ = ("_has_failed", "_inbox", "_unread", "has_ended")

    def __init__(self, inbox: Inbox[D]) -> None:
        self._inbox = inbox
        self._unread = True
        """Whether the store is to be read."""
        self._has_failed = False
        """Whether the last read failed: the next one waits until something comes."""
        self.has_ended = False
        """Whether the final status was taken."""

    async def next(self) -> D | Signal | None:
        """The next status or signal; None: nothing has come, or nothing comes any more.

        Raises:
            Problem: 404, the job does not exist any more.
        """
        inbox = self._inbox
        versions = inbox.versions
        while not self.has_ended:
            if self._unread and not self._has_failed:
                await self._read_again()
            taken = inbox.take_now()
            if taken is None:
                break
            self._has_failed = False
            if not isinstance(taken, Signal):
                version = versions.get(taken.id, -1)
                if taken.version < version:
                    continue  # overtaken; a final one too, if its job was put back into the queue since
                if taken.is_final:
                    self._note_end(taken)
                if taken.version > version:
                    versions[taken.id] = taken.version
                    return taken
            elif taken is Signal.GAP:
                self._unread = True
            else:
                if taken is Signal.HEARTBEAT:
                    inbox.quiet_heartbeats += 1
                    if inbox.quiet_heartbeats >= QUIET_HEARTBEATS:
                        inbox.quiet_heartbeats, self._unread = 0, True
                return taken
        return None

    async def _read_again(self) -> None:
        inbox = self._inbox
        try:
            statuses = await self._stored()
        except Problem:
            raise
        except Exception as error:  # noqa: BLE001 - no error of a read may end the stream
            logger.warning("the store cannot be read: %r", error, extra={"topic": inbox.topic})
            self._has_failed = True
        else:
            self._unread = False
            for status in statuses:
                inbox.put(status)

    @abstractmethod
    async def _stored(self) -> Sequence[D]:
        """The newest statuses that are stored."""

    @abstractmethod
    def _note_end(self, final: D) -> None:
        """Notes what the end of a job means for who follows."""


class FollowingOne(Following[D]):
    """Follows one job to its end.

    Args:
        after: only versions above this one are returned.
        first: the status as it was read a moment ago, with which the first read is saved. Only where a gap is to come,
            because it may be older than the subscription.
    """

    __slots__ = ("_read",)

    def __init__(self, inbox: Inbox[D], read: ReadStatus[D], *, after: int = -1, first: D | None = None) -> None:
        super().__init__(inbox)
        self._read = read
        inbox.versions[inbox.topic] = after
        if first is not None:
            self._unread = False
            inbox.put(first)

    async def _stored(self) -> Sequence[D]:
        return (await self._read(self._inbox.topic),)

    def _note_end(self, final: D) -> None:
        self.has_ended = True


class FollowingAll(Following[D]):
    """Follows all jobs of a person.

    Args:
        after: what the reader has: of these jobs only newer statuses are returned.
    """

    __slots__ = ("_ended", "_read")

    def __init__(self, inbox: Inbox[D], read: ReadStatuses[D], after: Sequence[D] = ()) -> None:
        super().__init__(inbox)
        self._read = read
        inbox.versions.update((status.id, status.version) for status in after)
        self._ended = {status.id: status.version for status in after if status.is_final}

    async def _stored(self) -> Sequence[D]:
        ended = self._ended
        return await self._read(
            {of: version for of, version in self._inbox.versions.items() if ended.get(of) != version}
        )

    def _note_end(self, final: D) -> None:
        self._ended[final.id] = final.version
