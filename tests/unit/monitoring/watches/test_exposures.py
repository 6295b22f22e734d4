"""What the flags answered about people: noted once, kept until it is written, within bounds."""

import pytest

from playhead.flags.answers.gate import StreamAnswer
from playhead.flags.answers.rollout import Rollout
from playhead.monitoring.watches.exposures import Exposed, Exposure, Exposures

ON, OFF = StreamAnswer.FLAG_ON, StreamAnswer.FLAG_OFF
QUARTER, HALF = Rollout("r", 25), Rollout("r", 50)


def exposures(people_max: int = 100) -> Exposures:
    return Exposures(lambda person_id: f"digest of {person_id}", len, people_max)


def test_answer_is_noted_once_until_it_or_the_rollout_changes() -> None:
    noted = exposures()
    for answer, rollout in [(ON, QUARTER), (ON, QUARTER), (OFF, QUARTER), (OFF, HALF), (OFF, HALF)]:
        noted.note("ada", rollout, answer)
    assert noted.take() == [
        Exposed("digest of ada", Exposure("r", 25, "stream"), 13),
        Exposed("digest of ada", Exposure("r", 25, "poll"), 13),
        Exposed("digest of ada", Exposure("r", 50, "poll"), 13),
    ]
    assert noted.take() == []
    assert noted.of("ada") == Exposure("r", 50, "poll")


@pytest.mark.parametrize("answer", [StreamAnswer.KILL_SWITCH, StreamAnswer.FLAGS_UNAVAILABLE])
def test_answer_that_everybody_gets_exposes_nobody(answer: StreamAnswer) -> None:
    noted = exposures()
    noted.note("ada", QUARTER, ON)
    noted.note("ada", QUARTER, answer)
    noted.note("bob", QUARTER, answer)
    assert [one.person for one in noted.take()] == ["digest of ada"]
    assert (noted.of("ada"), noted.of("bob"), noted.of("nobody")) == (Exposure(), Exposure(), Exposure())


def test_what_could_not_be_written_is_taken_again_once() -> None:
    noted = exposures()
    noted.note("ada", QUARTER, ON)
    taken = noted.take()
    noted.note("bob", QUARTER, ON)
    noted.put_back(taken)
    assert [one.person for one in noted.take()] == ["digest of ada", "digest of bob"]


def test_first_people_are_forgotten_when_there_are_too_many() -> None:
    noted = exposures(people_max=10)
    for number in range(1_000):
        noted.note(f"{number}", QUARTER, ON)
        noted.note("999", QUARTER, ON)
    assert len(noted.take()) == 10
    assert (noted.of("0").arm, noted.of("999").arm) == ("none", "stream")
    noted.note("0", QUARTER, ON)
    assert [one.person for one in noted.take()] == ["digest of 0"]
