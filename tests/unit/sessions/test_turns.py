"""Whose turn it is, and what that comes to over a day."""

import heapq
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.sessions.turns import Person, Work, choose, decayed, plan

NOW = datetime(2026, 11, 29, tzinfo=UTC)
TEN_MINUTES_S = 600.0


def person(id: str, *, used_s: float = 0.0, running: int = 0, last_turn_s: float | None = None) -> Person:
    last = None if last_turn_s is None else NOW - timedelta(seconds=last_turn_s)
    return Person(id=id, used_s=used_s, running=running, last_turn_at=last, queued_at=NOW)


def chosen(*waiting: Person, slots: int = 2) -> str | None:
    found = choose(waiting, slots)
    return found.id if found else None


def test_nobody_waits() -> None:
    assert chosen() is None


def test_least_usage_comes_first() -> None:
    assert chosen(person("a", used_s=500), person("b", used_s=100)) == "b"


@pytest.mark.parametrize(("a", "b", "first"), [(10, 20, "b"), (20, 10, "a"), (None, 99, "a"), (99, None, "b")])
def test_equals_take_turns(a: float | None, b: float | None, first: str) -> None:
    assert chosen(person("a", last_turn_s=a), person("b", last_turn_s=b)) == first


def test_who_has_their_share_of_the_workers_waits_for_the_others() -> None:
    assert chosen(person("a", used_s=0, running=1), person("b", used_s=900)) == "b"


def test_no_worker_idles_while_somebody_waits() -> None:
    assert chosen(person("a", running=1), person("b", running=1), slots=3) is not None
    assert chosen(person("a", running=7)) == "a"


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 9)), min_size=1, max_size=9), st.integers(1, 9))
def test_somebody_is_chosen_whoever_waits(people: list[tuple[float, int]], slots: int) -> None:
    waiting = [person(str(n), used_s=used_s, running=running) for n, (used_s, running) in enumerate(people)]
    assert choose(waiting, slots) in waiting


def test_session_queued_after_its_person_was_read_is_not_planned() -> None:
    waiting = {name: [Work(id=f"of {name}", owner_id=name, work_s=60, audio_s=60)] for name in ("ada", "bob")}
    assert [one.id for one in plan([person("ada"), person("eve")], waiting, [], NOW)] == ["of ada"]


@dataclass
class Day:
    """Workers on a clock that jumps from event to event; a second of audio takes a second of `speed`-fold time."""

    slots: int
    speed: float = 5.0
    now_s: float = 0.0
    queues: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    used: dict[str, tuple[float, float]] = field(default_factory=dict)
    last_turn: dict[str, float] = field(default_factory=dict)
    running: list[tuple[float, str, float]] = field(default_factory=list)
    given_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    starts: list[str] = field(default_factory=list)

    def queue(self, who: str, *audio_s: float) -> None:
        self.queues[who].extend(audio_s)

    def run(self, until_s: float) -> None:
        self._fill()
        while self.running and self.running[0][0] <= until_s:
            self.now_s, who, audio_s = heapq.heappop(self.running)
            self._charge(who, audio_s)
            self._fill()

    def _charge(self, who: str, audio_s: float) -> None:
        used_s, at_s = self.used.get(who, (0.0, self.now_s))
        self.used[who] = (decayed(used_s, self.now_s - at_s) + audio_s, self.now_s)
        self.given_s[who] += audio_s

    def _fill(self) -> None:
        while len(self.running) < self.slots and (found := choose(self._waiting(), self.slots)):
            audio_s = self.queues[found.id].popleft()
            self.last_turn[found.id] = self.now_s
            self.starts.append(found.id)
            heapq.heappush(self.running, (self.now_s + audio_s / self.speed, found.id, audio_s))

    def _waiting(self) -> list[Person]:
        return [
            Person(
                id=who,
                used_s=decayed(used_s, self.now_s - at_s),
                running=sum(one == who for _, one, _ in self.running),
                last_turn_at=NOW + timedelta(seconds=self.last_turn[who]) if who in self.last_turn else None,
                queued_at=NOW,
            )
            for who, audio in self.queues.items()
            if audio
            for used_s, at_s in [self.used.get(who, (0.0, 0.0))]
        ]


def test_newcomer_begins_with_the_next_free_worker() -> None:
    day = Day(slots=2)
    day.queue("a", *[TEN_MINUTES_S] * 100)
    day.run(until_s=300)
    before = len(day.starts)
    day.queue("b", 60.0)
    day.run(until_s=480)
    assert day.starts[before] == "b"


@pytest.mark.parametrize("slots", [1, 2, 3, 8])
def test_equal_people_get_equal_seconds_over_a_day(slots: int) -> None:
    day = Day(slots=slots)
    lengths = {"short": 60.0, "usual": TEN_MINUTES_S, "long": 2400.0}
    for who, audio_s in lengths.items():
        day.queue(who, *[audio_s] * 60_000)
    day.run(until_s=24 * 3600)
    seconds = sorted(day.given_s.values())
    assert seconds[-1] - seconds[0] <= 0.1 * seconds[-1]


def test_one_who_works_alone_gets_all_workers() -> None:
    day = Day(slots=4)
    day.queue("a", *[TEN_MINUTES_S] * 8)
    day.run(until_s=1)
    assert day.starts == ["a"] * 4
