"""A recording ends every worker that takes it: it is given up, and the others are not kept waiting."""

from playhead.sessions.status import State
from tests.support.house import WORDS_WORKER, House
from tests.support.quick_worker import FAULT_AT, WORDS

TRIES = 2


def test_file_that_kills_its_workers_is_given_up_and_the_next_one_is_heard(house: House) -> None:
    poisoned, sound = house.upload("crash 99"), house.upload("words 0")
    with house.worker(WORDS_WORKER, MAX_ATTEMPTS=str(TRIES)):
        failed = house.ends(poisoned)
        house.completes(sound, WORDS)
        house.queue_is_done()
    assert failed.error is not None
    assert (failed.state, failed.error.code, failed.error.retryable) == (State.FAILED, "gave_up", True)
    assert failed.attempt > TRIES
    assert house.status(poisoned) == failed
    assert house.words(poisoned) == WORDS[:FAULT_AT]


def test_file_that_was_given_up_goes_on_from_its_words_when_it_is_retried(house: House) -> None:
    """Its fault passed meanwhile, for instance by a new version of the worker."""
    session_id = house.upload("crash 2")
    with house.worker(WORDS_WORKER, MAX_ATTEMPTS="1"):
        house.ends(session_id)
        house.retry(session_id)
        house.completes(session_id, WORDS)
