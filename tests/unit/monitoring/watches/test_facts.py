"""What the server does for who watches, as the kernel's observer: streams, polls, time, versions, people, bounds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from playhead.live.broker.ports import topic_of
from playhead.live.observer import EndedWithoutGoodbye, PollAnswer, PollKind
from playhead.live.policy import GoodbyeReason
from playhead.monitoring.watches.facts import OVER_S, POLL_GAP_MAX_S, WRITTEN_EVERY_S, Followed, WatchFacts
from tests.support.clock import Clock

LIST = topic_of("ada")


@dataclass
class World:
    clock: Clock = field(default_factory=Clock)
    day: str = "2026-11-29"
    most: int = 100

    def __post_init__(self) -> None:
        self.facts = WatchFacts(most=self.most, clock=self.clock, day=lambda: self.day)

    def pass_s(self, seconds: float) -> None:
        self.clock.now += seconds

    def open(self, topic: str = "s", person_id: str = "ada") -> None:
        self.facts.opened(topic, person_id)
        self.facts.first_event(topic, person_id, 0.01)

    def end(
        self, topic: str = "s", person_id: str = "ada", version: int = 3, age_s: float = 60.0, **given: Any
    ) -> None:
        self.facts.ended(topic, person_id, given.get("reason", EndedWithoutGoodbye.LEFT), age_s, version)

    def poll(self, topic: str = "s", person_id: str = "ada", version: int = 3, **given: Any) -> None:
        answer, is_final = given.get("answer", PollAnswer.CHANGED), given.get("is_final", False)
        self.facts.polled(topic, person_id, PollKind.POLL, answer, 300, version, is_final=is_final)

    def taken(self) -> Followed:
        (one,) = self.facts.take()
        return one


@pytest.fixture
def world() -> World:
    return World()


def test_stream_is_noted_when_it_begins_and_when_it_ends(world: World) -> None:
    world.open()
    world.pass_s(4)
    first = world.taken()
    assert (first.subject, first.person_id, first.begun_at, first.seen_at) == ("s", "ada", 0.0, 4.0)
    assert (first.streams, first.established, first.stream_s, first.last_version) == (1, 1, 4.0, -1)
    world.pass_s(6)
    assert [*world.facts.take()] == []
    world.end(version=7)
    last = world.taken()
    assert (last.streams, last.established, last.stream_s) == (0, 0, 6.0)
    assert (last.last_version, last.version_at) == (7, 10.0)


def test_streams_at_the_same_time_fill_the_time_once(world: World) -> None:
    world.open()
    world.pass_s(10)
    world.open()
    world.pass_s(10)
    world.end()
    world.pass_s(10)
    world.end()
    world.pass_s(10)
    assert world.taken().stream_s == 30.0


def test_stream_that_goes_on_is_written_once_a_minute(world: World) -> None:
    world.open()
    list(world.facts.take())
    world.pass_s(WRITTEN_EVERY_S - 1)
    assert [*world.facts.take()] == []
    world.pass_s(1)
    one = world.taken()
    assert (one.stream_s, one.seen_at, one.streams) == (60.0, 60.0, 0)


@pytest.mark.parametrize(("gap_s", "poll_s"), [(3.0, 3.0), (POLL_GAP_MAX_S, POLL_GAP_MAX_S), (POLL_GAP_MAX_S + 1, 0.0)])
def test_time_between_polls_counts_unless_it_is_an_absence(world: World, gap_s: float, poll_s: float) -> None:
    world.poll(version=3)
    world.pass_s(gap_s)
    world.poll(version=4)
    one = world.taken()
    assert (one.polls, one.poll_s, one.last_version, one.version_at) == (2, poll_s, 4, gap_s)


@pytest.mark.parametrize(("gap_s", "there_since"), [(POLL_GAP_MAX_S, 0.0), (POLL_GAP_MAX_S + 1, POLL_GAP_MAX_S + 1)])
@pytest.mark.parametrize("comes", [World.poll, World.open])
def test_who_comes_back_after_an_absence_is_there_since_then(
    world: World, comes: Callable[[World], None], gap_s: float, there_since: float
) -> None:
    world.poll()
    world.pass_s(gap_s)
    comes(world)
    assert world.taken().there_since == there_since


def test_stream_is_no_absence_however_long_it_is(world: World) -> None:
    world.open()
    world.pass_s(600)
    world.end()
    world.poll()
    assert world.taken().there_since == 0.0


def test_version_keeps_the_time_of_its_first_write(world: World) -> None:
    for version in (3, 5, 5, 4):
        world.poll(version=version)
        world.pass_s(1)
    one = world.taken()
    assert (one.last_version, one.version_at) == (5, 1.0)


@pytest.mark.parametrize("given", [{"answer": PollAnswer.REFUSED}, {"is_final": True}])
def test_poll_of_who_follows_nothing_is_not_noted(world: World, given: dict[str, Any]) -> None:
    world.poll(**given)
    assert ([*world.facts.take()], world.facts.people()) == ([], 0)


def test_final_poll_of_who_follows_is_noted(world: World) -> None:
    world.poll(version=3)
    world.poll(version=9, is_final=True)
    assert world.taken().last_version == 9


@pytest.mark.parametrize(
    ("age_s", "reason", "is_noted"),
    [(0.2, GoodbyeReason.FINAL, False), (1.5, GoodbyeReason.FINAL, True), (0.2, GoodbyeReason.MAX_AGE, True)],
)
def test_stream_that_found_the_session_finished_is_no_watch(
    world: World, age_s: float, reason: GoodbyeReason, is_noted: bool
) -> None:
    world.open()
    world.end(age_s=age_s, reason=reason)
    assert len([*world.facts.take()]) == is_noted


def test_list_is_one_watch_a_day(world: World) -> None:
    world.poll(LIST, version=-1)
    world.poll(LIST, version=-1)
    world.day = "2026-11-30"
    world.poll(LIST, version=-1)
    assert {one.subject: one.polls for one in world.facts.take()} == {"list 2026-11-29": 2, "list 2026-11-30": 1}


def test_stream_of_the_list_over_midnight_stays_one_watch(world: World) -> None:
    world.open(LIST)
    world.day = "2026-11-30"
    assert (world.facts.day_of_list("ada"), world.facts.day_of_list("bob")) == ("2026-11-29", "2026-11-30")
    world.pass_s(5)
    world.end(LIST, version=-1)
    assert [(one.subject, one.stream_s) for one in world.facts.take()] == [("list 2026-11-29", 5.0)]


def test_watch_is_over_when_it_is_written_and_nobody_is_there(world: World) -> None:
    world.open()
    world.pass_s(OVER_S + 1)
    assert world.facts.over() == []
    world.end()
    world.pass_s(OVER_S + 1)
    assert world.facts.over() == []
    list(world.facts.take())
    (one,) = world.facts.over()
    world.facts.forget([one])
    assert world.facts.over() == []
    world.poll()
    assert world.taken().begun_at == world.clock.now


def test_watch_that_goes_on_meanwhile_is_not_forgotten(world: World) -> None:
    world.poll()
    list(world.facts.take())
    world.pass_s(OVER_S + 1)
    over = world.facts.over()
    world.poll()
    world.facts.forget(over)
    assert world.taken().begun_at == 0.0


def test_people_are_those_with_a_stream_or_seen_in_the_last_minute(world: World) -> None:
    world.open("s", "ada")
    world.open("t", "ada")
    world.poll("s", "bob")
    world.poll("s", "ada")
    assert world.facts.people() == 2
    world.pass_s(61)
    assert world.facts.people() == 1
    world.end("s", "ada")
    world.end("t", "ada")
    world.poll("s", "cyd")
    world.pass_s(59)
    assert world.facts.people() == 2
    world.pass_s(2)
    assert world.facts.people() == 0


def test_watches_and_people_are_bounded() -> None:
    world = World(most=10)
    for number in range(1_000):
        world.poll(f"session {number}", f"person {number}")
        world.open(f"session {number}", f"person {number}")
        world.end(f"session {number}", f"person {number}")
    assert (len([*world.facts.take()]), world.facts.people()) == (10, 10)


def test_watch_that_ends_while_others_are_taken_is_not_taken(world: World) -> None:
    for session in "ab":
        world.open(session)
    taken = world.facts.take()
    assert next(taken).subject == "a"
    world.end("b", reason=GoodbyeReason.FINAL, age_s=0.5)
    assert [*taken] == []
