"""The guide's example runs as documented: a Celery task of the user's own, watched live."""

import sys
from pathlib import Path

import httpx
from httpx_sse import connect_sse

from playhead.sessions.status import decode
from playhead.up.folder import free_port
from tests.support.programs import environ, program
from tests.support.valkey import valkey

WORKER_STARTS_S = 30
EXAMPLES = Path(__file__).parent.parent.parent / "infra" / "examples"


def test_own_celery_task_is_watched_live(tmp_path: Path) -> None:
    with valkey(tmp_path / "valkey") as redis:
        port = free_port()
        settings = environ() | {"REDIS_URL": redis.url, "PYTHONPATH": str(EXAMPLES)}
        worker = [sys.executable, "-m", "celery", "-A", "own_task:celery", "worker", "--concurrency=1"]
        web = [sys.executable, "-m", "hypercorn", "own_task:app", "--bind", f"127.0.0.1:{port}"]
        with (
            program(worker, settings, tmp_path / "worker") as working,
            program(web, settings, tmp_path / "web") as serving,
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=WORKER_STARTS_S) as client,
        ):
            serving.wait_for("Running on")
            job = client.post("/jobs").json()["id"]
            with connect_sse(client, "GET", f"/jobs/{job}") as source:
                statuses = [decode(event.data) for event in source.iter_sse()]
            working.end()
    assert statuses[-1].progress == 1
    assert len(statuses) > 5, "it is watched while it goes on"
    versions = [status.version for status in statuses]
    assert versions == sorted(set(versions))
