"""Measures what an update of one of a person's 1,000 live sessions costs, and one of somebody's only session.

Both people follow all of their sessions on one stream, each on a server of their own. Updates go to the two in turns,
so that what else the machine does slows both alike.
"""

import time
from statistics import median
from typing import Any

from infra.load import product
from infra.load.scenarios.window import measure
from infra.load.server import Readers, Server
from infra.load.server import server as another_server

SESSIONS, RATE = 1000, 4000
"""Updates a second, so many that the process's other work is a small part of what they cost."""
WINDOWS, SECONDS = 10, 2.0
SETTLE_S = 2.0
STREAM_OF_ALL = "/api/v1/status/stream"


def run(server: Server) -> dict[str, Any]:
    rig, folder = server.rig, server.rig.folder
    seeded = {
        n: (folder / f"with-{n}", product.seed(folder / f"with-{n}", people=1, sessions=n)) for n in (1, SESSIONS)
    }
    (one_folder, one), (many_folder, many) = seeded[1], seeded[SESSIONS]
    with (
        another_server(rig, server.name, one, one_folder) as of_one,
        another_server(rig, server.name, many, many_folder) as of_many,
        of_one.readers(sessions=1) as readers_of_one,
        of_many.readers(sessions=1) as readers_of_many,
    ):
        both = (of_one, readers_of_one, 1), (of_many, readers_of_many, SESSIONS)
        for each, readers, _ in both:
            _follow_all(each, readers)
        time.sleep(SETTLE_S)
        for each in both:
            _costs(*each, seconds=1.0)
        found = [[_costs(*each, seconds=SECONDS) for each in both] for _ in range(WINDOWS)]
    return {
        "one_us": median(first["cpu_ms_per_1k"] for first, _ in found),
        "of_1000_us": median(second["cpu_ms_per_1k"] for _, second in found),
        "of_one": median(second["cpu_ms_per_1k"] / first["cpu_ms_per_1k"] for first, second in found),
        "lost": sum(each["lost"] for pair in found for each in pair),
    }


def _follow_all(server: Server, readers: Readers) -> None:
    """Open one stream of all sessions of the person."""
    target = server.targets[0]
    readers.ask(
        "target",
        host="127.0.0.1",
        port=server.port,
        paths=[STREAM_OF_ALL],
        headers=[target.header],
        ready=server.peer.ready,
    )
    server.connect(readers, 1)


def _costs(server: Server, readers: Readers, sessions: int, *, seconds: float) -> dict[str, Any]:
    """CPU of the updates, each of which goes to the one reader."""
    return measure(server, readers, n=sessions, sessions=sessions, rate=RATE, seconds=seconds)
