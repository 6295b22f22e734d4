"""What the children of workers count is summed by their parents, whatever happens to them, and in the database."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from playhead.metrics.metrics import Reading
from playhead.monitoring.sums.health import health
from playhead.monitoring.sums.models import SumRow
from playhead.monitoring.sums.reading import decode
from playhead.monitoring.sums.routes import rows
from playhead.monitoring.sums.slices import in_one_slice
from playhead.sessions import repository
from playhead.sessions.status import Stage, State
from tests.support.house import WORDS_WORKER, House, house_on
from tests.support.ports import free_port
from tests.support.postgres import Postgres
from tests.support.programs import Program, program, ready
from tests.support.quick_worker import COUNT, FAULT_AT, WORDS
from tests.support.scraped import Scraped
from tests.support.site import WEB
from tests.support.waiting import until

TOKEN = "a token of Prometheus"
LEASE_S = "6"
"""Long enough that no attempt is lost on a busy machine; a killed one is followed after it."""
NO_FAULT = "wait 0"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, data_dir: Path, postgres: Postgres) -> Iterator[House]:
    with house_on(postgres.database("metrics"), tmp_path_factory.mktemp("house"), data_dir) as house:
        yield house


def attempts_in(house: House) -> Counter[str]:
    """The attempts in the sums of the database, by outcome."""
    found: Counter[str] = Counter()
    for row in house.database.run(worker_rows):
        reading: Reading = decode(row.reading) or {}
        found.update({key: value for key, value in reading.get("attempts", {}).items() if isinstance(value, float)})
    return found


def workers_in(house: House) -> set[str]:
    """The children of workers that have written sums."""
    return {row.source for row in house.database.run(worker_rows)}


def worker_rows(db: Db) -> list[SumRow]:
    return [*db.scalars(select(SumRow).where(SumRow.source.startswith("worker-")))]


def test_children_are_summed_at_their_parent_and_in_the_database(house: House, tmp_path: Path) -> None:
    worker_port, web_port = free_port(), free_port()
    settings = {"METRICS_TOKEN": TOKEN, "WORKER_CONCURRENCY": "2", "WORKER_METRICS_PORT": str(worker_port)}
    settings |= {"LEASE_S": LEASE_S}
    scraped = Scraped(worker_port, TOKEN)
    with (
        house.worker(WORDS_WORKER, **settings) as worker,
        program(WEB, house.environ | {"METRICS_TOKEN": TOKEN, "PORT": str(web_port)}, tmp_path / "web"),
    ):
        worker.wait_for("ready.")
        assert scraped.values("attempts_total")["completed"] == 0
        assert scraped.values("worker_children") == {"": 0.0}
        finished(house, count=3)
        failed(house)
        canceled(house)
        so_far = {"completed": 3.0, "failed": 1.0, "canceled": 1.0}
        until(lambda: without_zeros(scraped.values("attempts_total")) == so_far, "the parent has all attempts")
        until(lambda: attempts_in(house) == so_far, "the database has all attempts")
        killed(house, worker, scraped)
        expected = so_far | {"completed": 4.0}
        until(lambda: without_zeros(scraped.values("attempts_total")) == expected, "the parent has all attempts")
        audio_s = scraped.values("transcribed_audio_seconds_total")[""]
        assert audio_s == 4 * COUNT + FAULT_AT
        assert scraped.values("session_failures_total") == {"us": 1.0, "recording": 0.0}
        assert scraped.values("queue_wait_seconds_count") == {"": 6.0}
        assert scraped.values("realtime_factor_ratio_count") == {"": 4.0}
        assert scraped.values("published_total")[""] > 20
        assert scraped.values("worker_children")[""] in (1.0, 2.0)  # those that were killed do not count
        assert scraped.text("application/openmetrics-text").endswith("# EOF\n")

        until(lambda: ready(f"http://127.0.0.1:{web_port}"), "the web is ready")
        web = Scraped(web_port, TOKEN)
        nothing = {"": 0.0}
        until(
            lambda: web.values("sessions_running") == nothing == web.values("queue_depth"), "the queue was read since"
        )
        assert web.values("requests_total")["/readyz,2xx"] >= 1
        assert "attempts_total" not in web.text()
        assert worker.end() == 0
        assert attempts_in(house) == expected
    assert not list(house.folder.rglob("*.sock"))


def test_two_workers_and_two_web_processes_are_summed(house: House, tmp_path: Path) -> None:
    before, earlier = attempts_in(house), workers_in(house)
    with ExitStack() as stack:
        for number in range(2):
            stack.enter_context(house.worker(WORDS_WORKER, LEASE_S=LEASE_S)).wait_for("ready.")
            port = free_port()
            stack.enter_context(program(WEB, house.environ | {"PORT": str(port)}, tmp_path / f"web-{number}"))
            until(lambda port=port: ready(f"http://127.0.0.1:{port}"), "the web is ready")  # type: ignore[misc]
        waiting = [house.upload("wait 1") for _ in range(2)]
        for session_id in waiting:  # each holds a worker, so both complete one
            house.until(session_id, lambda status: status.segments == FAULT_AT, "it waits")
        for session_id in waiting:
            house.end_wait(session_id)
            house.completes(session_id, WORDS)
        finished(house, count=2)
        expected = before + Counter({"completed": 4.0})
        until(lambda: attempts_in(house) == expected, "the database has the attempts of both")
        assert len(workers_in(house) - earlier) == 2

        def are_all_there() -> bool:
            found = in_one_slice(health("hour", *house.database.run(rows, "hour")))
            return found.processes["web"] == 2 and found.totals.completed == expected["completed"]

        until(are_all_there, "the answer has all of it")


def without_zeros(values: dict[str, float]) -> dict[str, float]:
    return {key: value for key, value in values.items() if value}


def finished(house: House, count: int) -> None:
    for session_id in [house.upload(NO_FAULT) for _ in range(count)]:
        house.completes(session_id, WORDS)


def failed(house: House) -> None:
    session_id = house.create(NO_FAULT)
    (house.folder / "audio" / session_id).unlink()
    house.send(session_id)
    assert house.ends(session_id).state is State.FAILED


def canceled(house: House) -> None:
    session_id = house.upload("wait 1")
    house.until(session_id, lambda status: status.segments == FAULT_AT, "it waits")
    house.database.run(repository.cancel, session_id, "ada")
    assert house.ends(session_id).stage is Stage.CANCELED


def killed(house: House, worker: Program, scraped: Scraped) -> None:
    """Kills both children once their parent has what they counted; another one completes the session."""
    before = scraped.values("transcribed_audio_seconds_total")[""]
    session_id = house.upload("babble 1")
    house.until(session_id, lambda status: status.segments == FAULT_AT, "no checkpoint comes any more")
    until(
        lambda: scraped.values("transcribed_audio_seconds_total")[""] >= before + FAULT_AT,
        "the parent has the audio before the fault",
    )
    for child in worker.family() - {worker.pid}:
        os.kill(child, signal.SIGKILL)
    house.completes(session_id, WORDS)
