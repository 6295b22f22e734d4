"""An engine hangs, also where no exception reaches it: neither its session nor the worker is held for ever."""

import pytest

from playhead.sessions.status import State
from tests.support.house import House
from tests.support.programs import Program
from tests.support.quick_worker import FAULT_AT, WORDS
from tests.support.waiting import until


@pytest.mark.parametrize("fault", ["hang", "hang-in-native-code"])
def test_attempt_that_hangs_is_ended_and_the_next_one_goes_on(
    staffed_house: House, worker: Program, fault: str
) -> None:
    earlier = len(worker.err)
    session_id = staffed_house.upload(f"{fault} 1")
    done = staffed_house.completes(session_id, WORDS)
    # Where each thread stood follows, but not always all of it: they are read while they run.
    until(lambda: "Timeout (" in worker.err[earlier:], "the log says that it hung")
    assert done.attempt > 1


def test_session_that_always_hangs_is_given_up(staffed_house: House) -> None:
    session_id = staffed_house.upload("hang 99")
    failed = staffed_house.ends(session_id)
    assert failed.error is not None
    assert (failed.state, failed.error.code) == (State.FAILED, "gave_up")
    assert staffed_house.words(session_id) == WORDS[:FAULT_AT]


def test_session_that_takes_too_long_without_hanging_fails(staffed_house: House) -> None:
    session_id = staffed_house.upload("babble 99")
    failed = staffed_house.ends(session_id)
    assert failed.error is not None
    assert (failed.state, failed.error.code, failed.error.retryable) == (State.FAILED, "timed_out", True)
    assert staffed_house.words(session_id) == WORDS[:FAULT_AT]
