"""Fault: the connections between a worker and its broker stay open but carry nothing. The worker reconnects.

This happens when a firewall drops its state, or in a failover. New connections work.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.proxies.relay import Relay, relay

from tests.support.house import WORDS_WORKER, House
from tests.support.ports import free_port
from tests.support.programs import program, ready
from tests.support.quick_worker import WORDS
from tests.support.site import WEB
from tests.support.waiting import until

NOTICED_S = 60.0
"""The promised time from the fault to the end of a session that came after it, which takes a second."""


@contextmanager
def behind_relay(house: House) -> Iterator[tuple[Relay, dict[str, str]]]:
    """A relay to the house's Redis that can be muted, and the setting with its address."""
    with relay(house.redis.port) as way:
        yield way, {"REDIS_URL": house.redis.url_at(way.port)}


def test_idle_worker_recovers_from_a_dead_connection(house: House, tmp_path: Path) -> None:
    """The message may be lost on the dead connection; the web process notices, because the queue is empty."""
    port = free_port()
    with (
        behind_relay(house) as (way, address),
        house.worker(WORDS_WORKER, **address) as worker,
        program(WEB, house.environ | {"PORT": str(port)}, tmp_path / "web"),
    ):
        worker.wait_for("ready.")
        until(lambda: ready(f"http://127.0.0.1:{port}"), "the web is ready")
        way.behave("mute", new=False)
        session_id = house.upload("words 0")
        until(lambda: house.status(session_id).is_final, "the session is done", NOTICED_S)
        assert house.words(session_id) == WORDS


def test_busy_worker_recovers_from_a_dead_connection(house: House) -> None:
    with behind_relay(house) as (way, address), house.worker(WORDS_WORKER, **address) as worker:
        first = house.upload("wait 1")
        house.in_mid_task(first)
        way.behave("mute", new=False)
        house.end_wait(first)
        assert house.ends(first).attempt == 1
        second = house.upload("words 0")
        until(lambda: house.status(second).is_final, "the next session is done", NOTICED_S)
        house.queue_is_done()
        assert worker.process.poll() is None
