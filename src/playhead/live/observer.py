"""`Observer`: the port through which monitoring learns what publishing, the hub and the streams do."""

import logging
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

logger = logging.getLogger(__name__)


class EndedWithoutGoodbye(StrEnum):
    """Why a stream ended that sent no goodbye; otherwise the reason is that of its goodbye."""

    LEFT = "left"
    """The reader closed the connection, or was cut off."""
    FAILED = "failed"
    """The store could not be read, or the stream crashed."""


class Observer(Protocol):
    """Is called at each step of a stream and of publishing.

    Calls about streams come from the event loop's thread, those about publishing from the publisher's. Each must return
    at once. Errors are logged once and change nothing (`guarded`).
    """

    def opened(self, topic: str) -> None:
        """A stream of this topic has begun."""
        ...

    def first_event(self, topic: str, after_s: float) -> None:
        """The server took `hello`, the first event of a stream, so many seconds after the stream was opened."""
        ...

    def written(self, topic: str, events: int) -> None:
        """A stream wrote so many events since its last report: at each heartbeat and at the end."""
        ...

    def conflated(self, topic: str, statuses: int) -> None:
        """So many statuses since the last report of a stream were replaced by newer ones before they were written."""
        ...

    def cut(self, topic: str, stalled_s: float) -> None:
        """A reader that took nothing for so many seconds is cut off; `ended` follows."""
        ...

    def ended(self, topic: str, reason: StrEnum, age_s: float) -> None:
        """A stream has ended after so many seconds, with the reason of its goodbye or an `EndedWithoutGoodbye`."""
        ...

    def published(self, statuses: int) -> None:
        """The broker took so many statuses."""
        ...

    def retried(self, statuses: int) -> None:
        """The broker did not take so many statuses; they are sent again."""
        ...

    def dropped(self, statuses: int) -> None:
        """So many statuses are given up: refused twice, or too many to keep."""
        ...


class NoObserver:
    """Observes nothing."""

    def opened(self, topic: str) -> None:
        return

    def first_event(self, topic: str, after_s: float) -> None:
        return

    def written(self, topic: str, events: int) -> None:
        return

    def conflated(self, topic: str, statuses: int) -> None:
        return

    def cut(self, topic: str, stalled_s: float) -> None:
        return

    def ended(self, topic: str, reason: StrEnum, age_s: float) -> None:
        return

    def published(self, statuses: int) -> None:
        return

    def retried(self, statuses: int) -> None:
        return

    def dropped(self, statuses: int) -> None:
        return


class GuardedObserver:
    """Passes each call on and suppresses errors; the first one is logged."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._has_failed = False

    def opened(self, topic: str) -> None:
        self._call(self._observer.opened, topic)

    def first_event(self, topic: str, after_s: float) -> None:
        self._call(self._observer.first_event, topic, after_s)

    def written(self, topic: str, events: int) -> None:
        self._call(self._observer.written, topic, events)

    def conflated(self, topic: str, statuses: int) -> None:
        self._call(self._observer.conflated, topic, statuses)

    def cut(self, topic: str, stalled_s: float) -> None:
        self._call(self._observer.cut, topic, stalled_s)

    def ended(self, topic: str, reason: StrEnum, age_s: float) -> None:
        self._call(self._observer.ended, topic, reason, age_s)

    def published(self, statuses: int) -> None:
        self._call(self._observer.published, statuses)

    def retried(self, statuses: int) -> None:
        self._call(self._observer.retried, statuses)

    def dropped(self, statuses: int) -> None:
        self._call(self._observer.dropped, statuses)

    def _call(self, method: Callable[..., None], *args: object) -> None:
        try:
            method(*args)
        except Exception:
            if not self._has_failed:
                self._has_failed = True
                logger.exception("an observer failed; further errors of it are not logged")


def guarded(observer: Observer | None) -> Observer:
    """An observer whose errors hurt nobody; None: one that observes nothing."""
    if observer is None:
        return NoObserver()
    return observer if isinstance(observer, NoObserver | GuardedObserver) else GuardedObserver(observer)
