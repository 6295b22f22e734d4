"""Keeps each person's streams within a limit over all processes, as far as Redis is there."""

import asyncio
import itertools
import logging
import secrets
import time
from collections.abc import Iterator, Sequence
from typing import Generic

from playhead.live.broker.ports import OpenStreams, StatusSubscriber
from playhead.live.hub import Hub
from playhead.live.inbox import Inbox
from playhead.live.job import D

logger = logging.getLogger(__name__)

LOOK_S = 1.0
"""Seconds between two looks at the streams of this process, each about 10 ms of CPU for 10,000 people."""
REFRESH_S = 20.0
"""Seconds until the broker hears again of streams that go on: a third of the time after which it forgets them."""
AT_ONCE = 500
"""People in one request to Redis, about 15 ms of its time: no snapshot waits longer for the connection."""


class StreamsEverywhere(Generic[D]):
    """Reports the open streams of this process to the broker, which replaces the oldest of a person beyond the limit.

    Nothing waits for it: a stream begins at once, and the oldest one ends a second or two later. While the broker is
    away only the limits of each process hold.
    """

    def __init__(self, hub: Hub[D], subscriber: StatusSubscriber[D], per_user: int, *, look_s: float = LOOK_S) -> None:
        self._hub = hub
        self._subscriber = subscriber
        self._per_user = per_user
        self._look_s = look_s
        self._process = secrets.token_hex(4)
        self._numbers = itertools.count()
        self._reported: dict[str, tuple[tuple[str, ...], float]] = {}
        """By person: the streams that the broker has from this process, and when it was told of them."""
        self._is_failing = False

    async def run(self) -> None:
        """Report until canceled."""
        while True:
            try:
                for changes in _in_parts(list(self._changes())):
                    await self._report(changes)
            except Exception as error:  # noqa: BLE001 - whatever the broker raises, this must go on
                if not self._is_failing:
                    logger.warning("streams are counted in each process alone: %r", error)
                self._is_failing = True
            else:
                if self._is_failing:
                    logger.info("streams are counted over all processes again")
                self._is_failing = False
            await asyncio.sleep(self._look_s)

    async def _report(self, changes: Sequence[OpenStreams]) -> None:
        await self._subscriber.report_streams(changes, self._per_user)
        for each in changes:
            if each.opened:
                self._reported[each.owner_id] = each.opened, time.monotonic()
            else:
                del self._reported[each.owner_id]

    def _changes(self) -> Iterator[OpenStreams]:
        """The people whose streams are not as they were reported, or were reported a while ago."""
        present = self._hub.streams
        due = time.monotonic() - REFRESH_S
        for owner_id, inboxes in present.items():
            opened = tuple(map(self._id, inboxes))
            reported, reported_at = self._reported.get(owner_id, ((), 0.0))
            if opened != reported or reported_at <= due:
                yield OpenStreams(owner_id, opened, tuple(each for each in reported if each not in opened))
        for owner_id in self._reported.keys() - present.keys():
            yield OpenStreams(owner_id, (), self._reported[owner_id][0])

    def _id(self, inbox: Inbox[D]) -> str:
        """The id of a stream over all processes; the order of ids is that of the openings."""
        if not inbox.stream_id:
            inbox.stream_id = f"{time.time_ns() // 1_000_000:014d}-{next(self._numbers):08d}-{self._process}"
        return inbox.stream_id


def _in_parts(changes: Sequence[OpenStreams]) -> Iterator[Sequence[OpenStreams]]:
    return (changes[start : start + AT_ONCE] for start in range(0, len(changes), AT_ONCE))
