"""Fault: the event loop of a worker's parent process hangs. The process ends, so that it can be restarted.

An outage of the broker, however long, does not end it.
"""

import time

from tests.support.consumers import HUNG_S
from tests.support.house import WORDS_WORKER, House
from tests.support.quick_worker import WORDS
from tests.support.waiting import until


def test_worker_with_a_hanging_loop_ends_and_logs_the_stack(house: House) -> None:
    with house.worker(WORDS_WORKER, CONSUMER="tests.support.consumers:Hanging") as worker:
        until(lambda: worker.process.poll() is not None, "it ends")
        assert worker.process.returncode == 1
        assert "in hang" in worker.err


def test_worker_survives_a_long_outage_of_the_broker(house: House) -> None:
    with house.worker(WORDS_WORKER, CONSUMER="tests.support.consumers:QuickWatchdog") as worker:
        house.completes(house.upload("words 0"), WORDS)  # takes longer than the first check
        house.redis.kill()
        back_at = time.monotonic() + 2 * HUNG_S
        until(lambda: time.monotonic() > back_at or worker.process.poll() is not None)
        house.redis.start()
        assert worker.process.poll() is None
        house.completes(house.upload("words 0"), WORDS)
