"""The event loop of a worker's parent hangs: the process ends, and whoever keeps it starts it again.

A broker that is away is no such thing, however long it is.
"""

import time

from tests.support.consumers import HUNG_S
from tests.support.house import WORDS_WORKER, House
from tests.support.quick_worker import WORDS
from tests.support.waiting import until


def test_worker_whose_loop_hangs_ends_and_says_where(house: House) -> None:
    with house.worker(WORDS_WORKER, CONSUMER="tests.support.consumers:Hanging") as worker:
        until(lambda: worker.process.poll() is not None, "it ends")
        assert worker.process.returncode == 1
        assert "in hang" in worker.err


def test_worker_outlives_a_broker_that_is_away_for_long(house: House) -> None:
    with house.worker(WORDS_WORKER, CONSUMER="tests.support.consumers:QuickWatchdog") as worker:
        house.completes(house.upload("words 0"), WORDS)  # which takes longer than the first look
        house.redis.kill()
        back_at = time.monotonic() + 2 * HUNG_S
        until(lambda: time.monotonic() > back_at or worker.process.poll() is not None)
        house.redis.start()
        assert worker.process.poll() is None
        house.completes(house.upload("words 0"), WORDS)
