"""Finds out how large a body the way takes, without sending one: a request announces it, and waits for "go on"."""

import asyncio
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

from playhead.cli.doctor_stream import noted
from playhead.doctor.measured import AnnouncedUpload
from playhead.doctor.shapes import is_problem

ROUTE = "/api/v1/doctor/verdict"
"""Takes 256 KB, so the server itself refuses what is announced: its refusal shows that the announcement passed."""
SIZES = (1000, 500, 200, 100, 50, 30, 10, 1)
"""Sizes in MiB that are tried where the server's own is refused: the limits of plans and programs."""
ANSWER_S, FINAL_S = 4.0, 1.0
"""For a response, and behind "go on" for the final one."""
HEAD_MOST = 32 * 1024
MIB = 1024**2


async def measure_upload(
    address: str, token: str, most_bytes: int, tls: Callable[[], ssl.SSLContext]
) -> AnnouncedUpload:
    """Announce a body of `most_bytes`, and if it is refused on the way, smaller ones.

    Args:
        tls: makes the context of a connection.
    """
    first = await _announce(address, token, most_bytes, tls)
    if first.status != 413 or first.is_ours:
        return first
    for size in (size * MIB for size in SIZES if size * MIB < most_bytes):
        smaller = await _announce(address, token, size, tls)
        if smaller.status and (smaller.status != 413 or smaller.is_ours):
            return AnnouncedUpload(most_bytes, first.status, is_ours=False, headers=first.headers, passed_bytes=size)
    return first


async def _announce(address: str, token: str, size: int, tls: Callable[[], ssl.SSLContext]) -> AnnouncedUpload:
    url = urlsplit(address)
    context = None if url.scheme == "http" else tls()
    port = url.port or (80 if context is None else 443)
    lines = (
        f"POST {url.path.rstrip('/')}{ROUTE} HTTP/1.1",
        f"Host: {url.netloc.rpartition('@')[2]}",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        f"Content-Length: {size}",
        "Expect: 100-continue",
        "",
        "",
    )
    try:
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_connection(url.hostname, port, ssl=context, limit=HEAD_MOST)
    except (OSError, TimeoutError):
        return AnnouncedUpload(size, 0)
    try:
        writer.write("\r\n".join(lines).encode("latin-1"))
        status, headers = await _head(reader, ANSWER_S)
        if status == 100:
            final = await _head(reader, FINAL_S)
            status, headers = final if final[0] else (status, headers)
        return AnnouncedUpload(size, status, is_ours=is_problem(headers), headers=noted(headers))
    finally:
        writer.transport.abort()


async def _head(reader: asyncio.StreamReader, within_s: float) -> tuple[int, dict[str, str]]:
    """The status and the headers of the next response; 0 if none comes."""
    try:
        async with asyncio.timeout(within_s):
            text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return 0, {}
    first, *lines = text.splitlines()
    status = first.split(" ")[1] if first.startswith("HTTP/1.") and " " in first else ""
    pairs = (line.partition(":")[::2] for line in lines)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    return (int(status) if status.isascii() and status.isdigit() and len(status) == 3 else 0), headers
