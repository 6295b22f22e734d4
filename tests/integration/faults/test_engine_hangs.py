"""Fault: an engine hangs, also in native code. Neither its session nor the worker is blocked for ever."""

import pytest

from playhead.sessions.status import State
from tests.support.house import House
from tests.support.programs import Program
from tests.support.quick_worker import FAULT_AT, WORDS
from tests.support.waiting import until


@pytest.mark.parametrize("fault", ["hang", "hang-in-native-code"])
def test_hanging_attempt_is_ended_and_the_next_completes(staffed_house: House, worker: Program, fault: str) -> None:
    earlier = len(worker.err)
    session_id = staffed_house.upload(f"{fault} 1")
    done = staffed_house.completes(session_id, WORDS)
    # The stack of each thread follows, but it may be incomplete, because threads run while it is read.
    until(lambda: "Timeout (" in worker.err[earlier:], "the log has the timeout")
    assert done.attempt > 1


def test_session_that_always_hangs_is_given_up(staffed_house: House) -> None:
    session_id = staffed_house.upload("hang 99")
    failed = staffed_house.ends(session_id)
    assert failed.error is not None
    assert (failed.state, failed.error.code) == (State.FAILED, "gave_up")
    assert staffed_house.words(session_id) == WORDS[:FAULT_AT]


def test_session_over_the_time_limit_fails(staffed_house: House) -> None:
    session_id = staffed_house.upload("babble 99")
    failed = staffed_house.ends(session_id)
    assert failed.error is not None
    assert (failed.state, failed.error.code, failed.error.retryable) == (State.FAILED, "timed_out", True)
    assert staffed_house.words(session_id) == WORDS[:FAULT_AT]
