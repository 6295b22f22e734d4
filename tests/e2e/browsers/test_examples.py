"""The example apps, each with its Celery worker, followed by Chromium: signed in, streamed, polled, drained, ended."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.browsers.by_playwright import open_tab
from tests.support.ports import free_port
from tests.support.programs import Program, environ, program
from tests.support.valkey import valkey

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "infra" / "examples"
PAGE = ROOT / "src" / "web" / "example" / "dist"
DRAIN_MAX_S = 10.0
"""From SIGTERM to the end of a server, although somebody watches: it takes 1 s, and on two busy cores a few."""
STARTS_S = 60.0
UNASKED = r"status of 401 .*/jobs$"
"""The console message of Chromium for the first click, by nobody."""
GONE = r"net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING) "


@dataclass(frozen=True)
class Example:
    """An example app: how it is served, and what its task says."""

    name: str
    serve: Callable[[int], list[str]]
    ready: str
    stage: str
    data: str

    def __str__(self) -> str:
        return self.name


FASTAPI = Example(
    "fastapi_app",
    lambda port: ["uvicorn", "fastapi_app:app", "--port", str(port)],
    "Uvicorn running",
    "hashing",
    "sha256",
)
QUART = Example(
    "quart_app",
    lambda port: ["hypercorn", "quart_app:asgi", "--bind", f"127.0.0.1:{port}"],
    "Running on",
    "importing",
    "rejected",
)
DJANGO = Example(
    "django_app",
    lambda port: ["gunicorn", "-k", "uvicorn_worker.UvicornWorker", "django_app:app", "--bind", f"127.0.0.1:{port}"],
    "Application startup complete",
    "counting",
    "mean",
)


class Served:
    """An example app that runs, with its worker, its gate and a Valkey."""

    def __init__(self, example: Example, settings: dict[str, str], folder: Path) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._example, self._settings, self._folder = example, settings, folder
        self._web: Program | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", *self._example.serve(self.port)]
        self._web = Program(command, self._settings, self._folder / f"web-{time.monotonic_ns()}")
        self._web.wait_for(self._example.ready, STARTS_S)

    def stop(self) -> float:
        """Ends the web server with SIGTERM; returns the seconds that it took."""
        assert self._web is not None
        began = time.monotonic()
        self._web.end()
        return time.monotonic() - began

    def kill(self) -> None:
        if self._web is not None:
            self._web.kill()

    def gate(self, **answers: object) -> None:
        new = self._folder / "gate.new"
        new.write_text(json.dumps(answers))
        new.replace(self._settings["GATE"])


@contextmanager
def served(example: Example, folder: Path) -> Iterator[Served]:
    with ExitStack() as stack:
        redis = stack.enter_context(valkey(folder / "valkey"))
        settings = environ(
            REDIS_URL=redis.url,
            SECRET="the secret of a test",
            PAGE=str(PAGE),
            GATE=str(folder / "gate.json"),
            PYTHONPATH=str(EXAMPLES),
        )
        app = Served(example, settings, folder)
        app.gate(stream=True)
        worker = [sys.executable, "-m", "celery", "-A", f"{example.name}:celery", "worker", "--concurrency=2"]
        stack.enter_context(program(worker, settings, folder / "worker"))
        stack.callback(app.kill)
        app.start()
        yield app


@pytest.mark.parametrize("example", [FASTAPI, QUART, DJANGO], ids=str)
def test_job_of_an_example_is_followed_to_its_end(example: Example, tmp_path: Path) -> None:
    assert PAGE.joinpath("index.html").exists(), "`make page` builds it"
    with served(example, tmp_path) as app, open_tab("chromium", app.address, tmp_path) as tab:
        tab.excuse(UNASKED)
        tab.visit("/")
        tab.click("button", "Start a job")
        tab.see("button", "Sign in")
        tab.fill("Name", "ada")
        tab.click("button", "Sign in")
        tab.see("button", "Start a job")

        tab.click("button", "Start a job")
        tab.see("status", "Connection", "live")
        tab.see("heading", example.stage)
        app.gate(stream=False)
        tab.see("status", "Connection", "polling")
        app.gate(stream=True)
        tab.see("status", "Connection", "live")
        tab.see("status", "Connection", "ended")
        assert example.data in tab.run("return document.querySelector('dl').innerText")

        tab.click("button", "Start a job")
        tab.see("status", "Connection", "live")
        tab.see("heading", example.stage)
        assert tab.unexcused() == []
        assert app.stop() < DRAIN_MAX_S
        tab.excuse(GONE)
        app.start()
        tab.see("status", "Connection", "live")
        tab.see("status", "Connection", "ended")
        tab.see("heading", "completed")
        tab.reload()
        tab.see("status", "Connection", "ended")

        stranger = tab.stranger()
        tab.excuse(r"status of 401 .*/jobs/[^/]+/status")
        stranger.go(tab.run("return location.href"))
        stranger.see("alert", "", "This job cannot be followed.")
        assert tab.unexcused() == []
