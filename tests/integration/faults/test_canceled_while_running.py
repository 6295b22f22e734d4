"""A person cancels: what waits ends at once, what runs stops soon, also far from a checkpoint; the words are kept."""

from playhead.sessions import repository
from playhead.sessions.status import State, Status
from tests.support.house import WORDS_WORKER, House
from tests.support.quick_worker import FAULT_AT, WORDS


def all_words_before_the_fault(status: Status) -> bool:
    return status.segments == FAULT_AT


def test_running_session_stops_between_two_checkpoints_and_goes_on_when_it_is_retried(house: House) -> None:
    session_id = house.upload("babble 1")
    with house.worker(WORDS_WORKER):
        house.until(session_id, all_words_before_the_fault, "no checkpoint comes any more")
        house.database.run(repository.cancel, session_id, "ada")
        canceled = house.ends(session_id)
        assert canceled.state is State.CANCELED
        assert house.words(session_id) == WORDS[:FAULT_AT]
        house.retry(session_id)
        done = house.completes(session_id, WORDS)
    assert done.attempt > canceled.attempt


def test_waiting_session_ends_at_once_and_its_task_does_nothing(house: House) -> None:
    session_id = house.upload("words 0")
    canceled = house.database.run(repository.cancel, session_id, "ada").status
    assert canceled.state is State.CANCELED
    with house.worker(WORDS_WORKER) as worker:
        worker.says("nothing to do")
        house.queue_is_done()
    assert house.status(session_id) == canceled


def test_deleted_session_frees_its_worker(house: House) -> None:
    deleted, other = house.upload("babble 1"), house.upload("words 0")
    with house.worker(WORDS_WORKER):
        house.until(deleted, all_words_before_the_fault, "it runs")
        house.database.run(repository.remove, deleted, "ada")
        house.completes(other, WORDS)
