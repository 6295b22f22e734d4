"""The hub: takes what the subscriber receives to every reader of that topic in this process.

Its cost grows with the topics watched here, not with the readers' connections to Redis (one for all) nor with
the sessions nobody here watches. There is no `await` between looking a topic up and registering a reader.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from time import monotonic

from playhead import log
from playhead.hub.inbox import Inbox, Signal
from playhead.pubsub.observer import Observer, guarded
from playhead.pubsub.ports import Gap, LoginEnded, Published, StatusSubscriber

TICK_S = 0.5
"""How often the one ticker of the process looks for readers due a heartbeat; a scan of 10,000 takes about 1 ms."""
WRITE_TIMEOUT_S = 30.0
"""A reader that took nothing for so long has stopped reading: Hypercorn has no write timeout of its own."""
CHECK_AT_ONCE = 20
"""Readers that ask the flags again in one go: each takes 0.1 to 0.4 ms if it must end, and a request of somebody else
needs the loop ten times until it is answered."""
LISTEN_AGAIN_S = 1.0
"""After listening broke off for a reason its subscriber did not foresee."""


class Hub:
    """One per process. `run` is its only task; everything else is a plain call from the event loop's thread."""

    def __init__(
        self,
        subscriber: StatusSubscriber,
        *,
        heartbeat_s: float,
        tick_s: float = TICK_S,
        write_timeout_s: float = WRITE_TIMEOUT_S,
        listen_again_s: float = LISTEN_AGAIN_S,
        clock: Callable[[], float] = monotonic,
        observer: Observer | None = None,
    ) -> None:
        self._subscriber = subscriber
        self._heartbeat_s = heartbeat_s
        self._tick_s = tick_s
        self._write_timeout_s = write_timeout_s
        self._listen_again_s = listen_again_s
        self.clock = clock
        """Seconds, by which heartbeats are due and slow readers are cut off."""
        self._observer = guarded(observer)
        self._inboxes: dict[str, set[Inbox]] = {}
        self._readers = 0
        self._per_owner: dict[str, dict[Inbox, None]] = {}
        self._per_topic: dict[str, dict[Inbox, None]] = {}
        """The readers that count, the oldest first; those that were replaced count no more."""
        self._draining = False
        self._check = asyncio.Event()

    @property
    def readers(self) -> int:
        return self._readers

    @property
    def people(self) -> int:
        """How many of them read, each counted once."""
        return len(self._per_owner)

    @property
    def watched(self) -> int:
        return len(self._inboxes)

    @property
    def draining(self) -> bool:
        return self._draining

    def readers_of(self, owner_id: str) -> int:
        return len(self._per_owner.get(owner_id, ()))

    async def run(self) -> None:
        """Listen, tick and let readers check, until canceled, whatever happens."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(), name="hub-listen")
            tasks.create_task(self._tick(), name="hub-tick")
            tasks.create_task(self._check_all(), name="hub-check")

    @contextlib.contextmanager
    def subscribe(
        self, topic: str, owner_id: str, heartbeat_s: float | None = None, *, counted: bool = True
    ) -> Iterator[Inbox]:
        """An inbox that receives from now on; leaving the block frees everything of it.

        Args:
            topic: a session's id, or the topic of a person.
            counted: among `readers`; a poll that waits is not, it has a limit of its own.
        """
        inbox = Inbox(topic, owner_id, heartbeat_s or self._heartbeat_s, self.clock())
        if topic not in self._inboxes:
            self._inboxes[topic] = set()
            self._subscriber.watch(topic)
        self._inboxes[topic].add(inbox)
        if counted:
            self._readers += 1
            for group, key in self._groups(inbox):
                group.setdefault(key, {})[inbox] = None
        if self._draining:
            inbox.signal(Signal.DRAIN)
        try:
            with inbox:
                yield inbox
        finally:
            self._leave(inbox)
            if counted:
                self._readers -= 1
                self._discount(inbox)

    def replace_beyond(self, newest: Inbox, *, of_owner: int, on_topic: int) -> None:
        """Let the oldest readers give way to this one: of the same owner and on the same topic, beyond so many."""
        for (group, key), most in zip(self._groups(newest), (on_topic, of_owner), strict=True):
            while len(readers := group[key]) > most:
                oldest = next(iter(readers))
                self._discount(oldest)
                oldest.signal(Signal.REPLACED)

    def _groups(self, inbox: Inbox) -> tuple[tuple[dict[str, dict[Inbox, None]], str], ...]:
        return (self._per_topic, inbox.topic), (self._per_owner, inbox.owner_id)

    def _discount(self, inbox: Inbox) -> None:
        for group, key in self._groups(inbox):
            readers = group.get(key, {})
            readers.pop(inbox, None)
            if not readers:
                group.pop(key, None)

    def _leave(self, inbox: Inbox) -> None:
        readers = self._inboxes[inbox.topic]
        readers.discard(inbox)
        if not readers:
            del self._inboxes[inbox.topic]
            self._subscriber.unwatch(inbox.topic)

    def check(self) -> None:
        """Let every reader ask the flags again whether it may go on, soon: not all in one go."""
        self._check.set()

    def check_login(self, owner_id: str) -> None:
        """Let the readers of one person ask again whether they are signed in."""
        for inbox in self.inboxes():
            if inbox.owner_id == owner_id:
                inbox.signal(Signal.LOGIN)

    def drain(self) -> None:
        """Let every reader say goodbye, those that come from now on at once. Before the server waits for them."""
        self._draining = True
        for inbox in self.inboxes():
            inbox.signal(Signal.DRAIN)

    def inboxes(self) -> Iterator[Inbox]:
        """Those of all readers, of whatever topic."""
        return (inbox for readers in self._inboxes.values() for inbox in readers)

    async def _listen(self) -> None:
        while True:
            try:
                async with contextlib.aclosing(self._subscriber.listen()) as feed:
                    async for received in feed:
                        self.deliver(received)
            except Exception:  # noqa: BLE001 - the supervisor: without it one surprise leaves every reader deaf
                log.get(__name__).exception("listening broke off", again_in_s=self._listen_again_s)
            await asyncio.sleep(self._listen_again_s)
            self.deliver(Gap())

    def deliver(self, received: Published | Gap | LoginEnded) -> None:
        """Put what the subscriber received into the inboxes of its readers."""
        if isinstance(received, Published):
            for inbox in self._inboxes.get(received.topic, ()):
                inbox.put(received.status)
        elif isinstance(received, LoginEnded):
            self.check_login(received.owner_id)
        else:
            readers = self.inboxes() if received.topic is None else self._inboxes.get(received.topic, ())
            for inbox in readers:
                inbox.signal(Signal.GAP)

    async def _check_all(self) -> None:
        while await self._check.wait():
            self._check.clear()
            for told, inbox in enumerate(list(self.inboxes()), start=1):
                inbox.signal(Signal.CHECK)
                if told % CHECK_AT_ONCE == 0:
                    await asyncio.sleep(0)  # the readers just told go first, and whoever else waits

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._tick_s)
            present = self.clock()
            for inbox in self.inboxes():
                if inbox.heartbeat_at <= present:
                    inbox.heartbeat_at = present + inbox.heartbeat_s
                    inbox.signal(Signal.HEARTBEAT)
                if inbox.writing_since is not None:
                    stalled_s = present - inbox.writing_since
                    if stalled_s > self._write_timeout_s:
                        self._cut(inbox, stalled_s)

    def _cut(self, inbox: Inbox, stalled_s: float) -> None:
        inbox.writing_since = None
        if inbox.reader is not None:
            log.get(__name__).info("a reader that stopped reading is cut off", topic=inbox.topic)
            self._observer.cut(inbox.topic, stalled_s)
            inbox.reader.cancel()
