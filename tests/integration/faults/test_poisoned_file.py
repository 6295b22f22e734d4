"""Fault: a recording crashes every worker. It is given up, and others are processed."""

import pytest

from playhead.errors import Problem
from playhead.sessions.status import State
from tests.integration.faults.conftest import TRIES
from tests.support.house import House
from tests.support.quick_worker import FAULT_AT, WORDS

GOT_ON, GIVES_UP = 1, 1
"""Attempts beside the `TRIES` without progress: the first, which stores some words, and the last, which gives up."""


def test_file_that_kills_workers_is_given_up_and_the_next_completes(staffed_house: House) -> None:
    poisoned, sound = staffed_house.upload("crash 99"), staffed_house.upload("words 0")
    failed = staffed_house.ends(poisoned)
    staffed_house.completes(sound, WORDS)
    staffed_house.queue_is_done()
    assert failed.error is not None
    assert (failed.state, failed.error.code, failed.error.retryable) == (State.FAILED, "gave_up", False)
    assert failed.attempt == GOT_ON + TRIES + GIVES_UP
    assert staffed_house.status(poisoned) == failed
    assert staffed_house.words(poisoned) == WORDS[:FAULT_AT]
    with pytest.raises(Problem, match="It would fail again"):
        staffed_house.retry(poisoned)
