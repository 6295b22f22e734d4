"""Reports the life of one stream to the observer."""

from collections.abc import Callable
from enum import StrEnum

from playhead.hub.mailbox import Mailbox
from playhead.pubsub.observer import EndedWithoutGoodbye, Observer


class StreamRecord:
    """Created when a stream opens. `reason` is why it ends, as far as is known.

    Events and conflated statuses are counted in the mailbox and reported together: a call for each would add a tenth
    to the cost of a status per reader.
    """

    __slots__ = ("_clock", "_mailbox", "_observer", "_opened_at", "reason")

    def __init__(self, observer: Observer, mailbox: Mailbox, clock: Callable[[], float]) -> None:
        """`clock`: in seconds."""
        self.reason: StrEnum = EndedWithoutGoodbye.LEFT
        self._observer = observer
        self._mailbox = mailbox
        self._clock = clock
        self._opened_at = clock()
        observer.opened(mailbox.topic)

    def first_event(self) -> None:
        """The server took the first event."""
        self._observer.first_event(self._mailbox.topic, self._clock() - self._opened_at)

    def report_counts(self) -> None:
        """Report what was counted since the last call."""
        mailbox = self._mailbox
        if mailbox.written:
            self._observer.written(mailbox.topic, mailbox.written)
        if mailbox.conflated:
            self._observer.conflated(mailbox.topic, mailbox.conflated)
        mailbox.written = mailbox.conflated = 0

    def ended(self) -> None:
        """The stream has ended."""
        self.report_counts()
        self._observer.ended(self._mailbox.topic, self.reason, self._clock() - self._opened_at)
