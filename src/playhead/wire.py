"""What goes over the wire: each answer in the smallest encoding that its client takes, where that saves anything."""

import asyncio
import mimetypes
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from quart import Response, request, send_from_directory
from quart.wrappers.response import ResponseBody
from werkzeug.datastructures import Accept

SUFFIXES = {"br": ".br", "gzip": ".gz"}
"""Encodings that the build of the page makes (`src/web/compress.mjs`), the smaller one first."""
SMALLEST = 1024
"""Below it little is saved: an answer and its headers fit one packet or two either way."""
INLINE = 32 * 1024
"""Up to here a compression takes less than 1 ms, which the event loop can bear; a thread costs 0.2 ms by itself."""
LEVEL = 4
"""A transcript of 128 kB takes half of the time of zlib's usual 6 (1.6 ms, 3.4 ms) and gets 4 % larger."""
GZIP = zlib.MAX_WBITS | 16
"""What zlib calls a gzip header and trailer around its own format."""


def best(accepted: Accept, offered: Sequence[str]) -> str | None:
    """The encoding to use of those offered, the preferred one first; None: as it is (RFC 9110, 12.5.3)."""
    chosen = max(offered, key=accepted.quality, default=None)
    as_it_is = max((quality for name, quality in accepted if name.lower() == "identity"), default=0)
    if chosen is None or not accepted.quality(chosen) or accepted.quality(chosen) < as_it_is:
        return None
    return chosen


def files(folder: Path) -> Mapping[str, Sequence[str]]:
    """The files to serve in a folder, by their paths in it, and in which encodings each lies beside itself."""
    names = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    return {
        name: [encoding for encoding, suffix in SUFFIXES.items() if name + suffix in names]
        for name in names
        if not name.endswith(tuple(SUFFIXES.values()))
    }


async def file(folder: Path, name: str, encodings: Sequence[str], max_age_s: int) -> Response:
    """A file, or the compressed one beside it. Each has its own `ETag`, which is made of its path, size and time."""
    encoding = best(request.accept_encodings, encodings)
    response = await send_from_directory(
        folder,
        name + SUFFIXES[encoding] if encoding else name,
        mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
        cache_timeout=max_age_s,
    )
    if encodings:
        response.vary.add("Accept-Encoding")
    if encoding and response.status_code != 304:
        response.content_encoding = encoding
    return response


async def compress(response: Response) -> None:
    """Compress an answer, if it is JSON that somebody read.

    Not the answer to a POST: it may hold a secret, as that of a new token does, beside words of somebody else (BREACH).
    Not one with an `ETag`: that is of its bytes as they are, and a status is small.
    """
    if request.method not in {"GET", "HEAD"} or response.status_code != 200 or "ETag" in response.headers:
        return
    if response.mimetype != "application/json" or response.content_encoding:
        return
    response.vary.add("Accept-Encoding")
    size = response.content_length  # None: it comes in pieces, as a transcript does
    if (size is not None and size <= SMALLEST) or not best(request.accept_encodings, ["gzip"]):
        return
    response.content_encoding = "gzip"
    pieces = _gzip(response.response)
    if size is None:
        response.response = response.iterable_body_class(pieces)
    else:
        response.set_data(b"".join([piece async for piece in pieces]))


async def _gzip(body: ResponseBody) -> AsyncIterator[bytes]:
    compressor = zlib.compressobj(LEVEL, wbits=GZIP)
    async with body as pieces:
        async for piece in pieces:
            small = len(piece) <= INLINE
            done = compressor.compress(piece) if small else await asyncio.to_thread(compressor.compress, piece)
            if done:
                yield done
    yield compressor.flush()
