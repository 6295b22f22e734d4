"""Serves files and JSON in the smallest encoding that the client accepts, where that saves anything."""

import asyncio
import mimetypes
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from quart import Response, request, send_from_directory
from quart.wrappers.response import ResponseBody
from werkzeug.datastructures import Accept

SUFFIXES = {"br": ".br", "gzip": ".gz"}
"""Encodings that the build of the page makes (`src/web/compress.mjs`), the smallest first."""
SMALLEST = 1024
"""Bytes below which nothing is compressed: the response and its headers fit one packet or two either way."""
INLINE = 32 * 1024
"""Bytes compressed on the event loop: they take less than 1 ms, and a thread by itself costs 0.2 ms."""
LEVEL = 4
"""Compression level. Measured: a transcript of 128 kB takes 1.6 ms instead of the default level's 3.4 ms, and gets 4 %
larger."""
GZIP = zlib.MAX_WBITS | 16
"""zlib's `wbits` for the gzip format."""


def best(accepted: Accept, offered: Sequence[str]) -> str | None:
    """Chooses one of the offered encodings, the preferred one first; None for no encoding (RFC 9110, 12.5.3)."""
    chosen = max(offered, key=accepted.quality, default=None)
    identity = max((quality for name, quality in accepted if name.lower() == "identity"), default=0)
    if chosen is None or not accepted.quality(chosen) or accepted.quality(chosen) < identity:
        return None
    return chosen


def files(folder: Path) -> Mapping[str, Sequence[str]]:
    """Lists the files of a folder by their relative paths, with the encodings that exist beside each."""
    names = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    return {
        name: [encoding for encoding, suffix in SUFFIXES.items() if name + suffix in names]
        for name in names
        if not name.endswith(tuple(SUFFIXES.values()))
    }


async def file(folder: Path, name: str, encodings: Sequence[str], max_age_s: int) -> Response:
    """Serves a file, or the compressed one beside it; each has its own `ETag`, made from its path, size and time."""
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
    """Compresses a JSON response to a GET, in place.

    A response to a POST is not compressed: it may contain a secret, such as a new token, beside text of an attacker
    (BREACH). One with an `ETag` is not compressed either: the tag is that of its plain bytes, and a status is small.
    """
    if request.method not in {"GET", "HEAD"} or response.status_code != 200 or "ETag" in response.headers:
        return
    if response.mimetype != "application/json" or response.content_encoding:
        return
    response.vary.add("Accept-Encoding")
    size = response.content_length  # None for a streamed body, as that of a transcript
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
