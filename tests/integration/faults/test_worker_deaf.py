"""The connections between a worker and its broker carry nothing any more and stay open: it connects anew.

As a firewall does that forgot them, or a failover. New connections work.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.proxies.relay import Relay, relay

from playhead.up.folder import free_port
from tests.support.house import WORDS_WORKER, House
from tests.support.programs import program, ready
from tests.support.quick_worker import WORDS
from tests.support.site import WEB
from tests.support.waiting import until

NOTICED_S = 60.0
"""What is promised, from the fault until a session that came after it is done, which takes a second."""


@contextmanager
def behind_relay(house: House) -> Iterator[tuple[Relay, dict[str, str]]]:
    """A way to the house's Redis that can be muted, and the setting that names it."""
    with relay(house.redis.port) as way:
        yield way, {"REDIS_URL": house.redis.url_at(way.port)}


def test_session_goes_on_when_a_waiting_worker_is_deaf(house: House, tmp_path: Path) -> None:
    """Its message may be lost on the dead connection; the web finds out, because the queue is empty."""
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


def test_session_goes_on_when_a_worker_is_deaf_at_the_end_of_a_task(house: House) -> None:
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
