"""Delivers what the subscriber receives to every reader of its topic in this process.

The cost grows with the topics that are watched here, not with connections to Redis (one for all readers) nor with
jobs that nobody here watches. There is no `await` between the lookup of a topic and the registration of a reader.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from time import monotonic, time
from typing import Any, Generic

from playhead.live.broker.ports import Gap, LoginEnded, Published, Received, StatusSubscriber, StreamReplaced
from playhead.live.groups import in_groups
from playhead.live.inbox import Inbox, Signal
from playhead.live.job import D
from playhead.live.observer import Observer, Written, guarded

logger = logging.getLogger(__name__)

TICK_S = 0.5
"""Seconds between two scans for readers that are due a heartbeat; a scan of 10,000 readers takes about 1 ms."""
WRITE_TIMEOUT_S = 30.0
"""Seconds without a byte taken, after which a reader is cut off: Hypercorn has no write timeout of its own."""
CHECK_AT_ONCE = 20
"""Readers that check the flags in one turn of the event loop. Each takes 0.1 to 0.4 ms if its stream ends, and another
request needs ten turns until it is answered."""
HEARTBEATS_AT_ONCE = 4
"""Heartbeats in one turn of the event loop. With what begins a check of the login each takes up to 0.1 ms."""
LISTEN_AGAIN_S = 1.0
"""Seconds until the hub listens again after an unexpected error of the subscriber."""


class Hub(Generic[D]):
    """One per process. `run` is its only task; all other methods are called from the event loop's thread."""

    def __init__(
        self,
        subscriber: StatusSubscriber[D],
        *,
        heartbeat_s: float,
        tick_s: float = TICK_S,
        checks_s: float = 0.0,
        write_timeout_s: float = WRITE_TIMEOUT_S,
        listen_again_s: float = LISTEN_AGAIN_S,
        clock: Callable[[], float] = monotonic,
        observer: Observer | None = None,
    ) -> None:
        """
        Args:
            checks_s: seconds for which checks of logins after heartbeats wait for each other, where one read is for all
                of them; with 0 for a tick.
        """
        self._subscriber = subscriber
        self._heartbeat_s = heartbeat_s
        self._tick_s = tick_s
        self._checks_s = checks_s
        self._write_timeout_s = write_timeout_s
        self._listen_again_s = listen_again_s
        self.clock = clock
        """In seconds; heartbeats and the timeout of slow readers go by it."""
        self.observer = guarded(observer)
        """Of all that happens to the readers of this process; its errors hurt nobody."""
        self.written = None if observer is None else Written()
        """Where streams count what they write; None: nobody observes it."""
        self._unconfirmed: set[str] = set()
        """Topics to which the subscriber does not listen yet: the first gap of each is no loss."""
        self._inboxes: dict[str, set[Inbox[D]]] = {}
        self._readers = 0
        self._per_owner: dict[str, dict[Inbox[D], None]] = {}
        self._per_owner_and_topic: dict[tuple[str, str], dict[Inbox[D], None]] = {}
        """The readers that count towards limits, the oldest first; replaced readers do not."""
        self._draining = False
        self._check = asyncio.Event()
        self._may_check_login = asyncio.Event()
        self._next_checks_at = clock() + checks_s
        self.checks = 0
        """How often readers were let check the flags: who was admitted since the last time need not check at once."""

    @property
    def readers(self) -> int:
        """The number of open streams."""
        return self._readers

    @property
    def people(self) -> int:
        """The number of people with an open stream."""
        return len(self._per_owner)

    @property
    def watched(self) -> int:
        """The number of topics with a reader."""
        return len(self._inboxes)

    @property
    def draining(self) -> bool:
        """Whether this process is about to end."""
        return self._draining

    @property
    def streams(self) -> Mapping[str, Collection[Inbox[D]]]:
        """The readers of each person, without those that were replaced, the oldest first."""
        return self._per_owner

    def awaits_gap(self, topic: str) -> bool:
        """Whether the subscriber will report a gap of this topic, because it does not listen to it yet."""
        return topic in self._unconfirmed

    def readers_of(self, owner_id: str) -> int:
        """The number of open streams of one person, without those that were replaced."""
        return len(self._per_owner.get(owner_id, ()))

    async def run(self) -> None:
        """Listen, send heartbeats and let readers check the flags, until canceled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(), name="hub-listen")
            tasks.create_task(self._tick(), name="hub-tick")
            tasks.create_task(self._check_all(), name="hub-check")

    @contextlib.contextmanager
    def subscribe(
        self, topic: str, owner_id: str, heartbeat_s: float | None = None, *, counted: bool = True
    ) -> Iterator[Inbox[D]]:
        """Open an inbox that receives from now on; it is freed at the end of the block.

        Args:
            topic: a job's id, or the topic of a person.
            heartbeat_s: seconds between two heartbeats; by default the hub's.
            counted: whether it counts among `readers`. A poll that waits does not: it has a limit of its own.
        """
        inbox = self.register(topic, owner_id, heartbeat_s, counted=counted)
        try:
            yield inbox
        finally:
            self.unregister(inbox, counted=counted)

    def register(
        self, topic: str, owner_id: str, heartbeat_s: float | None = None, *, counted: bool = True
    ) -> Inbox[D]:
        """The same without a block: `unregister` frees it."""
        inbox: Inbox[D] = Inbox(topic, owner_id, heartbeat_s or self._heartbeat_s, self.clock())
        if topic not in self._inboxes:
            self._inboxes[topic] = set()
            self._unconfirmed.add(topic)
            self._subscriber.watch(topic)
        self._inboxes[topic].add(inbox)
        if counted:
            self._readers += 1
            for group, key in self._groups(inbox):
                group.setdefault(key, {})[inbox] = None
        if self._draining:
            inbox.signal(Signal.DRAIN)
        return inbox

    def unregister(self, inbox: Inbox[D], *, counted: bool = True) -> None:
        """Free an inbox that was registered with the same `counted`."""
        inbox.close()
        self._leave(inbox)
        if counted:
            self._readers -= 1
            self._discount(inbox)

    def replace_beyond(self, newest: Inbox[D], *, of_owner: int, on_topic: int) -> None:
        """Signal `REPLACED` to the oldest readers of the same owner beyond these limits, in all and on its topic."""
        for (group, key), most in zip(self._groups(newest), (on_topic, of_owner), strict=True):
            while len(readers := group.get(key, ())) > most:
                self._replace(next(iter(readers)))

    def _replace(self, inbox: Inbox[D]) -> None:
        self._discount(inbox)
        inbox.signal(Signal.REPLACED)

    def _groups(self, inbox: Inbox[D]) -> tuple[tuple[dict[Any, dict[Inbox[D], None]], Any], ...]:
        owner_id = inbox.owner_id
        return (self._per_owner_and_topic, (owner_id, inbox.topic)), (self._per_owner, owner_id)

    def _discount(self, inbox: Inbox[D]) -> None:
        for group, key in self._groups(inbox):
            readers = group.get(key, {})
            readers.pop(inbox, None)
            if not readers:
                group.pop(key, None)

    def _leave(self, inbox: Inbox[D]) -> None:
        readers = self._inboxes[inbox.topic]
        readers.discard(inbox)
        if not readers:
            del self._inboxes[inbox.topic]
            self._unconfirmed.discard(inbox.topic)
            self._subscriber.unwatch(inbox.topic)

    def check(self) -> None:
        """Let every reader check the flags soon, `CHECK_AT_ONCE` in each turn of the event loop."""
        self.checks += 1
        self._check.set()

    def check_login(self, owner_id: str) -> None:
        """Let the readers of one person check whether their login still holds."""
        for inbox in self.inboxes():
            if inbox.owner_id == owner_id:
                inbox.signal(Signal.LOGIN)

    async def may_check_login(self) -> None:
        """Wait until logins are checked after heartbeats: those of all readers that wait are one read."""
        await self._may_check_login.wait()

    def drain(self) -> None:
        """Let every reader end with a goodbye, and each that comes from now on at once."""
        self._draining = True
        for inbox in self.inboxes():
            inbox.signal(Signal.DRAIN)

    def inboxes(self) -> Iterator[Inbox[D]]:
        """The inboxes of all readers."""
        return (inbox for readers in self._inboxes.values() for inbox in readers)

    async def _listen(self) -> None:
        while True:
            try:
                async with contextlib.aclosing(self._subscriber.listen()) as feed:
                    async for received in feed:
                        self.deliver(received)
            except Exception:
                logger.exception("listening broke off, again in %.1f s", self._listen_again_s)
            await asyncio.sleep(self._listen_again_s)
            self.deliver(Gap())

    def deliver(self, received: Received[D]) -> None:
        """Put what the subscriber received into the inboxes it concerns."""
        if isinstance(received, Published):
            self._deliver(received.topic, received.status)
        elif isinstance(received, LoginEnded):
            self.check_login(received.owner_id)
        elif isinstance(received, StreamReplaced):
            for inbox in tuple(self._per_owner.get(received.owner_id, ())):
                if inbox.stream_id == received.stream_id:
                    self._replace(inbox)
        else:
            self._report_gap(received.topic)
            readers = self.inboxes() if received.topic is None else self._inboxes.get(received.topic, ())
            for inbox in readers:
                inbox.signal(Signal.GAP)

    def _deliver(self, topic: str, status: D) -> None:
        first, writes, size = time(), 0, 0
        for inbox in self._inboxes.get(topic, ()):
            if wrote := inbox.put(status):
                writes += 1
                size += wrote
        if writes and (written := self.written) is not None:
            written.events += writes
            written.size += size
            written.count_lags(status, writes, first, time())

    def _report_gap(self, topic: str | None) -> None:
        if topic in self._unconfirmed:
            self._unconfirmed.discard(topic)
        elif topic is None or topic in self._inboxes:
            self.observer.gap(topic)

    async def _check_all(self) -> None:
        while await self._check.wait():
            self._check.clear()
            async for inbox in in_groups(list(self.inboxes()), CHECK_AT_ONCE):
                inbox.signal(Signal.CHECK)

    async def _tick(self) -> None:
        try:
            while True:
                await asyncio.sleep(self._tick_s)
                await self.tick()
        finally:
            self._report_written()

    async def tick(self) -> None:
        """Signal the heartbeats that are due, let logins be checked after earlier ones, and report what was written."""
        if (present := self.clock()) >= self._next_checks_at:
            self._next_checks_at = present + self._checks_s
            self._may_check_login.set()
            self._may_check_login.clear()  # only those who wait now go on
        async for inbox in in_groups(self._scan(), HEARTBEATS_AT_ONCE):
            inbox.signal(Signal.HEARTBEAT)
        self._report_written()

    def _report_written(self) -> None:
        written = self.written
        if written is not None and (written.events or written.conflated):
            self.written = Written()
            self.observer.written(written)

    def _scan(self) -> list[Inbox[D]]:
        """Cut off who stopped reading; returns the readers that are due a heartbeat."""
        present, due = self.clock(), []
        for inbox in self.inboxes():
            if inbox.heartbeat_at <= present:
                inbox.heartbeat_at = present + inbox.next_heartbeat_in_s()
                due.append(inbox)
            if inbox.writing_since is not None:
                stalled_s = present - inbox.writing_since
                if stalled_s > self._write_timeout_s:
                    self._cut(inbox, stalled_s)
        return due

    def _cut(self, inbox: Inbox[D], stalled_s: float) -> None:
        inbox.writing_since = None
        if inbox.reader is not None:
            logger.info("a reader that stopped reading is cut off", extra={"topic": inbox.topic})
            self.observer.cut(inbox.topic, stalled_s)
            inbox.reader.cancel()
