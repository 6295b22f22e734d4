"""How often a flag was on, and how often off, is counted in Unleash, where a rollout is watched."""

from playhead.flags.answers.gate import Gate
from tests.integration.flags.console import Console
from tests.support.waiting import until

FLAG = "live-transcript"
USERS = [f"user-{number}" for number in range(100)]


def test_every_answer_is_counted(gate: Gate, console: Console) -> None:
    console.roll_out(FLAG, 30)
    until(lambda: not all(gate.live_transcript_allowed(user, False) for user in USERS), "the slider has moved")
    yes, no = console.counted(FLAG)
    answers = [gate.live_transcript_allowed(user, False) for user in USERS]
    gate.close()  # which reports; while it is open, it does so once a minute

    def counted() -> bool:
        """At least these: what others asked may come in meanwhile."""
        now_yes, now_no = console.counted(FLAG)
        return now_yes - yes >= answers.count(True) and now_no - no >= answers.count(False)

    until(counted, "Unleash has counted them")
    assert True in answers
    assert False in answers
