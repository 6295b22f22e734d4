"""An answer about a person is kept for a second, and never longer than the flags that gave it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from playhead.flags.answers.gate import Gate, StreamAnswer
from playhead.flags.answers.recent import KEPT_S, Recent
from playhead.flags.answers.shared import Emergency, Shared
from playhead.flags.answers.source import FILE, Changed, Health
from playhead.flags.answers.tuning import Tuning
from tests.support.clock import Clock
from tests.support.flags_data import FlagsData

SETTINGS = Tuning(heartbeat_s=15, max_age_s=600)
ADMINS = [{"contextName": "admin", "operator": "IN", "values": ["true"]}]
SWITCHED = Shared(emergency=Emergency(since=datetime(2026, 11, 30, tzinfo=UTC), by="ada"))


class FakeSource:
    """A source and its engine, whose document and answers a test changes one after the other, as Unleash's SDK does."""

    kind = FILE

    def __init__(self) -> None:
        self.document = FlagsData().document()
        self.is_on = True
        self.fails = False
        self.asked: list[tuple[str, str]] = []
        """Which flag, about whom."""
        self.meanwhile: Callable[[], None] | None = None
        """Called once, when an answer is there and has not been handed out."""
        self.changed: Changed = lambda: None

    @property
    def client(self) -> "FakeSource":
        return self

    def is_enabled(self, feature_name: str, context: dict[str, Any]) -> bool:
        self.asked.append((str(feature_name), context["userId"]))
        if self.fails:
            raise RuntimeError("the engine fails")
        answer, meanwhile, self.meanwhile = self.is_on, self.meanwhile, None
        if meanwhile:
            meanwhile()
        return answer

    def get_variant(self, feature_name: str, context: dict[str, Any]) -> dict[str, Any]:
        return {"name": "disabled", "enabled": self.is_enabled(feature_name, context)}

    def feature_definitions(self) -> dict[str, Any]:
        return {}

    def health(self) -> Health:
        return Health(age_s=0)

    def start(self, changed: Changed) -> None:
        self.changed = changed

    def share(self, text: str | None) -> bool:
        if text is None:
            return False
        self.document, self.is_on = text, not self.is_on
        return True

    def close(self) -> None: ...

    def change(self, *, on: bool) -> None:
        self.document, self.is_on = FlagsData().turn("sse.allowed", on=on).document(), on
        self.changed()


@pytest.fixture
def source() -> FakeSource:
    return FakeSource()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(source: FakeSource, clock: Clock) -> Gate:
    return Gate(source, environment="development", defaults=SETTINGS, clock=clock)


QUESTIONS: dict[str, Callable[[Gate, str, bool], object]] = {
    "streams": Gate.streams_allowed,
    "long poll": Gate.long_poll_allowed,
    "live transcript": Gate.live_transcript_allowed,
    "tuning": Gate.tuning,
    "rollout": Gate.rollout_for,
}


def lets_in(gate: Gate) -> bool:
    return gate.streams_allowed("ada", False).allowed


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_same_question_within_a_second_is_asked_once(
    gate: Gate, source: FakeSource, clock: Clock, question: Callable[[Gate, str, bool], object]
) -> None:
    source.document = (
        FlagsData()
        .roll_out("sse.status-stream", 25)
        .add_strategy("sse.status-stream", 100, constraints=ADMINS)
        .document()
    )
    source.changed()
    first, asked = question(gate, "ada", False), len(source.asked)
    clock.now += KEPT_S * 0.99
    assert question(gate, "ada", False) == first
    assert len(source.asked) == asked


def test_other_person_other_role_and_other_question_are_asked(gate: Gate, source: FakeSource) -> None:
    source.document = FlagsData().roll_out("status-long-poll", 25).roll_out("live-transcript", 25).document()
    source.changed()
    gate.long_poll_allowed("ada", False)
    gate.long_poll_allowed("bob", False)
    gate.long_poll_allowed("ada", True)
    gate.live_transcript_allowed("ada", False)
    long_poll = "status-long-poll"
    assert source.asked == [(long_poll, "ada"), (long_poll, "bob"), (long_poll, "ada"), ("live-transcript", "ada")]


def test_flag_that_is_the_same_for_everybody_is_asked_once_for_all(gate: Gate, source: FakeSource) -> None:
    source.document = FlagsData().roll_out("status-long-poll", 100).turn("sse.tuning", on=False).document()
    source.changed()
    for person, is_admin in (("ada", False), ("bob", True)):
        gate.long_poll_allowed(person, is_admin)
        gate.tuning(person, is_admin)
    assert source.asked == [("status-long-poll", "ada"), ("sse.tuning", "ada")]


def test_question_after_a_second_is_asked_again(gate: Gate, source: FakeSource, clock: Clock) -> None:
    assert lets_in(gate)
    source.is_on = False  # by the same flags: a strategy that looks at the time
    clock.now += KEPT_S
    assert not lets_in(gate)


def test_change_is_in_force_at_its_notice(gate: Gate, source: FakeSource) -> None:
    told: list[bool] = []
    gate.on_change(lambda: told.append(lets_in(gate)))
    assert lets_in(gate)
    source.change(on=False)
    source.change(on=True)
    assert told == [False, True]
    assert lets_in(gate)


def test_document_of_before_that_comes_back_brings_no_old_answer(gate: Gate, source: FakeSource) -> None:
    before = source.document
    assert lets_in(gate)
    source.change(on=False)
    source.document, source.is_on = before, False
    source.changed()
    assert not lets_in(gate)


def test_nothing_is_kept_between_a_new_document_and_its_notice(gate: Gate, source: FakeSource) -> None:
    assert lets_in(gate)
    source.document = FlagsData().turn("sse.allowed", on=False).document()
    assert lets_in(gate)  # Unleash's SDK stores the document before its engine takes it
    source.is_on = False
    assert not lets_in(gate)
    source.changed()
    assert not lets_in(gate)


@pytest.mark.parametrize("question", ["long poll", "streams"])
def test_answer_that_a_change_overtakes_is_not_kept(gate: Gate, source: FakeSource, question: str) -> None:
    source.meanwhile = lambda: source.change(on=False)
    QUESTIONS[question](gate, "ada", False)
    assert not gate.long_poll_allowed("ada", False)
    assert not lets_in(gate)


def test_flags_that_processes_share_are_in_force_at_once(gate: Gate, source: FakeSource) -> None:
    assert lets_in(gate)
    gate.take(Shared(flags=FlagsData().turn("sse.allowed", on=False).document()))
    assert not lets_in(gate)


def test_emergency_switch_is_in_force_at_once(gate: Gate) -> None:
    assert lets_in(gate)
    gate.take(SWITCHED)
    assert gate.streams_allowed("ada", False) is StreamAnswer.KILL_SWITCH
    gate.take(Shared())
    assert lets_in(gate)


def test_error_is_not_kept(gate: Gate, source: FakeSource) -> None:
    source.fails = True
    with pytest.raises(RuntimeError):
        gate.tuning("ada", False)
    source.fails = False
    assert gate.tuning("ada", False) == SETTINGS


def test_explanation_is_asked_each_time(gate: Gate, source: FakeSource) -> None:
    gate.answers("ada", False)
    asked = len(source.asked)
    gate.answers("ada", False)
    assert len(source.asked) == 2 * asked


def test_answers_that_are_kept_are_bounded(clock: Clock) -> None:
    document, asked = "flags", []

    def ask() -> bool:
        asked.append(True)
        return True

    recent = Recent(document, clock, most=2)
    for question in ("one", "two", "two", "three", "three", "one"):
        recent.answer(document, question, ask)
    assert len(asked) == 4  # the third one found no room, so that the first was forgotten
