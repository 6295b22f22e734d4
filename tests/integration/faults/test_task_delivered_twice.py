"""Fault: Celery delivers a task more than once, as it can with Redis. One attempt does the work."""

from tests.support.house import WORDS_WORKER, House
from tests.support.quick_worker import WORDS
from tests.support.waiting import until

PROCESSES = 3
LEASE_S = 8
"""So long that it does not run out on a busy machine; the attempt takes a second."""


def test_task_delivered_many_times_runs_once(house: House) -> None:
    session_id = house.upload("words 0")
    for _ in range(PROCESSES):
        house.send(session_id)
    with house.worker(WORDS_WORKER, WORKER_CONCURRENCY=str(PROCESSES), LEASE_S=str(LEASE_S)) as worker:
        done = house.completes(session_id, WORDS)
        house.send(session_id)
        house.queue_is_done()
        until(lambda: "no session waits" in worker.err, "a late one finds nothing to do")
    assert done.attempt == 1
    assert house.status(session_id) == done
    assert house.words(session_id) == WORDS
