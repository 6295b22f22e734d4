"""An engine hangs, also where no exception reaches it: neither its session nor the worker is held for ever."""

import pytest

from playhead.sessions.status import State
from tests.support.house import WORDS_WORKER, House
from tests.support.quick_worker import FAULT_AT, WORDS

STALL_S = "3"
"""Far longer than a word takes, also on a busy machine."""


@pytest.mark.parametrize("fault", ["hang", "hang-in-native-code"])
def test_attempt_that_hangs_is_ended_and_the_next_one_goes_on(house: House, fault: str) -> None:
    session_id = house.upload(f"{fault} 1")
    with house.worker(WORDS_WORKER, STALL_S=STALL_S) as worker:
        done = house.completes(session_id, WORDS)
        worker.says("Timeout")
        worker.says("in segments")
    assert done.attempt > 1


def test_session_that_always_hangs_is_given_up(house: House) -> None:
    session_id = house.upload("hang 99")
    with house.worker(WORDS_WORKER, STALL_S=STALL_S, MAX_ATTEMPTS="1"):
        failed = house.ends(session_id)
    assert failed.error is not None
    assert (failed.state, failed.error.code) == (State.FAILED, "gave_up")
    assert house.words(session_id) == WORDS[:FAULT_AT]


def test_session_that_takes_too_long_without_hanging_fails(house: House) -> None:
    session_id = house.upload("babble 99")
    with house.worker(WORDS_WORKER, SOFT_LIMIT_S="2"):
        failed = house.ends(session_id)
    assert failed.error is not None
    assert (failed.state, failed.error.code, failed.error.retryable) == (State.FAILED, "timed_out", True)
    assert house.words(session_id) == WORDS[:FAULT_AT]
