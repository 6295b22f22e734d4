"""Polling of a status: its `ETag`, the interval, and the wait for the next change."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from hashlib import blake2b

from playhead.live.broker.ports import topic_of
from playhead.live.follow import ReadStatus, ReadStatuses, follow, follow_all
from playhead.live.hub import Hub
from playhead.live.inbox import Signal
from playhead.live.job import D, Document, State
from playhead.live.policy import Transport

WAIT_MAX_S = 25
"""A longer `Prefer: wait` is cut to this: less than the 30 s after which many proxies give up."""
WAIT = re.compile(r'(?:^|,)\s*wait\s*=\s*"?([0-9]+)"?\s*(?=[,;]|$)', re.IGNORECASE)
WAIT_DIGITS = 9
"""Digits of a number of seconds that are read: int() refuses thousands of them."""
WAITS_PER_USER = 20
"""The number of tabs: each waits for one job."""
WAITS_PER_PROCESS = 5000
"""A wait costs the memory of a request, about that of a stream, in addition to the streams."""
POLL_DELAY_MS = 3000
NEAR_END_MS = 1000
NEAR_END_S = 6.0
"""When so little is left, people watch: the end should be seen within a second."""
POLL_DELAY_QUEUED_MAX_MS = 15_000
POLL_DELAY_JITTER = 0.1
DIGEST_BYTES = 12
"""Two sets of documents have the same `ETag` once in 10²⁸."""


def etag(status: Document, transport: Transport) -> str:
    """The `ETag`: it changes exactly when the document or the transport does."""
    return f'"{status.version}.{transport.tag}"'


def etag_of_all(statuses: Sequence[Document], transport: Transport) -> str:
    """The `ETag` of several documents: it changes when one of them, their number or the transport does."""
    pairs = ",".join(sorted(f"{status.id}={status.version}" for status in statuses))
    return f'"{blake2b(pairs.encode(), digest_size=DIGEST_BYTES).hexdigest()}.{transport.tag}"'


def poll_delay_ms(status: Document) -> int | None:
    """Milliseconds until the next poll; None after the final status."""
    return None if status.is_final else _jittered(_delay_ms(status))


def poll_delay_of_all_ms(statuses: Sequence[Document]) -> int:
    """Milliseconds until the next poll of all jobs: that of the job which is polled most often."""
    return _jittered(min((_delay_ms(status) for status in statuses if not status.is_final), default=POLL_DELAY_MS))


def _delay_ms(status: Document) -> int:
    if status.state == State.QUEUED:
        return min(POLL_DELAY_QUEUED_MAX_MS, POLL_DELAY_MS * (status.queue_position or 1))
    return NEAR_END_MS if status.eta_s is not None and status.eta_s < NEAR_END_S else POLL_DELAY_MS


def _jittered(delay_ms: int) -> int:
    return round(delay_ms * random.uniform(1 - POLL_DELAY_JITTER, 1 + POLL_DELAY_JITTER))  # noqa: S311 - spreads load, no secret


def wait_s(prefer: str | None) -> int:
    """The seconds of `Prefer: wait=N` (RFC 7240: the first one counts), at most `WAIT_MAX_S`; 0 without one."""
    found = WAIT.search(prefer or "")
    return min(int(found[1][:WAIT_DIGITS]), WAIT_MAX_S) if found else 0


class Waits:
    """Counts the polls that wait in this process. Beyond the limits a poll is answered at once (RFC 7240 allows it)."""

    def __init__(self, *, per_process: int = WAITS_PER_PROCESS, per_user: int = WAITS_PER_USER) -> None:
        self._per_process = per_process
        self._per_user = per_user
        self._total = 0
        self._waiting: Counter[str] = Counter()

    @property
    def open(self) -> int:
        """The number of polls that wait now."""
        return self._total

    @contextmanager
    def slot(self, user_id: str) -> Iterator[bool]:
        """Take a place for the time of the block. Yields False if there is none."""
        if self._total >= self._per_process or self._waiting[user_id] >= self._per_user:
            yield False
            return
        self._count(user_id, 1)
        try:
            yield True
        finally:
            self._count(user_id, -1)

    def _count(self, user_id: str, change: int) -> None:
        self._total += change
        self._waiting[user_id] += change
        if not self._waiting[user_id]:
            del self._waiting[user_id]


async def next_status(
    hub: Hub[D], read: ReadStatus[D], current: D, owner_id: str, timeout_s: float, still_right: Callable[[], bool]
) -> D:
    """Wait for the first status newer than `current`.

    Args:
        timeout_s: seconds to wait at most.
        still_right: whether the transport is still the one that the client knows; asked when flags changed.

    Returns:
        The newest status; or `current` after the timeout, or when the process ends, a login of this person ended, or
        the transport changed.
    """
    with hub.subscribe(current.id, owner_id, counted=False) as inbox:
        first = current if hub.awaits_gap(current.id) else None  # it is read at the gap
        changes = await _changes(follow(inbox, read, after=current.version, first=first), timeout_s, still_right)
    return changes[-1] if changes else current


async def next_statuses(
    hub: Hub[D],
    read: ReadStatuses[D],
    current: Sequence[D],
    owner_id: str,
    timeout_s: float,
    still_right: Callable[[], bool],
) -> list[D]:
    """Wait for the first change of a person's jobs, of those in `current` and of new ones; arguments as `next_status`.

    Returns:
        All of `current` with what changed, the oldest change first; `current` itself where nothing did.
    """
    with hub.subscribe(topic_of(owner_id), owner_id, counted=False) as inbox:
        changes = await _changes(follow_all(inbox, read, current), timeout_s, still_right)
    followed = {status.id for status in current}
    if not all(status.id in followed for status in changes):
        # A message that comes late may be of a job that was deleted since: a wait does not know which ones were.
        try:
            stored = {status.id for status in await read({})}
        except OSError:
            return list(current)  # the next wait reads it
        changes = [status for status in changes if status.id in followed | stored]
    newest = {status.id: status for status in (*current, *changes)}
    return sorted(newest.values(), key=lambda status: status.updated_at) if changes else list(current)


async def _changes(feed: AsyncGenerator[D | Signal], timeout_s: float, still_right: Callable[[], bool]) -> list[D]:
    """The first status of the feed, and those that are in its inbox at that moment; none if the wait ends before."""
    changes: list[D] = []
    loop = asyncio.get_running_loop()
    async with aclosing(feed):
        try:
            async with asyncio.timeout(timeout_s) as timer:
                async for item in feed:
                    if not isinstance(item, Signal):
                        changes.append(item)
                        timer.reschedule(loop.time())  # ends it as soon as the feed has to wait
                    elif item in (Signal.DRAIN, Signal.LOGIN) or (item is Signal.CHECK and not still_right()):
                        break
        except TimeoutError:
            pass
    return changes
