"""What this process does for each person who follows something: the observer that fills in for silent pages."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from time import monotonic

from playhead.live.broker.ports import topic_of
from playhead.live.observer import NoObserver, PollAnswer, PollKind
from playhead.live.policy import GoodbyeReason

WATCHES_MAX = 50_000
"""Watches that are held, about 25 MB: those with a contact in the last two minutes. Of more, new ones are not noted."""
WRITTEN_EVERY_S = 60.0
"""A watch is written when it begins, when a stream of it ends, and once a minute: of 10,000 people 170 a second."""
OVER_S = 120.0
"""A watch without a contact for so long is over: it has been written, and its final status too (60 s after the end)."""
POLL_GAP_MAX_S = 30.0
"""Polls are answered within 25 s and come every 15 s at the least: a longer pause is an absence. A page that is hidden
for some time polls after 30 s each."""
OVER_AT_ONCE = 500
"""100 a second: all who leave at a deploy within two minutes."""
PEOPLE_WITHIN_S = 60.0
FINISHED_WITHIN_S = 1.0
"""A stream that ends so soon with the final status found the session finished: nothing was followed."""


@dataclass(slots=True, eq=False)
class Followed:
    """One person who follows one topic. Times in seconds of the process's clock; counts are since the last `take`."""

    topic: str
    person_id: str
    day: str
    begun_at: float
    seen_at: float
    is_new: bool = True
    written_at: float = 0.0
    is_changed: bool = True
    open: int = 0
    """Streams that are open now."""
    there_since: float = 0.0
    """Since when there was no absence."""
    since: float | None = None
    """Until when the time of open streams, or between polls, is counted."""
    streams: int = 0
    established: int = 0
    polls: int = 0
    stream_s: float = 0.0
    poll_s: float = 0.0
    last_version: int = -1
    version_at: float | None = None

    @property
    def is_list(self) -> bool:
        return self.topic == topic_of(self.person_id)

    @property
    def subject(self) -> str:
        """The session's id or, for the list, the day."""
        return subject_of(None if self.is_list else self.topic, self.day)

    def count_time(self, now: float) -> None:
        """Count the time until now as that of a stream, or as that between polls."""
        if self.since is not None:
            if self.open:
                self.stream_s += now - self.since
            elif not self._comes_back(now):
                self.poll_s += now - self.since
        self.since = self.seen_at = now

    def open_stream(self, now: float) -> None:
        """Count the time before, and a stream from now on."""
        if self.open:
            self.count_time(now)
        else:
            self._comes_back(now)
        self.since = self.seen_at = now
        self.open += 1
        self.streams += 1

    def _comes_back(self, now: float) -> bool:
        """Whether a contact now ends an absence."""
        if now - self.seen_at <= POLL_GAP_MAX_S:
            return False
        self.there_since = now
        return True

    def is_due(self, now: float) -> bool:
        """Whether it is to be written."""
        return self.is_changed or (bool(self.open or self.polls) and now - self.written_at >= WRITTEN_EVERY_S)

    def is_over(self, before: float) -> bool:
        """Whether there was no contact since then, and all of it has been taken."""
        return not (self.open or self.polls or self.is_changed) and self.seen_at < before

    def clear(self, now: float) -> None:
        """Begin to count again: it has been written."""
        self.is_new, self.is_changed, self.written_at = False, False, now
        self.streams = self.established = self.polls = 0
        self.stream_s = self.poll_s = 0.0


def subject_of(session_id: str | None, day: str) -> str:
    """What somebody follows, as it is digested: a session or, without one, the list on a day."""
    return session_id if session_id is not None else f"list {day}"


def today() -> str:
    """The day by UTC."""
    return datetime.now(UTC).date().isoformat()


class WatchFacts(NoObserver):
    """Belongs to one event loop. A call takes about 1 µs."""

    def __init__(
        self, *, most: int = WATCHES_MAX, clock: Callable[[], float] = monotonic, day: Callable[[], str] = today
    ) -> None:
        """`clock`: in seconds."""
        self._most = most
        self._clock = clock
        self._day = day
        self._followed: dict[tuple[str, str], Followed] = {}
        self._retired: list[Followed] = []
        """Lists of the day before that are to be written for the last time."""
        self._streaming: dict[str, int] = {}
        self._seen: dict[str, float] = {}
        """When people without a stream were last seen, the earliest first."""

    def opened(self, topic: str, person_id: str) -> None:
        self._streaming[person_id] = self._streaming.get(person_id, 0) + 1
        if (one := self._at(topic, person_id)) is not None:
            one.open_stream(self._clock())

    def first_event(self, topic: str, person_id: str, after_s: float) -> None:
        if (one := self._followed.get((topic, person_id))) is not None:
            one.established += 1

    def ended(self, topic: str, person_id: str, reason: StrEnum, age_s: float, version: int) -> None:
        self._leave(person_id)
        one = self._followed.get((topic, person_id))
        if one is None or not one.open:
            return
        one.count_time(self._clock())
        one.open -= 1
        self._version(one, version)
        one.is_changed = True
        is_final = reason is GoodbyeReason.FINAL and age_s < FINISHED_WITHIN_S
        if is_final and one.is_new and not one.open and one.streams == 1 and not one.polls:
            del self._followed[topic, person_id]

    def polled(
        self, topic: str, person_id: str, kind: PollKind, answer: PollAnswer, size: int, version: int, *, is_final: bool
    ) -> None:
        if answer is PollAnswer.REFUSED or (is_final and (topic, person_id) not in self._followed):
            return  # who opens what is finished follows nothing
        self._see(person_id)
        if (one := self._at(topic, person_id)) is not None:
            one.count_time(self._clock())
            one.polls += 1
            self._version(one, version)

    def day_of_list(self, person_id: str) -> str:
        """The day of the list that this person follows: a stream of it that is open at midnight stays on its day."""
        one = self._followed.get((topic_of(person_id), person_id))
        return self._day() if one is None else one.day

    def people(self) -> float:
        """How many people have a stream, or had one or polled in the last minute."""
        before = self._clock() - PEOPLE_WITHIN_S
        while self._seen and self._seen[first := next(iter(self._seen))] < before:
            del self._seen[first]
        return float(len(self._streaming) + sum(person not in self._streaming for person in self._seen))

    def take(self) -> Iterator[Followed]:
        """What is to be written now, each copied when it is asked for; it is not counted again."""
        while self._retired:
            yield self._copied(self._retired.pop())
        for one in [*self._followed.values()]:
            is_held = self._followed.get((one.topic, one.person_id)) is one
            if is_held and one.is_due(self._clock()):
                yield self._copied(one)

    def _copied(self, one: Followed) -> Followed:
        """A copy of what it counts, which begins again."""
        now = self._clock()
        if one.open:
            one.count_time(now)
        copy = replace(one)
        one.clear(now)
        return copy

    def over(self) -> list[Followed]:
        """Watches without a contact any more, `OVER_AT_ONCE` at most. Hand them to `forget` when they are done."""
        before = self._clock() - OVER_S
        return [*islice((one for one in self._followed.values() if one.is_over(before)), OVER_AT_ONCE)]

    def forget(self, followed: Collection[Followed]) -> None:
        """Free what is over."""
        for one in followed:
            is_held = self._followed.get((one.topic, one.person_id)) is one
            if is_held and one.is_over(self._clock() - OVER_S):
                del self._followed[one.topic, one.person_id]

    def _at(self, topic: str, person_id: str) -> Followed | None:
        """What this person follows there; None if there is no room to note it."""
        one = self._followed.get((topic, person_id))
        if one is not None and one.is_list and not one.open and one.day != self._day():
            self._retired.append(self._followed.pop((topic, person_id)))
            one = None
        if one is None:
            if len(self._followed) >= self._most:
                return None
            now = self._clock()
            one = self._followed[topic, person_id] = Followed(topic, person_id, self._day(), now, now, there_since=now)
        return one

    def _version(self, one: Followed, version: int) -> None:
        if version > one.last_version:
            one.last_version, one.version_at = version, self._clock()

    def _leave(self, person_id: str) -> None:
        left = self._streaming.get(person_id, 0) - 1
        if left > 0:
            self._streaming[person_id] = left
        else:
            self._streaming.pop(person_id, None)
        self._see(person_id)

    def _see(self, person_id: str) -> None:
        self._seen.pop(person_id, None)
        if len(self._seen) < self._most:
            self._seen[person_id] = self._clock()
