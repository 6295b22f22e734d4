"""With `LOG_FORMAT=json` every line that a process or its libraries print is a JSON record."""

import json
from pathlib import Path

from tests.support.house import WORDS_WORKER, House
from tests.support.ports import free_port
from tests.support.programs import Program, program, ready
from tests.support.quick_worker import WORDS
from tests.support.site import WEB
from tests.support.waiting import until


def records(process: Program) -> list[dict[str, object]]:
    return [json.loads(line) for line in (process.out + process.err).splitlines()]


def test_every_line_of_a_worker_is_json(house: House) -> None:
    with house.worker(WORDS_WORKER, LOG_FORMAT="json") as worker:
        house.completes(house.upload("words 0"), WORDS)
        house.redis.kill()
        worker.wait_for("Connection to broker lost")
        house.redis.start()
        worker.end()
    assert "the worker ends" in {record["event"] for record in records(worker)}


def test_every_line_of_a_web_is_json(house: House, tmp_path: Path) -> None:
    port = free_port()
    with program(WEB, house.environ | {"PORT": str(port), "LOG_FORMAT": "json"}, tmp_path / "web") as web:
        until(lambda: ready(f"http://127.0.0.1:{port}"), "the web is ready")
        house.redis.kill()
        web.wait_for("listening was interrupted")
        web.end()
    assert records(web)
