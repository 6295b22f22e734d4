"""`Observer`: the port through which monitoring learns what publishing, the hub, streams and polls do."""

import logging
from bisect import bisect_left
from enum import StrEnum
from math import inf, nan
from typing import Protocol

from playhead.live.job import Document
from playhead.live.policy import Transport

logger = logging.getLogger(__name__)

LAG_EDGES = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds, the upper bounds of the buckets in which lags are counted; 0.1 is what is promised. The browser counts in
the same (`telemetry/lag.ts`)."""


class EndedWithoutGoodbye(StrEnum):
    """Why a stream ended that sent no goodbye; otherwise the reason is that of its goodbye."""

    LEFT = "left"
    """The reader closed the connection, or was cut off."""
    FAILED = "failed"
    """The store could not be read, or the stream crashed."""


class PollKind(StrEnum):
    """How a poll was answered."""

    POLL = "poll"
    """At once."""
    WAIT = "wait"
    """It asked to be held and was allowed to, also if there was something new at once."""


class PollAnswer(StrEnum):
    """What a poll was answered with."""

    CHANGED = "changed"
    """What the client did not have."""
    UNCHANGED = "unchanged"
    """304: the client has it."""
    REFUSED = "refused"
    """An error: the login ended while the poll was held, or the store could not be read."""


class Written:
    """What the streams of a process wrote since the last report.

    Counted here and reported twice a second, for 0.3 µs a delivery on the fast path, and 0.8 µs elsewhere. A call of an
    observer for each would take 4 µs, a third of what the delivery costs.
    """

    __slots__ = ("_changed_at", "_status", "conflated", "events", "lag_s", "lags", "size")

    def __init__(self) -> None:
        self.events = 0
        """Events, also those that carry no status."""
        self.size = 0
        """Their bytes, without what HTTP adds."""
        self.conflated = 0
        """Statuses that a newer one replaced before they were written."""
        self.lags = [0] * (len(LAG_EDGES) + 1)
        """Statuses that changed while their stream was open, by the time from `updated_at` to the write: their number
        in each bucket, the last one without an upper bound. As right as the clocks of the machines agree."""
        self.lag_s = 0.0
        """The sum of these times in seconds."""
        self._status: Document | None = None
        """The last one whose lag was counted: it may have many readers, and to convert its time takes 0.25 µs."""
        self._changed_at = 0.0

    def count_lags(self, status: Document, writes: int, first: float, last: float, max_s: float = inf) -> None:
        """Count the lags of one status that was written to so many readers in a row.

        Args:
            first: the time before the first write, in seconds since 1970. The writes count as evenly spread from then
                on: a thousand take 12 ms, one like the other.
            last: the time after the last write.
            max_s: longer lags do not count.
        """
        if status is not self._status:
            self._status, self._changed_at = status, _seconds(status)
        least_s, most_s = first - self._changed_at, last - self._changed_at
        if not most_s <= max_s:  # also if it is NaN
            return
        bucket, counted = bisect_left(LAG_EDGES, least_s), 0
        while bucket < len(LAG_EDGES) and LAG_EDGES[bucket] < most_s:
            upto = round(writes * (LAG_EDGES[bucket] - least_s) / (most_s - least_s))
            self.lags[bucket] += upto - counted
            counted, bucket = upto, bucket + 1
        self.lags[bucket] += writes - counted
        if (mean_s := (least_s + most_s) / 2) > 0:  # else the clock of the machine where it changed is ahead
            self.lag_s += writes * mean_s


def _seconds(status: Document) -> float:
    """When it changed, in seconds since 1970; NaN if that cannot be expressed."""
    try:
        return status.updated_at.timestamp()
    except (OverflowError, ValueError):  # garbage in Redis: the year 1 without a time zone
        return nan


class Observer(Protocol):
    """Is called at each step of a stream and of publishing.

    Calls about publishing come from the publisher's thread, all others from the event loop's. Each must return at once.
    Errors are logged once and change nothing (`Observers`). Derive from `NoObserver` to implement a part of it.

    `topic` is a job's id, or `topic_of` a person for all of their jobs; `person_id` is that of who reads.
    """

    def opened(self, topic: str, person_id: str) -> None:
        """A stream of this topic has begun."""
        ...

    def first_event(self, topic: str, person_id: str, after_s: float) -> None:
        """The server took `hello`, the first event of a stream, so many seconds after the stream was opened."""
        ...

    def written(self, written: Written) -> None:
        """What all streams wrote since the last report: each half a second, and at the end of the hub."""
        ...

    def cut(self, topic: str, stalled_s: float) -> None:
        """A reader that took nothing for so many seconds is cut off; `ended` follows."""
        ...

    def ended(self, topic: str, person_id: str, reason: StrEnum, age_s: float, version: int) -> None:
        """A stream has ended.

        Args:
            reason: that of its goodbye, or an `EndedWithoutGoodbye`.
            age_s: seconds since it was opened.
            version: of the last status of its job that was given to the server; -1: none, or a stream of all jobs.
        """
        ...

    def gap(self, topic: str | None) -> None:
        """Messages of this topic, or of all (None), may have been lost; their readers read the store again."""
        ...

    def chosen(self, transport: Transport) -> None:
        """The policy's answer to a request for a stream, also if that was refused, or to a poll."""
        ...

    def polled(
        self, topic: str, person_id: str, kind: PollKind, answer: PollAnswer, size: int, version: int, *, is_final: bool
    ) -> None:
        """A poll was answered.

        Args:
            size: bytes of the body; 0 without one.
            version: that the client has now; -1: none, or a poll of all jobs.
            is_final: whether this is the final version.
        """
        ...

    def published(self, statuses: int) -> None:
        """The broker took so many statuses."""
        ...

    def retried(self, statuses: int) -> None:
        """The broker did not take so many statuses: they, or newer ones in their place, are sent again."""
        ...

    def dropped(self, statuses: int) -> None:
        """So many statuses are given up: refused twice, replaced by a newer one while the broker failed, too many to
        keep, or unsent at the end."""
        ...


class NoObserver:
    """Observes nothing."""

    def opened(self, topic: str, person_id: str) -> None:
        return

    def first_event(self, topic: str, person_id: str, after_s: float) -> None:
        return

    def written(self, written: Written) -> None:
        return

    def cut(self, topic: str, stalled_s: float) -> None:
        return

    def ended(self, topic: str, person_id: str, reason: StrEnum, age_s: float, version: int) -> None:
        return

    def gap(self, topic: str | None) -> None:
        return

    def chosen(self, transport: Transport) -> None:
        return

    def polled(
        self, topic: str, person_id: str, kind: PollKind, answer: PollAnswer, size: int, version: int, *, is_final: bool
    ) -> None:
        return

    def published(self, statuses: int) -> None:
        return

    def retried(self, statuses: int) -> None:
        return

    def dropped(self, statuses: int) -> None:
        return


class Observers:
    """Passes each call to several observers. An error of one is suppressed, and its first one logged."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers
        self._failed: set[int] = set()

    def opened(self, topic: str, person_id: str) -> None:
        self._call("opened", topic, person_id)

    def first_event(self, topic: str, person_id: str, after_s: float) -> None:
        self._call("first_event", topic, person_id, after_s)

    def written(self, written: Written) -> None:
        self._call("written", written)

    def cut(self, topic: str, stalled_s: float) -> None:
        self._call("cut", topic, stalled_s)

    def ended(self, topic: str, person_id: str, reason: StrEnum, age_s: float, version: int) -> None:
        self._call("ended", topic, person_id, reason, age_s, version)

    def gap(self, topic: str | None) -> None:
        self._call("gap", topic)

    def chosen(self, transport: Transport) -> None:
        self._call("chosen", transport)

    def polled(
        self, topic: str, person_id: str, kind: PollKind, answer: PollAnswer, size: int, version: int, *, is_final: bool
    ) -> None:
        self._call("polled", topic, person_id, kind, answer, size, version, is_final=is_final)

    def published(self, statuses: int) -> None:
        self._call("published", statuses)

    def retried(self, statuses: int) -> None:
        self._call("retried", statuses)

    def dropped(self, statuses: int) -> None:
        self._call("dropped", statuses)

    def _call(self, name: str, *args: object, **named: object) -> None:
        for number, observer in enumerate(self._observers):
            try:
                getattr(observer, name)(*args, **named)
            except Exception:
                if number not in self._failed:
                    self._failed.add(number)
                    logger.exception("an observer failed; further errors of it are not logged")


def guarded(observer: Observer | None) -> Observer:
    """An observer whose errors hurt nobody; None: one that observes nothing."""
    if observer is None:
        return NoObserver()
    return observer if isinstance(observer, Observers) else Observers(observer)
