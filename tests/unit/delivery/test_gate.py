"""The product's flags as a gate of the live kernel."""

from playhead.delivery.gate import FlagsGate
from playhead.flags.answers.gate import StreamAnswer
from playhead.live.policy import ADMISSIONS, Reason
from tests.unit.delivery.world import ADA, SwitchedGate


def test_every_answer_of_the_flags_is_a_reason_of_the_kernel() -> None:
    flags = SwitchedGate()
    gate = FlagsGate(flags)
    for answer in StreamAnswer:
        flags.answer = answer
        assert gate.may_stream(ADA) in ADMISSIONS
        assert (gate.may_stream(ADA) is Reason.FLAG_ON) is answer.allowed
