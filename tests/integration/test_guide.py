"""The first example of the guide to `playhead.live` runs as it is printed, and is as short as the guide says."""

import re
import sys
from pathlib import Path

import httpx
import msgspec
from httpx_sse import connect_sse

from playhead.live.job import Job, State
from tests.support.ports import free_port
from tests.support.programs import environ, program
from tests.support.valkey import valkey
from tests.support.waiting import START_S

GUIDE = Path(__file__).parents[2] / "src" / "playhead" / "live" / "README.md"
LINES_MAX = 25
"""Lines of Python for the task and the web together, without empty ones."""
ADA = {"x-user": "ada"}


def example() -> str:
    found = re.search(r"^```python\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_example_is_short() -> None:
    assert len([line for line in example().splitlines() if line.strip()]) <= LINES_MAX


def test_example_is_followed_from_the_queue_to_the_end(tmp_path: Path) -> None:
    tmp_path.joinpath("guide.py").write_text(example())
    with valkey(tmp_path / "valkey") as redis:
        port = free_port()
        settings = environ(REDIS_URL=redis.url, PYTHONPATH=str(tmp_path))
        worker = [sys.executable, "-m", "celery", "-A", "guide:celery", "worker", "--concurrency=1"]
        web = [sys.executable, "-m", "uvicorn", "guide:app", "--port", str(port)]
        with (
            program(web, settings, tmp_path / "web") as serving,
            httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=ADA, timeout=START_S) as client,
        ):
            serving.wait_for("Uvicorn running", START_S)
            job = f"/jobs/{client.post('/imports').json()['id']}/status"
            with connect_sse(client, "GET", f"{job}/stream") as source:
                events = source.iter_sse()
                assert next(events).event == "hello"
                jobs = [msgspec.json.decode(next(events).data, type=Job[dict[str, int]])]
                with program(worker, settings, tmp_path / "worker"):
                    received = list(events)
            jobs += [
                msgspec.json.decode(each.data, type=Job[dict[str, int]]) for each in received if each.event == "status"
            ]
            assert client.get(job, headers={"x-user": "eve"}).status_code == 404
    assert received[-1].event == "goodbye"
    assert list(dict.fromkeys(job.stage for job in jobs)) == ["queued", "started", "opening", "importing", "completed"]
    assert jobs[-1].state is State.COMPLETED
    assert jobs[-1].data == {"last_row": 3999}
    versions = [job.version for job in jobs]
    assert versions == sorted(set(versions))
