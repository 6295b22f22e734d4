"""Measures what one viewer costs each part of a site, for the calculation of `infra/load/scale.py`.

10,000 people with a session each, on PostgreSQL: CPU of the web process, of Redis and of the database to open a stream,
to keep it, and to deliver an update; memory of a stream in the process, the kernel and Redis. Then what Redis spends on
an update by the number of processes that listen, and the database on the commit of a status.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from infra.load import document, product, replay, sampler
from infra.load.product import Target
from infra.load.rig import OTHER_CORE, Process, Rig, answers, command, process
from infra.load.scenarios.window import measure
from infra.load.server import Readers, Server
from infra.load.server import server as another_server
from infra.stack import postgres

from playhead.db import SyncDatabase
from playhead.live.broker.keys import KEYS
from playhead.sessions import repository
from playhead.sessions.advance import advance
from playhead.sessions.status import Stage, decode

STREAMS = 10_000
"""As many as a process takes by default (`STREAMS_PER_PROCESS`)."""
WARM_UP = 100
RATE, SECONDS = round(STREAMS / replay.MEAN_S), 8.0
"""Updates a second: each session has one as often as a worker publishes it."""
OPEN_TIMEOUT_S = 200.0
SETTLE_S = 4.0
"""Until the first heartbeats are over, a second after each opening, and the last streams are reported to Redis."""
CALM_S = 30.0
"""Two heartbeats of each stream."""
LISTENERS, PUBLISHED, PUBLISH_RATE = 10, 10_000, 5000
"""Redis spends a third less on each of 5,000 updates a second than on each of 500: it reads several at a time."""
COMMITS = 1000


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds of the parts of a site so far, and the transactions of its database."""

    web_s: float
    redis_s: float
    database_s: float
    transactions: int

    def __sub__(self, earlier: "Spent") -> "Spent":
        return Spent(
            self.web_s - earlier.web_s,
            self.redis_s - earlier.redis_s,
            self.database_s - earlier.database_s,
            self.transactions - earlier.transactions,
        )

    def per(self, count: float, prefix: str) -> dict[str, float]:
        """The costs of one of `count`, in microseconds."""
        parts = {"web": self.web_s, "redis": self.redis_s, "database": self.database_s}
        costs = {f"{prefix}_{part}_us": spent_s / count * 1e6 for part, spent_s in parts.items()}
        return costs | {f"{prefix}_transactions": self.transactions / count}


@dataclass(frozen=True, slots=True)
class Site:
    """A web process with its database."""

    web: Server
    database: Process
    url: str

    def spent(self) -> Spent:
        with psycopg.connect(self.url) as db:
            row = db.execute("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'postgres'")
            found = row.fetchone()
        assert found is not None
        redis_s = sampler.cpu_s(self.web.rig.redis.pids)
        database_s = sampler.cpu_s(self.database.pids) + sampler.reaped_s(self.database.popen.pid)
        return Spent(self.web.cpu_s(), redis_s, database_s, int(found[0]))


def run(server: Server) -> dict[str, Any]:
    rig, folder = server.rig, server.rig.folder / f"scale-{server.port}"
    with _database(folder / "postgres", rig) as (database, url):
        seeded = folder / "seeded"
        targets = product.seed(seeded, people=STREAMS, sessions=STREAMS, url=url)
        began = time.monotonic()
        with another_server(rig, server.name, targets, seeded, {"DATABASE_URL": url}) as web:
            start_s = time.monotonic() - began
            found = _streams(Site(web, database, url)) | {"start_s": start_s}
        return found | _published(server) | _committed(database, url, targets)


@contextmanager
def _database(folder: Path, rig: Rig) -> Iterator[tuple[Process, str]]:
    for above in (rig.folder, folder.parent):
        above.mkdir(exist_ok=True)
        above.chmod(0o755)  # for root, PostgreSQL runs as another user
    prepared = postgres.prepare(folder, durable=False)
    with process(prepared.command, OTHER_CORE, folder / "log", prepared.environ) as running:
        answers(prepared.port, running)
        while not prepared.answers():
            time.sleep(0.1)
        yield running, prepared.url()


def _streams(site: Site) -> dict[str, Any]:
    web = site.web
    with web.readers(sessions=STREAMS) as readers:
        _open(readers, WARM_UP)
        readers.ask("drop")
        time.sleep(SETTLE_S)
        before, web_kb, redis_bytes = sampler.sockets(), web.pss_kb(), _memory(web.rig)
        spent = site.spent()
        opened = _open(readers, STREAMS)
        found = (site.spent() - spent).per(STREAMS, "open")
        time.sleep(SETTLE_S)
        sockets, kernel_bytes = (after - earlier for after, earlier in zip(sampler.sockets(), before, strict=True))
        found |= {
            "connects_per_s": STREAMS / opened["s"],
            "base_web_mb": web_kb / 1024,
            "stream_web_kb": (web.pss_kb() - web_kb) / STREAMS,
            "socket_kernel_kb": kernel_bytes / sockets / 1024,
            "stream_redis_bytes": (_memory(web.rig) - redis_bytes) / STREAMS,
        }
        spent = site.spent()
        time.sleep(CALM_S)
        found |= (site.spent() - spent).per(STREAMS * CALM_S / 60, "minute")
        measure(web, readers, n=STREAMS, sessions=STREAMS, rate=RATE, seconds=1)
        seen = measure(web, readers, n=STREAMS, sessions=STREAMS, rate=RATE, seconds=SECONDS)
    return found | {
        "update_web_us": seen["cpu_ms_per_1k"],
        "update_p99_ms": seen["p99_ms"],
        "update_wire_bytes": seen["bytes"] / seen["got"],
    }


def _open(readers: Readers, n: int) -> dict[str, Any]:
    """Opens streams without resetting the limits meanwhile: each is of another person."""
    opened = readers.ask("connect", n=n, timeout_s=OPEN_TIMEOUT_S)
    if opened["ok"] < n:
        raise RuntimeError(f"{opened['ok']} of {n} streams opened: {opened['refusal'][:300]!r}")
    return opened


def _memory(rig: Rig) -> int:
    """Bytes that Redis uses for data, and for what it keeps of clients."""
    return _info(rig, "used_memory")


def _info(rig: Rig, name: str) -> int:
    info = rig.ask("INFO").decode()
    return next(int(line.partition(":")[2]) for line in info.splitlines() if line.startswith(f"{name}:"))


def _published(server: Server) -> dict[str, float]:
    """CPU and traffic of Redis for an update that nobody hears, and what each process adds that does."""
    alone, heard = (_of_an_update(server, listeners) for listeners in (0, LISTENERS))
    return {
        "publish_redis_us": alone["us"],
        "publish_redis_bytes": alone["in"],
        "listener_redis_us": (heard["us"] - alone["us"]) / LISTENERS,
        "listener_redis_bytes": (heard["out"] - alone["out"]) / LISTENERS,
    }


def _of_an_update(server: Server, listeners: int) -> dict[str, float]:
    def spent() -> tuple[float, int, int]:
        traffic = (_info(server.rig, f"total_net_{way}_bytes") for way in ("input", "output"))
        return (sampler.cpu_s(server.rig.redis.pids) * 1e6, *traffic)

    with _listening(server.rig, server.targets[0], listeners):
        before = spent()
        server.publish(1, PUBLISH_RATE, PUBLISHED / PUBLISH_RATE)
        costs = [(after - earlier) / PUBLISHED for after, earlier in zip(spent(), before, strict=True)]
    return dict(zip(("us", "in", "out"), costs, strict=True))


@contextmanager
def _listening(rig: Rig, target: Target, count: int) -> Iterator[None]:
    """Connections that listen to a session, and discard what comes."""
    connections = [socket.create_connection(("127.0.0.1", rig.redis_port)) for _ in range(count)]
    threads = [threading.Thread(target=_discard, args=(connection,)) for connection in connections]
    for connection, thread in zip(connections, threads, strict=True):
        connection.sendall(command("SUBSCRIBE", KEYS.channel(target.session)))
        thread.start()
    try:
        yield
    finally:
        for connection, thread in zip(connections, threads, strict=True):
            connection.shutdown(socket.SHUT_RDWR)
            thread.join()
            connection.close()


def _discard(connection: socket.socket) -> None:
    while connection.recv(1 << 16):
        pass


def _committed(database: Process, url: str, targets: list[Target]) -> dict[str, float]:
    """CPU of the database for the commit of a status, as workers make it."""
    writer = SyncDatabase(url)

    def write(target: Target) -> None:
        def write_one(db: Any) -> None:
            row = repository.own_row(db, target.session, target.owner, lock=True)
            repository.write(db, row, advance(decode(row.status), stage=Stage.TRANSCRIBING))

        writer.run(write_one)

    try:
        write(targets[0])
        database_s = sampler.cpu_s(database.pids)
        for target in targets[:COMMITS]:
            write(target)
        database_s = sampler.cpu_s(database.pids) - database_s
    finally:
        writer.close()
    return {"commit_database_us": database_s / COMMITS * 1e6, "payload_bytes": document.PAYLOAD_BYTES}
