"""Runs a peer, the readers that load it, and the publisher."""

import contextlib
import json
import os
import shutil
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from infra.load import product, sampler
from infra.load.peers import HERE, PEERS, ROOT, Peer
from infra.load.product import Lenient, Target
from infra.load.rig import OTHER_CORE, SERVER_CORE, Process, Rig, answers, process

from playhead.up.folder import free_port

FORGET_EVERY_S = 0.02
"""Interval of resetting the limits: fewer than 120 streams are opened in it."""


class Readers:
    """Controls the load client: each call is one command, and returns when it is done."""

    def __init__(self, running: Process) -> None:
        self._running = running

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        pipe_in, pipe_out = self._running.popen.stdin, self._running.popen.stdout
        assert pipe_in is not None
        assert pipe_out is not None
        with contextlib.suppress(BrokenPipeError):  # reported below
            pipe_in.write(json.dumps({"do": do} | arguments) + "\n")
            pipe_in.flush()
        answer = pipe_out.readline()
        if not answer:
            raise RuntimeError(f"the load client ended: {self._running.log.read_text()[-1500:]}")
        answered: dict[str, Any] = json.loads(answer)
        return answered


class Server:
    """A running peer in one scenario, with an empty Redis."""

    def __init__(self, rig: Rig, name: str, targets: Sequence[Target], running: Process, port: int) -> None:
        self.rig = rig
        self.name = name
        self.peer: Peer = PEERS[name]
        self.targets = targets
        self.running = running
        self.port = port
        self.pids = running.pids
        self._example = self.peer.example(rig)
        self._next_number = 1

    @property
    def is_product(self) -> bool:
        return self.name == "playhead"

    def pss_kb(self) -> int:
        return sampler.pss_kb(self.pids)

    def cpu_s(self) -> float:
        return sampler.cpu_s(self.pids)

    def path(self, target: Target) -> str:
        return self.peer.path.format(session=target.session)

    @contextmanager
    def readers(self, sessions: int, header: str = "", first: int = 0) -> Iterator[Readers]:
        """Starts a load client whose readers use `sessions` sessions in turn, from `first` on.

        `header`: a line of each request.
        """
        program = [sys.executable, "-m", "infra.load.client"]
        with process(program, OTHER_CORE, self.rig.folder / "client.log", self.rig.environ) as running:
            readers = Readers(running)
            chosen = self.targets[first : first + sessions]
            readers.ask(
                "target",
                host="127.0.0.1",
                port=self.port,
                paths=[self.path(target) for target in chosen],
                headers=[(target.header if self.is_product else "") + header for target in chosen],
                ready=self.peer.ready,
            )
            yield readers

    def connect(self, readers: Readers, n: int, **how: Any) -> dict[str, Any]:
        """Opens `n` streams without the product's limit for a person. Raises RuntimeError if any fails."""
        over = threading.Event()

        def forget() -> None:
            lenient = Lenient(self.rig)
            while not over.wait(FORGET_EVERY_S):
                lenient.forget()

        forgetting = threading.Thread(target=forget)
        if self.is_product:
            forgetting.start()
        try:
            opened = readers.ask("connect", n=n, **how)
        finally:
            over.set()
            if self.is_product:
                forgetting.join()
        if opened["ok"] < n:
            raise RuntimeError(f"{opened['ok']} of {n} streams opened: {opened['refusal'][:300]!r}")
        return opened

    @contextmanager
    def pollers(self) -> Iterator[Readers]:
        """Starts a client that simulates many which poll or wait; `poll` lets it begin."""
        program = [sys.executable, "-m", "infra.load.poller"]
        with process(program, OTHER_CORE, self.rig.folder / "poller.log", self.rig.environ) as running:
            yield Readers(running)

    def poll(self, pollers: Readers, n: int, port: int | None = None, **how: Any) -> None:
        """Lets a client for each of the first `n` sessions ask for its status. `port`: of a proxy before the server."""
        pollers.ask("start", **self._questions(n, port), **how)

    def poll_once(self, pollers: Readers, n: int, *, wait_s: int = 0) -> None:
        """Lets a client for each of the first `n` sessions ask for its status once, all at the same moment."""
        pollers.ask("ask_all", **self._questions(n), wait_s=wait_s)

    def _questions(self, n: int, port: int | None = None) -> dict[str, Any]:
        chosen = self.targets[:n]
        return {
            "port": port or self.port,
            "paths": [self.path(target).removesuffix("/stream") for target in chosen],
            "headers": [target.header if self.is_product else "" for target in chosen],
        }

    def publish(self, sessions: int, rate: float, seconds: float, *, commits: bool = False) -> dict[str, Any]:
        """Publishes `rate` updates a second evenly over the first `sessions` sessions, and waits for the end.

        Args:
            commits: whether the product's are committed to its database before.
        """
        first = self._next_number
        self._next_number += round(rate * seconds) // sessions + 1
        plan = {
            "kind": self.peer.kind,
            "port": self.port if self.peer.kind == "http" else self.rig.redis_port,
            "example": self._example.decode(),
            "sessions": [(target.session, target.owner) for target in self.targets[:sessions]],
            "rate": rate,
            "s": seconds,
            "first": first,
            "database": product.database_file(self.rig, self.port) if commits and self.is_product else None,
        }
        program = [sys.executable, "-m", "infra.load.publisher"]
        with process(program, OTHER_CORE, self.rig.folder / "publisher.log", self.rig.environ) as running:
            output, _ = running.popen.communicate(json.dumps(plan), timeout=seconds * 4 + 30)
            if not output:
                raise RuntimeError(f"the publisher ended: {running.log.read_text()[-1500:]}")
            done: dict[str, Any] = json.loads(output)
            return done


@contextmanager
def server(
    rig: Rig,
    name: str,
    targets: Sequence[Target],
    seeded: Any,
    settings: Mapping[str, str] | None = None,
    command: Sequence[str] | None = None,
) -> Iterator[Server]:
    """Starts a peer and waits until it accepts connections. Raises RuntimeError if it does not start.

    Args:
        settings: additional settings of the product.
        command: in place of the peer's own.
    """
    port = free_port()
    peer = PEERS[name]
    environ = rig.environ | {"PYTHONPATH": os.pathsep.join([str(HERE / "apps"), str(ROOT / "src")])}
    leases: AbstractContextManager[None] = contextlib.nullcontext()
    if name == "playhead":
        environ = product.environ(rig, port, seeded) | product.UNLIMITED_STREAMS | dict(settings or {})
        leases = product.renewed(rig, port, environ.get("DATABASE_URL", ""))
    log = rig.folder / f"{name}.log"
    try:
        with leases, process(command or peer.command(rig, port), SERVER_CORE, log, environ) as running:
            answers(port, running)
            made = Server(rig, name, targets, running, port)
            rig.ask("FLUSHALL")
            yield made
    finally:
        shutil.rmtree(rig.folder / f"playhead-{port}", ignore_errors=True)
