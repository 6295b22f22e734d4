"""The servers of the table, and processes of them that serve the small app."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from playhead.live.broker.connect import open_sender
from playhead.live.broker.ports import Sender
from playhead.live.clock import now
from playhead.live.job import Job, State
from tests.integration.servers.counts import COUNTS, REDIS_URL, USER, WRITE_TIMEOUT_S, Counts
from tests.support.ports import free_port
from tests.support.programs import Program, environ, program
from tests.support.waiting import until

ROOT = Path(__file__).parents[3]
APP = "tests.integration.servers.app:app"
ADA = {USER: "ada"}
STALL_S = 1.0
"""Seconds after which a reader that takes nothing is cut off here, in place of 30."""
GONE_S = 10.0
"""Seconds from SIGTERM to the end of the server. Measured: 0.2 to 0.6 s; the rest is for two busy cores. A server that
waits for its streams takes longer: Hypercorn 60 s here, gunicorn 30 s, uvicorn for ever."""
BOTH = "http1", "http2"


@dataclass(frozen=True)
class Server:
    """A server of the table.

    Args:
        command: of `python -m`; `{port}` is the port.
        exit_code: with which it ends after a graceful shutdown.
        protocols: those it speaks without TLS.
    """

    name: str
    command: str
    exit_code: int = 0
    protocols: tuple[str, ...] = ("http1",)


SERVERS = [
    # uvicorn ends by raising the signal again.
    Server("uvicorn", f"uvicorn {APP} --port {{port}}", exit_code=-signal.SIGTERM),
    Server("gunicorn", f"gunicorn {APP} --no-control-socket -k uvicorn_worker.UvicornWorker -b 127.0.0.1:{{port}}"),
    Server("hypercorn", f"hypercorn {APP} --graceful-timeout 60 -b 127.0.0.1:{{port}}", protocols=BOTH),
    Server(
        "hypercorn-without-workers",
        f"hypercorn {APP} --graceful-timeout 60 --workers 0 -b 127.0.0.1:{{port}}",
        protocols=BOTH,
    ),
    Server("playhead", "tests.integration.servers.own_server {port}", protocols=BOTH),
]
TWO_WORKERS = [
    Server("uvicorn-2", f"uvicorn {APP} --workers 2 --port {{port}}"),
    Server("gunicorn-2", f"{SERVERS[1].command} -w 2"),
    Server("hypercorn-2", f"{SERVERS[2].command} --workers 2"),
]


@dataclass(frozen=True)
class Serving:
    """A process of a server, and the sender of a task."""

    server: Server
    port: int
    program: Program
    sender: Sender[Job[Any]]

    def publish(self, job_id: str, version: int = 1, data: str = "") -> str:
        """Publishes a status of a job of Ada's; returns the path of its stream."""
        job = Job(
            id=job_id,
            owner=ADA[USER],
            version=version,
            state=State.PROCESSING,
            stage="importing",
            updated_at=now(),
            data=data,
        )
        assert not self.sender.send([(job, job.owner)])
        return f"/jobs/{job_id}/status/stream"

    def counts(self) -> Counts:
        """What is open in the process. Raises httpx.TransportError."""
        # Without a certificate store, which is slow to load.
        answer = httpx.get(f"http://127.0.0.1:{self.port}{COUNTS}", trust_env=False, verify=False)
        return msgspec.json.decode(answer.raise_for_status().content, type=Counts)

    def is_ready(self) -> bool:
        assert self.program.process.poll() is None, self.program.err
        try:
            return self.counts().is_free
        except httpx.TransportError:
            return False


@contextmanager
def serving(server: Server, folder: Path, redis_url: str) -> Iterator[Serving]:
    """Runs a server until the end of the block."""
    port = free_port()
    settings = {REDIS_URL: redis_url, WRITE_TIMEOUT_S: str(STALL_S), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", *server.command.format(port=port).split()]
    sender: Sender[Job[Any]] = open_sender(redis_url)
    with closing(sender), program(command, environ(**settings), folder / server.name) as running:
        served = Serving(server, port, running, sender)
        until(served.is_ready, f"{server.name} answers")
        yield served


Start = Callable[[Server], Serving]
"""Returns the process of a server that tests share."""
