"""The kill switch is turned: how long until the last of the open streams has its goodbye, and how long others wait.

From the flags file and from a real Unleash. The time begins before the file is written, or the Admin API is asked.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from infra.load.rig import OTHER_CORE, Rig, answers, process
from infra.load.server import Server
from infra.load.server import server as another_server
from infra.stack import postgres, unleash

FLAG = "sse.allowed"
FEW, TURNS = 500, 5
"""Several turns: when the next poll comes is chance, and half of the time."""
MANY = 5000
TIMEOUT_S = 30.0
LOOK_S = 0.002
ASK_EVERY_S = 0.005

Turn = Callable[[bool], None]


def run(server: Server) -> dict[str, Any]:
    found = _measured(server, "file", _in_file(server.rig.folder / f"playhead-{server.port}" / "flags.json"))
    with _unleash(server.rig) as (settings, turn):
        seeded = server.rig.folder / "seeded"
        with another_server(server.rig, server.name, server.targets, seeded, settings) as asks_unleash:
            return found | _measured(asks_unleash, "unleash", turn)


def _measured(server: Server, source: str, turn: Turn) -> dict[str, float]:
    few = [_turned(server, FEW, turn) for _ in range(TURNS)]
    many_s, others_ms = _turned(server, MANY, turn)
    return {
        f"{source}_{FEW}_median_s": median(took_s for took_s, _ in few),
        f"{source}_{FEW}_max_s": max(took_s for took_s, _ in few),
        f"{source}_{MANY}_s": many_s,
        f"{source}_{FEW}_others_ms": max(waited_ms for _, waited_ms in few),
        f"{source}_{MANY}_others_ms": others_ms,
    }


def _turned(server: Server, n: int, turn: Turn) -> tuple[float, float]:
    """Seconds until the last goodbye, and the longest that a request to the same process took meanwhile, in ms."""
    _wait(lambda: _streams(server), "streams are allowed")
    with server.readers(sessions=n) as readers:
        server.connect(readers, n)
        readers.ask("mark")
        with _others(server.port) as waited_s:
            began = time.monotonic()
            turn(False)
            _wait(lambda: readers.ask("count")["goodbyes"] == n, "every goodbye")
            took_s = time.monotonic() - began
    turn(True)
    return took_s, max(waited_s) * 1000


@contextmanager
def _others(port: int) -> Iterator[list[float]]:
    """Somebody else asks this process again and again, for the time of the block: how long each answer took, in s."""
    over, took_s = threading.Event(), [0.0]

    def ask() -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            while not over.wait(ASK_EVERY_S):
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
        time.sleep(LOOK_S)


def _in_file(path: Path) -> Turn:
    def turn(on: bool) -> None:
        export = json.loads(path.read_text())
        for entry in export["featureEnvironments"]:
            if entry["featureName"] == FLAG:
                entry["enabled"] = on
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(export))
        fresh.replace(path)

    return turn


@contextmanager
def _unleash(rig: Rig) -> Iterator[tuple[dict[str, str], Turn]]:
    """A real one with the flags as delivered: what a process is told of it, and its switch."""
    rig.folder.chmod(0o755)  # as root, PostgreSQL runs as somebody else
    database = postgres.prepare(rig.folder / "postgres", hasty=True)
    with process(database.command, OTHER_CORE, rig.folder / "postgres.log", rig.environ) as running:
        answers(database.port, running)
        _wait(database.answers, "PostgreSQL answers")
        server = unleash.prepare(rig.folder / "unleash", database.url())
        log = rig.folder / "unleash.log"
        with process(server.command, OTHER_CORE, log, server.environ) as serving:
            answers(server.port, serving)
            _wait(server.ready, "Unleash answers")
            server.import_flags(json.loads((Path(__file__).parents[3] / "flags" / "flags.json").read_text()))
            headers = {"Authorization": server.personal_token()}
            flag = f"{server.url}/api/admin/projects/default/features/{FLAG}/environments/{unleash.ENVIRONMENT}"

            def turn(on: bool) -> None:
                httpx.post(f"{flag}/{'on' if on else 'off'}", headers=headers, trust_env=False).raise_for_status()

            yield {"UNLEASH_URL": server.url, "UNLEASH_API_TOKEN": server.secrets.backend_token}, turn
