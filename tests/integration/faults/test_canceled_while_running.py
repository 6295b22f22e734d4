"""A person cancels: a waiting session ends at once, a running one stops soon and keeps its segments."""

from playhead.sessions import repository
from playhead.sessions.status import State, Status
from tests.support.house import House
from tests.support.programs import Program
from tests.support.quick_worker import FAULT_AT, WORDS
from tests.support.waiting import until


def all_words_before_the_fault(status: Status) -> bool:
    return status.segments == FAULT_AT


def test_running_session_stops_between_checkpoints_and_can_be_retried(staffed_house: House) -> None:
    session_id = staffed_house.upload("babble 1")
    staffed_house.until(session_id, all_words_before_the_fault, "no checkpoint comes any more")
    staffed_house.database.run(repository.cancel, session_id, "ada")
    canceled = staffed_house.ends(session_id)
    assert canceled.state is State.CANCELED
    assert staffed_house.words(session_id) == WORDS[:FAULT_AT]
    staffed_house.retry(session_id)
    done = staffed_house.completes(session_id, WORDS)
    assert done.attempt > canceled.attempt


def test_waiting_session_is_canceled_at_once_without_an_attempt(staffed_house: House, worker: Program) -> None:
    session_id = staffed_house.create("words 0")
    canceled = staffed_house.database.run(repository.cancel, session_id, "ada").status
    assert canceled.state is State.CANCELED
    staffed_house.send(session_id)
    until(lambda: "no session waits" in worker.err, "the worker finds nothing to do")
    staffed_house.queue_is_done()
    assert staffed_house.status(session_id) == canceled


def test_deleted_session_frees_its_worker(staffed_house: House) -> None:
    deleted, other = staffed_house.upload("babble 1"), staffed_house.upload("words 0")
    staffed_house.until(deleted, all_words_before_the_fault, "it runs")
    staffed_house.database.run(repository.remove, deleted, "ada")
    staffed_house.completes(other, WORDS)
