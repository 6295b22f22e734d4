"""Reports the life of one stream to the observer."""

from enum import StrEnum
from time import time
from typing import Any

from playhead.live.hub import Hub
from playhead.live.inbox import Inbox
from playhead.live.job import Document
from playhead.live.observer import EndedWithoutGoodbye


class StreamRecord:
    """Created when a stream opens. `reason` is why it ends, as far as is known."""

    __slots__ = ("_after", "_hub", "_inbox", "_opened_at", "reason")

    def __init__(self, hub: Hub[Any], inbox: Inbox[Any], after: int) -> None:
        """`after`: the version after which the stream begins."""
        self.reason: StrEnum = EndedWithoutGoodbye.LEFT
        self._hub = hub
        self._inbox = inbox
        self._after = after
        self._opened_at = hub.clock()
        hub.observer.opened(inbox.topic, inbox.owner_id)

    @property
    def version(self) -> int:
        """The newest version of its job that the stream was given; -1: none."""
        version = self._inbox.versions.get(self._inbox.topic, -1)
        return version if version > self._after else -1

    def first_event(self) -> None:
        """The server took the first event."""
        inbox = self._inbox
        self._hub.observer.first_event(inbox.topic, inbox.owner_id, self._age_s)

    def written(self, frame: bytes) -> None:
        """The server took an event."""
        if (written := self._hub.written) is not None:
            written.events += 1
            written.size += len(frame)

    def delivered(self, status: Document) -> None:
        """The server took the event of this status. Its lag counts if it changed while the stream was open."""
        if (written := self._hub.written) is not None:
            moment = time()
            written.count_lags(status, 1, moment, moment, self._age_s)

    def report_conflated(self) -> None:
        """Count what was conflated since the last call."""
        if self._hub.written is not None:
            self._hub.written.conflated += self._inbox.conflated
        self._inbox.conflated = 0

    def ended(self) -> None:
        """The stream has ended."""
        self.report_conflated()
        inbox = self._inbox
        self._hub.observer.ended(inbox.topic, inbox.owner_id, self.reason, self._age_s, self.version)

    @property
    def _age_s(self) -> float:
        return self._hub.clock() - self._opened_at
