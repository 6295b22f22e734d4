"""Fault: the broker refuses commands, because it is read-only, its memory is full, or its replicas are gone."""

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
def test_worker_survives_a_broker_that_refuses_commands(staffed_house: House, worker: Program, kind: str) -> None:
    """The running session ends while the broker refuses, and the next one begins after that."""
    first = staffed_house.upload("wait 1")
    staffed_house.in_mid_task(first)
    lines = worker.err.count(LINE)
    with refusing(staffed_house, kind):
        staffed_house.end_wait(first)
        assert staffed_house.ends(first).attempt == 1
        if kind != "OOM":  # an idle worker sends no command that needs memory
            until(lambda: worker.err.count(LINE) > lines, "the worker logs it")
    second = staffed_house.upload("words 0")
    staffed_house.completes(second, WORDS)
    assert worker.process.poll() is None
    with Redis.from_url(staffed_house.redis_url) as client:
        # An unacknowledged message stays until the visibility timeout, and is then handled in a moment.
        client.delete(UNACKED["unacked_key"])
