"""The broker is there and refuses: a failover made it read-only, its memory is full, its replicas are gone."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from redis import Redis

from playhead.transcription.enqueue import UNACKED
from tests.support.house import House
from tests.support.programs import Program
from tests.support.quick_worker import WORDS
from tests.support.waiting import until

REFUSALS = {
    "READONLY": (["REPLICAOF", "127.0.0.1", "1"], ["REPLICAOF", "NO", "ONE"]),
    "NOREPLICAS": (["CONFIG", "SET", "min-replicas-to-write", "1"], ["CONFIG", "SET", "min-replicas-to-write", "0"]),
    "OOM": (["CONFIG", "SET", "maxmemory", "1"], ["CONFIG", "SET", "maxmemory", "0"]),
}
LINE = "the broker cannot be used"


@contextmanager
def refusing(house: House, kind: str) -> Iterator[None]:
    begin, end = REFUSALS[kind]
    with Redis.from_url(house.redis_url) as client:
        client.execute_command(*begin)
        try:
            yield
        finally:
            client.execute_command(*end)


@pytest.mark.parametrize("kind", REFUSALS)
def test_worker_outlives_a_broker_that_refuses(staffed_house: House, worker: Program, kind: str) -> None:
    """In mid-task, too: the session ends while the broker refuses, and the next one begins after it."""
    first = staffed_house.upload("wait 1")
    staffed_house.in_mid_task(first)
    lines = worker.err.count(LINE)
    with refusing(staffed_house, kind):
        staffed_house.end_wait(first)
        assert staffed_house.ends(first).attempt == 1
        if kind != "OOM":  # nothing that a worker does at rest needs memory
            until(lambda: worker.err.count(LINE) > lines, "the worker says so")
    second = staffed_house.upload("words 0")
    staffed_house.completes(second, WORDS)
    assert worker.process.poll() is None
    with Redis.from_url(staffed_house.redis_url) as client:
        # What could not be acknowledged stays until the visibility timeout, and is done with in a moment then.
        client.delete(UNACKED["unacked_key"])
