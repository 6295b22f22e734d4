"""Reports the life of one stream to the observer."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from playhead.live.inbox import Inbox
from playhead.live.observer import EndedWithoutGoodbye, Observer


class StreamRecord:
    """Created when a stream opens. `reason` is why it ends, as far as is known.

    Events and conflated statuses are counted in the inbox and reported together: a call for each would add
    more than a tenth to the cost of `Inbox.put`.
    """

    __slots__ = ("_clock", "_inbox", "_observer", "_opened_at", "reason")

    def __init__(self, observer: Observer, inbox: Inbox[Any], clock: Callable[[], float]) -> None:
        """`clock`: in seconds."""
        self.reason: StrEnum = EndedWithoutGoodbye.LEFT
        self._observer = observer
        self._inbox = inbox
        self._clock = clock
        self._opened_at = clock()
        observer.opened(inbox.topic)

    def first_event(self) -> None:
        """The server took the first event."""
        self._observer.first_event(self._inbox.topic, self._clock() - self._opened_at)

    def report_counts(self) -> None:
        """Report what was counted since the last call."""
        inbox = self._inbox
        if inbox.written:
            self._observer.written(inbox.topic, inbox.written)
        if inbox.conflated:
            self._observer.conflated(inbox.topic, inbox.conflated)
        inbox.written = inbox.conflated = 0

    def ended(self) -> None:
        """The stream has ended."""
        self.report_counts()
        self._observer.ended(self._inbox.topic, self.reason, self._clock() - self._opened_at)
