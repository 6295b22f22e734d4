"""The network path of a request, and the port that says whether it delivers streams."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol
from urllib.parse import urlsplit

from playhead.live.http import Request
from playhead.live.policy import StreamOriginUse

HOST_LENGTH = 80
"""What is kept of the host that was asked for: the names of sites are shorter."""
HOPS = 3
"""The proxies of `Via` that are kept, from the client's side: more than three name themselves in few places."""
HOP_LENGTH = 32
"""What is kept of the name of each of them."""
HTTP_VERSIONS = frozenset({"1.0", "1.1", "2", "3"})
HEADER_LENGTH = 1024
"""What is read of a header."""
PATHS_KEPT = 256
"""Paths that are kept as they were found, half a megabyte at most: the people of one site come by a few."""
NONE = "-"
"""In place of what a request does not name."""
COLO = re.compile(r"[0-9a-f]{8,32}-([A-Z]{3})")
"""`CF-Ray`: the id of a request, then the airport of Cloudflare's data centre."""
NUMBER = re.compile(r"[0-9]+")
KEY = re.compile(r"[a-z0-9.:_-]{1,80}~[0-9.-]{1,3}~(?:[A-Z]{3}|-)~[a-z0-9._*,-]{1,98}")
"""Every key of a path: text of at most 188 characters that a URL takes as it is."""


@dataclass(frozen=True, slots=True)
class ClientPath:
    """What identifies the path from a client to this process. A client can invent each part of it.

    Args:
        host: the name that was asked for, in small letters and without the port.
        http_version: of the request as it arrived here, such as `1.1`.
        colo: Cloudflare's data centre, such as `FRA`; `-` for none.
        via: the proxies that name themselves in `Via` (RFC 9110, §7.6.3), joined by commas; `-` for none.
    """

    host: str = NONE
    http_version: str = "1.1"
    colo: str = NONE
    via: str = NONE

    @property
    def key(self) -> str:
        """The same as one text, which matches `KEY`."""
        return f"{self.host}~{self.http_version}~{self.colo}~{self.via}"


class PathHealth(Protocol):
    """What is known of the paths to this process. Its calls come from the event loop, and must not block."""

    def buffered(self, path: ClientPath, person_id: str) -> bool | None:
        """Whether a stream of this person is held back on the path; None while nothing is known of it.

        The answers to two people on one path may differ: a few may be let through to find out whether it delivers.
        """
        ...


class UnknownPathHealth:
    """Knows nothing of any path, so nothing speaks against one."""

    def buffered(self, path: ClientPath, person_id: str) -> bool | None:
        return None


@dataclass(frozen=True, slots=True)
class StreamOrigin:
    """A second origin of the same processes, past the proxies of the first, where streams are opened by ticket.

    Args:
        url: such as `https://streams.example.org`, without a slash at its end.
        use: which streams go there.
    """

    url: str
    use: StreamOriginUse
    path: ClientPath = field(init=False)
    """The path to it, one for everybody: that of a client is unknown before its stream arrives."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", ClientPath(_host(urlsplit(self.url).netloc), http_version=NONE))


def client_path(request: Request) -> ClientPath:
    """The path of a request."""
    headers, version = request.headers, request.http_version
    colo = COLO.fullmatch(headers.get("cf-ray", ""))
    return _path(
        headers.get("host", "")[:HEADER_LENGTH],
        version,
        colo[1] if colo else NONE,
        headers.get("via", "")[:HEADER_LENGTH],
    )


@lru_cache(maxsize=PATHS_KEPT)
def _path(host: str, version: str, colo: str, via: str) -> ClientPath:
    """The path of what a request says: one object for all that come by it."""
    return ClientPath(_host(host), version if version in HTTP_VERSIONS else NONE, colo, _via(via) if via else NONE)


def _host(given: str) -> str:
    """The name of a `Host` header without its port, and an IPv6 address without its brackets."""
    name = given.lower()
    bare = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
    return re.sub(r"[^a-z0-9.:_-]", "", bare[:HOST_LENGTH]) or NONE


def _via(given: str) -> str:
    """The names of the proxies in a `Via` header, the same for all machines of one cluster.

    Comments, versions and ports are left out, of a domain name all but its last two labels, and each number is a `*`.
    """
    hops = (hop.split() for hop in given.lower().split(","))
    names = (hop[1] for hop in hops if len(hop) > 1)  # a protocol, the name, and perhaps a comment
    kept = (re.sub(r"[^a-z0-9._-]", "", ".".join(name.partition(":")[0].split(".")[-2:])) for name in names)
    return ",".join([NUMBER.sub("*", name[:HOP_LENGTH]) for name in kept if name][:HOPS]) or NONE
