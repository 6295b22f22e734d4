"""Fault: readers stop reading. Each uses little memory and is cut off, and others are not affected."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.readers import HEALED_S, Reader, all_have, following, measured
from tests.support.site import Person, Site, Web
from tests.support.waiting import async_until

STALLED = 6
WORDS = 8_000
"""About 0.8 MB on the wire: more than the buffers between the process and a reader hold."""
BOUND_KB = 400
"""To notice growth without a bound: 0.8 MB here, 3 MB in the kernel. The promise is 200, and `make bench` measures it
with fifty readers (170); a few readers, and the memory of the whole process, are too coarse for that."""
MEANWHILE_S = 0.5
"""Between two statuses while the test waits for the cut; the effect of twenty a second was measured before."""
CUT_S = 45.0
"""30 s are promised, checked every half second; the rest is for two busy cores."""
LOOK_S = 0.5
"""Between two checks, each of which reads the table of all connections of this machine."""
SMALL = 4096
"""The size of a receive buffer that is full at once."""


async def test_stalled_readers_use_little_memory_and_are_cut_off(site: Site) -> None:
    person = site.person()
    with (
        site.web() as web,
        site.worker(site.session(person)) as worker,
        ExitStack() as stack,
    ):
        worker.advance(words=WORDS)
        # As many as will stall, so that what the process keeps for later ones (connections, buffers) exists already.
        readers = [Reader(web.port, person, worker.session_id) for _ in range(STALLED)]
        async with following(readers):
            await all_have(readers, worker.newest.version)
            before_kb = web.memory_kb()
            stalled = [stack.enter_context(stall(web, person, worker.session_id)) for _ in range(STALLED)]
            await async_until(lambda: all(kernel_kb(web, one) for one in stalled), "unread data waits")
            with worker.at_work():
                await all_have(readers, worker.newest.version + 20)
                held_kb = (web.memory_kb() - before_kb) / STALLED
                sent_kb = max(kernel_kb(web, one) or 0 for one in stalled)
            measured.info("%.0f KB in the process and %.0f KB in the kernel for each", held_kb, sent_kb)
            with worker.at_work(MEANWHILE_S):
                await async_until(
                    lambda: not any(is_held(web, one) for one in stalled), "they are cut off", CUT_S, LOOK_S
                )
                await all_have(readers, worker.newest.version + 1, HEALED_S)
            worker.finish()
        for reader in readers:
            assert len(reader.visits) == 1
            reader.agrees_with(worker)
        assert held_kb + sent_kb < BOUND_KB


@contextmanager
def stall(web: Web, person: Person, session_id: str) -> Iterator[socket.socket]:
    """Requests a stream with all segments and reads nothing."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        connection.connect(("127.0.0.1", web.port))
        head = [
            f"GET /api/v1/sessions/{session_id}/status/stream?segments=1&from=0 HTTP/1.1",
            "Host: 127.0.0.1",
            *(f"{name}: {value}" for name, value in person.headers.items()),
        ]
        connection.sendall("\r\n".join([*head, "", ""]).encode())
        yield connection


def kernel_kb(web: Web, reader: socket.socket) -> float | None:
    """The kB that the kernel holds for a reader on the server's side; None if there is no such connection."""
    row = server_side(web, reader)
    return int(row[4].partition(":")[0], 16) / 1024 if row else None


def is_held(web: Web, reader: socket.socket) -> bool:
    """Whether the process still has the connection; the kernel alone may keep it for a while, to close it."""
    row = server_side(web, reader)
    return row is not None and row[9] != "0"


def server_side(web: Web, reader: socket.socket) -> list[str] | None:
    """The connection's row in `/proc/net/tcp`: column 5 has the waiting bytes, 10 the inode (0: no process)."""
    ends = f":{web.port:04X}", f":{reader.getsockname()[1]:04X}"
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines())
    return next((row for row in rows if row[1].endswith(ends[0]) and row[2].endswith(ends[1])), None)
