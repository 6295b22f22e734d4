"""Fault: recordings are requested and not read. Few are sent at once, and the process can serve everything else."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from playhead.library.downloads import A_PERSON, AT_ONCE
from tests.integration.flags.told import STREAM, transports
from tests.support.flags_data import FlagsData
from tests.support.site import Person, Site, Web, site_on
from tests.support.waiting import ANSWER_S, async_until, until

FILES = 320
"""142 unread ones once used up all of these, with a connection and a file each."""
UNREAD = FILES // 2
RECORDING_BYTES = 16 * 1024**2
"""More than the kernel buffers for a reader."""
SMALL = 4096
"""The size of a receive buffer that is full at once."""


async def test_unread_recordings_do_not_block_other_requests(site: Site, tmp_path: Path) -> None:
    with (
        site_on(f"sqlite:///{tmp_path}/db", tmp_path, site.redis) as own,
        own.web(0, FILES) as web,
        ExitStack() as stack,
    ):
        ada, *many = own.people(1 + UNREAD // A_PERSON)
        recordings = [(person, recorded(own, person)) for person in many]
        unread = [stack.enter_context(asked(web, *one)) for one in recordings for _ in range(A_PERSON)]
        assert len(unread) == UNREAD
        await async_until(lambda: all(map(is_answered, unread)), "each gets a response, or is closed")
        # A look takes a while: one that is closed and one that is opened meanwhile may both be counted.
        await async_until(lambda: 0 < len(opened(web)) <= AT_ONCE, "as many are open as may be")
        assert transports(web, [ada]) == [STREAM]
        FlagsData().turn("sse.allowed", on=False).save(tmp_path / "flags.json")
        until(lambda: transports(web, [ada]) == ["wait; kill_switch"], "the flags are read")


async def test_recording_is_closed_when_its_reader_leaves(site: Site, web: Web) -> None:
    recordings = [(person, recorded(site, person)) for person in site.people(A_PERSON)]
    with ExitStack() as stack:
        asking = [stack.enter_context(asked(web, *one)) for one in recordings for _ in range(A_PERSON)]
        await async_until(lambda: all(map(is_answered, asking)))
        await async_until(lambda: len(opened(web)) == A_PERSON**2, "each has its file")
    await async_until(lambda: not opened(web), "none is open")


def opened(web: Web) -> list[str]:
    """The recordings that the process has open."""
    found = []
    for link in Path(f"/proc/{web.program.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found.append(str(link.readlink()))
    return [path for path in found if "/audio/" in path]


def recorded(site: Site, person: Person) -> str:
    """Creates a session of this person with a sparse recording."""
    session_id = site.session(person)
    folder = site.folder / "audio"
    folder.mkdir(exist_ok=True)
    with (folder / session_id).open("wb") as file:
        file.truncate(RECORDING_BYTES)
    return session_id


@contextmanager
def asked(web: Web, person: Person, session_id: str) -> Iterator[socket.socket]:
    """Opens a connection, requests a recording, and reads nothing."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        connection.settimeout(ANSWER_S)
        connection.connect(("127.0.0.1", web.port))
        head = [f"GET /api/v1/sessions/{session_id}/audio HTTP/1.1", "Host: 127.0.0.1"]
        head += [f"{name}: {value}" for name, value in person.headers.items()]
        connection.sendall("\r\n".join([*head, "", ""]).encode())
        connection.setblocking(False)
        yield connection


def begun(connection: socket.socket) -> bytes | None:
    """The beginning of the response, which stays unread; None if there is none yet."""
    try:
        return connection.recv(len("HTTP/1.1 200"), socket.MSG_PEEK)
    except BlockingIOError:
        return None
    except ConnectionError:
        return b""


def is_answered(connection: socket.socket) -> bool:
    return begun(connection) is not None
