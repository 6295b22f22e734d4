"""The product's flags as a gate of the live kernel."""

from dataclasses import replace

from playhead.delivery.gate import FlagsGate
from playhead.flags.answers.gate import StreamAnswer
from playhead.flags.answers.rollout import OF_CANARIES
from playhead.live.policy import ADMISSIONS, Reason
from tests.unit.delivery.world import ADA, SwitchedGate


def test_every_answer_of_the_flags_is_a_reason_of_the_kernel() -> None:
    flags = SwitchedGate()
    gate = FlagsGate(flags)
    for answer in StreamAnswer:
        flags.answer = answer
        assert gate.may_stream(ADA) in ADMISSIONS
        assert (gate.may_stream(ADA) is Reason.FLAG_ON) is answer.allowed


def test_answer_is_noted_with_the_rollout_by_which_it_was_given() -> None:
    flags, noted = SwitchedGate(), []
    gate = FlagsGate(flags, lambda *note: noted.append(note))
    flags.answer = StreamAnswer.FLAG_OFF
    assert gate.may_stream(ADA) is Reason.FLAG_OFF
    gate.may_wait(ADA)
    gate.may_have_words(ADA)
    assert noted == [(ADA.id, flags.rollout, StreamAnswer.FLAG_OFF)]


def test_answer_about_a_canary_counts_in_no_rollout() -> None:
    noted: list[object] = []
    gate = FlagsGate(SwitchedGate(), lambda *note: noted.append(note))
    gate.may_stream(replace(ADA, is_canary=True))
    assert noted == [(ADA.id, OF_CANARIES, StreamAnswer.FLAG_ON)]
