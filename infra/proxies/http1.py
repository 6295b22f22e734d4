"""Reads and frames HTTP/1.1 messages, no more of it than the proxy of tests needs."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

PIECE = 64 * 1024
NO_BODY = frozenset({"204", "304"})
HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection")
"""Headers of one connection, which a proxy does not pass on (RFC 9110, section 7.6.1)."""


class Broken(ConnectionError):
    """The connection ended in the middle of a message."""


@dataclass(frozen=True)
class Head:
    """The first line and the headers of a request or a response."""

    line: tuple[str, str, str]
    headers: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The value of a header; empty if there is none."""
        return next((value for one, value in self.headers if one.lower() == name), "")

    def without(self, *names: str) -> "Head":
        return replace(self, headers=tuple(one for one in self.headers if one[0].lower() not in names))

    def having(self, **headers: str) -> "Head":
        """With these headers in place of those of the same names; `_` in a name means `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        rest = self.without(*(name.lower() for name in named))
        return replace(rest, headers=(*rest.headers, *named.items()))

    def encode(self) -> bytes:
        lines = [" ".join(self.line).rstrip(), *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def read_head(reader: asyncio.StreamReader, begun: bytes = b"") -> Head | None:
    """Reads a head, of which `begun` was read before; None at the end of the connection."""
    try:
        text = (begun + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError as end:
        if end.partial or begun:
            raise Broken from None
        return None
    first, *lines = text.removesuffix("\r\n\r\n").split("\r\n")
    one, two, three = [*first.split(" ", 2), ""][:3]
    pairs = (line.partition(":") for line in lines)
    return Head((one, two, three), tuple((name, value.strip()) for name, _, value in pairs))


async def read_body(reader: asyncio.StreamReader, head: Head, *, to_head: bool = False) -> AsyncIterator[bytes]:
    """The pieces of a message's body: each chunk, or what comes at once.

    Args:
        to_head: whether it is the response to a HEAD request, which has no body.

    Raises:
        Broken: it ended before its end.
    """
    is_response = head.line[0].startswith("HTTP/")
    if to_head or (is_response and head.line[1] in NO_BODY):
        return
    try:
        if head.get("transfer-encoding").lower() == "chunked":
            while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
                yield await reader.readexactly(size)
                await reader.readexactly(2)
            await reader.readuntil(b"\r\n")
        elif length := head.get("content-length"):
            left = int(length)
            while left > 0:
                piece = await reader.read(min(left, PIECE))
                if not piece:
                    raise Broken
                left -= len(piece)
                yield piece
        elif is_response:
            while piece := await reader.read(PIECE):
                yield piece
    except (asyncio.IncompleteReadError, OSError):
        raise Broken from None


def chunk(piece: bytes) -> bytes:
    """Frames a chunk of a chunked body (RFC 9112, section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)


LAST_CHUNK = b"0\r\n\r\n"
