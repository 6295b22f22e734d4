"""Measures the kill switch: the time until the last open stream has its goodbye, and how long other requests wait.

With the flags file and with a real Unleash. The time begins before the file is written, or the Admin API is called.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import httpx
from infra.load.rig import OTHER_CORE, Rig, answers, process
from infra.load.server import Server
from infra.load.server import server as another_server
from infra.stack import postgres, unleash

from playhead.flags.administration.file_store import FileStore
from playhead.flags.administration.store import Store
from playhead.flags.administration.unleash_store import UnleashStore
from playhead.flags.file.export import read
from playhead.flags.file.location import default_file

FLAG = "sse.allowed"
FEW, TURNS = 500, 5
"""Several measurements, because the time until the next poll of the flags is random, and half of the result."""
MANY = 5000
TIMEOUT_S = 30.0
CHECK_INTERVAL_S = 0.002
REQUEST_INTERVAL_S = 0.005


def run(server: Server) -> dict[str, Any]:
    found = _measured(server, "file", FileStore(server.rig.folder / f"playhead-{server.port}" / "flags.json"))
    with _unleash(server.rig) as (settings, store):
        seeded = server.rig.folder / "seeded"
        with another_server(server.rig, server.name, server.targets, seeded, settings) as asks_unleash:
            return found | _measured(asks_unleash, "unleash", store)


def _measured(server: Server, source: str, store: Store) -> dict[str, float]:
    few = [_turned(server, FEW, store) for _ in range(TURNS)]
    many_s, others_ms = _turned(server, MANY, store)
    return {
        f"{source}_{FEW}_median_s": median(took_s for took_s, _ in few),
        f"{source}_{FEW}_max_s": max(took_s for took_s, _ in few),
        f"{source}_{MANY}_s": many_s,
        f"{source}_{FEW}_others_ms": max(waited_ms for _, waited_ms in few),
        f"{source}_{MANY}_others_ms": others_ms,
    }


def _turned(server: Server, n: int, store: Store) -> tuple[float, float]:
    """Turn the switch off; return the seconds until the last goodbye, and the longest other request in ms."""
    _wait(lambda: _streams(server), "streams are allowed")
    with server.readers(sessions=n) as readers:
        server.connect(readers, n)
        readers.ask("mark")
        with _others(server.port) as waited_s:
            began = time.monotonic()
            store.turn(FLAG, on=False)
            _wait(lambda: readers.ask("count")["goodbyes"] == n, "every goodbye")
            took_s = time.monotonic() - began
    store.turn(FLAG, on=True)
    return took_s, max(waited_s) * 1000


@contextmanager
def _others(port: int) -> Iterator[list[float]]:
    """Send requests to the process during the block; yields their durations in seconds."""
    over, took_s = threading.Event(), [0.0]

    def ask() -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            while not over.wait(REQUEST_INTERVAL_S):
                began = time.monotonic()
                client.get("/healthz")
                took_s.append(time.monotonic() - began)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield took_s
    finally:
        over.set()
        thread.join()


def _streams(server: Server) -> bool:
    name, _, value = server.targets[0].header.strip().partition(": ")
    me = httpx.get(f"http://127.0.0.1:{server.port}/api/v1/me", headers={name: value}, trust_env=False)
    return me.is_success and me.json()["transport"]["mode"] == "stream"


def _wait(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {TIMEOUT_S:.0f} s: {what}")
        time.sleep(CHECK_INTERVAL_S)


@contextmanager
def _unleash(rig: Rig) -> Iterator[tuple[dict[str, str], Store]]:
    """Run a real Unleash with the delivered flags; yields the settings of a process, and the store of the flags."""
    rig.folder.chmod(0o755)  # for root, PostgreSQL runs as another user
    database = postgres.prepare(rig.folder / "postgres", durable=False)
    with process(database.command, OTHER_CORE, rig.folder / "postgres.log", database.environ) as running:
        answers(database.port, running)
        _wait(database.answers, "PostgreSQL answers")
        server = unleash.prepare(rig.folder / "unleash", database.url())
        log = rig.folder / "unleash.log"
        with process(server.command, OTHER_CORE, log, server.environ) as serving:
            answers(server.port, serving)
            _wait(server.ready, "Unleash answers")
            store = UnleashStore(server.url, server.personal_token(), unleash.ENVIRONMENT)
            store.bring(read(default_file().read_bytes()))
            yield {"UNLEASH_URL": server.url, "UNLEASH_API_TOKEN": server.secrets.backend_token}, store
