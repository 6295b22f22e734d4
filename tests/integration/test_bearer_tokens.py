"""`headers` of `@playhead/live`, as it is built, against a real server: each request has a Bearer token of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from playhead.live import live_job
from tests.support.ports import free_port
from tests.support.programs import Program, environ, program
from tests.support.valkey import valkey
from tests.support.waiting import START_S

ROOT = Path(__file__).parents[2]
LIVE = ROOT / "src" / "web" / "packages" / "live"
CLIENT = Path(__file__).with_name("bearer_client.mjs")
STREAM = "/jobs/one/status/stream"
APP = """
import os

from playhead.live import Live

used = {}


def who(request):
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    user = token.split(" ")[0]
    # An open stream is asked about at each heartbeat, with its own request. Bob's tokens have expired by then.
    if user not in ("ada", "bob") or (token in used and (user == "bob" or used[token] is not request)):
        return None
    used[token] = request
    return user


app = Live(os.environ["REDIS_URL"], who=who)
"""
"""Takes each token for one request: a client that sends one again is not let in."""


def node() -> str:
    command = ["bash", str(ROOT / "infra" / "setup" / "node.sh"), sys.prefix, "src/web"]
    folder = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    return str(Path(folder) / "node")


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The addresses of a Redis and of an app that asks for Bearer tokens."""
    folder = tmp_path_factory.mktemp("bearer")
    folder.joinpath("bearer.py").write_text(APP)
    with valkey(folder / "valkey") as redis:
        port = free_port()
        settings = environ(REDIS_URL=redis.url, PYTHONPATH=str(folder))
        web = [sys.executable, "-m", "uvicorn", "bearer:app", "--port", str(port)]
        with program(web, settings, folder / "web") as running:
            running.wait_for("Uvicorn running", START_S)
            yield redis.url, f"http://127.0.0.1:{port}"


@contextmanager
def following(base: str, job_id: str, user: str, folder: Path) -> Iterator[Program]:
    with program([node(), str(CLIENT), str(LIVE), base, job_id, user], environ(), folder / "client") as client:
        yield client


def test_stream_with_token_is_followed_to_the_end(serving: tuple[str, str], tmp_path: Path) -> None:
    redis_url, base = serving
    with live_job(redis_url, "one", owner="ada") as job:
        job.update("reading")
        with following(base, "one", "ada", tmp_path) as client:
            client.wait_for("live stream reading")
            job.update("importing", progress=0.5)
            client.wait_for("live stream importing")
            job.complete("All rows are in.")
            client.wait_for("requested")
            assert client.process.wait(START_S) == 0
    *_, end, requested = client.out.splitlines()
    assert end == "done none completed"
    assert requested.split().count(STREAM) == 1
    assert client.err == ""


def test_stream_whose_token_expires_is_opened_with_a_new_one(serving: tuple[str, str], tmp_path: Path) -> None:
    redis_url, base = serving
    with live_job(redis_url, "two", owner="bob") as job:
        job.update("reading")
        with following(base, "two", "bob", tmp_path) as client:
            client.wait_for("live stream reading")
            client.wait_for("retrying")
            job.complete("All rows are in.")
            client.wait_for("requested")
    *_, end, requested = client.out.splitlines()
    assert end == "done none completed"
    assert "/jobs/two/status" in requested.split()


def test_refused_token_ends_it(serving: tuple[str, str], tmp_path: Path) -> None:
    with following(serving[1], "one", "eve", tmp_path) as client:
        client.wait_for("requested")
        assert client.process.wait(START_S) == 0
    *_, end, requested = client.out.splitlines()
    assert end == "failed none signed_out"
    assert requested.split().count(STREAM) == 1
