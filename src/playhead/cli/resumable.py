"""The requests of a resumable upload (tus 1.0; CONTRACT.md, "Resumable uploads"), each made once."""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from typing import IO

import httpx

from playhead.cli.server import CONNECT_S, UPLOAD_S, refuse
from playhead.errors import Problem

TUS = {"Tus-Resumable": "1.0.0"}
GONE = frozenset({404, 410})
BLOCK_BYTES = 64 * 1024
"""What is read from the file, and held in memory, at once."""


class NotOffered(Exception):
    """The server is older than resumable uploads."""


class CutShort(Exception):
    """The file ended before its length."""


async def begin(http: httpx.AsyncClient, name: str, size: int, options: Mapping[str, str]) -> str:
    """Begin an upload; return the id of its session.

    Raises:
        NotOffered: the server has no such uploads.
        Problem: it refuses this one.
    """
    pairs = (f"{key} {b64encode(value.encode()).decode()}" for key, value in {"filename": name, **options}.items())
    headers = TUS | {"Upload-Length": str(size), "Upload-Metadata": ",".join(pairs)}
    response = await http.post("uploads", headers=headers)
    if response.status_code in (httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED):
        raise NotOffered
    return await _answer(response, "Playhead-Session")


async def stored_bytes(http: httpx.AsyncClient, session_id: str) -> int:
    """How much of it the server has. An older request that sends it is ended by this. Raises Problem."""
    return int(await _answer(await http.head(f"uploads/{session_id}", headers=TUS), "Upload-Offset"))


async def send(http: httpx.AsyncClient, session_id: str, file: IO[bytes], offset: int, length: int) -> int:
    """Send `length` bytes of the file from an offset; return how much the server has then.

    Raises:
        CutShort: the file has not that much.
        Problem: the server refuses it.
    """
    headers = {
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(length),
        "Upload-Offset": str(offset),
    }
    timeout = httpx.Timeout(UPLOAD_S, connect=CONNECT_S)
    body = _blocks(file, offset, length)
    response = await http.patch(f"uploads/{session_id}", headers=TUS | headers, content=body, timeout=timeout)
    return int(await _answer(response, "Upload-Offset"))


async def discard(http: httpx.AsyncClient, session_id: str) -> None:
    """Delete an upload that nobody will go on with. Raises Problem."""
    await refuse(await http.delete(f"uploads/{session_id}", headers=TUS))


async def _answer(response: httpx.Response, header: str) -> str:
    # A proxy may not know the server for a while: only the server itself says that an upload is gone.
    if response.status_code not in GONE or "Tus-Resumable" in response.headers:
        await refuse(response)
        if value := response.headers.get(header, ""):
            return str(value)
    raise Problem(502, "foreign", "Something between here and the server answers in its place.")


async def _blocks(file: IO[bytes], offset: int, length: int) -> AsyncIterator[bytes]:
    file.seek(offset)
    while length:
        block = file.read(min(BLOCK_BYTES, length))
        if not block:
            raise CutShort
        length -= len(block)
        yield block
