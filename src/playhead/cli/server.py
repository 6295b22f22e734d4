"""A client of a Playhead server: uploads a file and reads its transcript."""

from collections.abc import Callable, Mapping
from typing import IO, cast

import httpx
import msgspec

from playhead.cli.token import bearer
from playhead.errors import Problem

CONNECT_S, UPLOAD_S, ANSWER_S = 10.0, 120.0, 60.0
"""Timeouts in seconds: to connect; to send a chunk of an upload or have the whole file checked; for other requests."""
FINAL_STATES = frozenset({"completed", "failed", "canceled"})


class Warned(msgspec.Struct):
    """A warning about the text."""

    code: str
    message: str


class Status(msgspec.Struct):
    """The fields of the status document that this client needs; others are ignored."""

    version: int
    state: str
    stage: str
    message: str
    progress: float | None = None
    warnings: tuple[Warned, ...] = ()

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_STATES


class Session(msgspec.Struct):
    id: str
    status: Status | None = None
    """None: it was not asked for."""


class _Problem(msgspec.Struct):
    detail: str
    code: str = "refused"


Connect = Callable[[str, str], httpx.AsyncClient]
"""Makes the HTTP client for a server's URL and a token."""


def connect(server: str, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"{server.rstrip('/')}/api/v1/",
        headers=bearer(token),
        timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
    )


async def upload(
    http: httpx.AsyncClient, name: str, file: IO[bytes], options: Mapping[str, str], sent: Callable[[int], None]
) -> Session:
    """Send the file as one form, to a server without resumable uploads; `sent` is called with the count of bytes as
    they go.

    Raises:
        Problem: the server refuses it.
    """
    counted = cast("IO[bytes]", _Counted(file, sent))
    response = await http.post(
        "sessions",
        files={"file": (name, counted)},
        data=options,
        timeout=httpx.Timeout(UPLOAD_S, connect=CONNECT_S),
    )
    await refuse(response)
    return msgspec.json.decode(response.content, type=Session)


async def retry(http: httpx.AsyncClient, session_id: str, options: Mapping[str, str]) -> Session:
    """Have a session transcribed again. Raises Problem if the server refuses it."""
    body = {name: int(value) if value.isdecimal() else value for name, value in options.items()}
    response = await http.post(f"sessions/{session_id}/retry", json=body)
    await refuse(response)
    return msgspec.json.decode(response.content, type=Session)


async def status(http: httpx.AsyncClient, session_id: str) -> Status:
    """Read the status. Raises Problem."""
    response = await http.get(f"sessions/{session_id}/status")
    await refuse(response)
    return msgspec.json.decode(response.content, type=Status)


async def transcript(http: httpx.AsyncClient, session_id: str, query: dict[str, str]) -> str:
    """Read the transcript, in the form that the query asks for (CONTRACT.md, §4)."""
    response = await http.get(f"sessions/{session_id}/transcript", params=query)
    await refuse(response)
    return response.text


async def refuse(response: httpx.Response) -> None:
    """Raise Problem for an error response, with the server's own sentence if it has one."""
    if response.is_success:
        return
    body = await response.aread()
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except msgspec.DecodeError:  # the response of a proxy in front
        problem = _Problem(f"The server refuses: {response.status_code} {response.reason_phrase}.")
    if response.status_code == httpx.codes.UNAUTHORIZED:
        problem.detail += " Give a token with --token or PLAYHEAD_TOKEN; `playhead user token EMAIL` makes one."
    after = response.headers.get("Retry-After", "")
    retry_after_s = float(after) if after.isdecimal() else None
    raise Problem(response.status_code, problem.code, problem.detail, retry_after_s=retry_after_s)


class _Counted:
    """A file that reports the bytes read from it to `sent`."""

    def __init__(self, file: IO[bytes], sent: Callable[[int], None]) -> None:
        self._file = file
        self._sent = sent
        self.fileno = file.fileno
        self.seek = file.seek
        self.tell = file.tell

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self._sent(len(chunk))
        return chunk
