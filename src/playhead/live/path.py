"""The network path of a request, and the port that says whether it delivers streams."""

from dataclasses import dataclass
from typing import Protocol

from playhead.live.http import Request

PROXY_HEADERS = ("via", "cf-ray")
"""Set by proxies that name themselves: `Via` (RFC 9110, §7.6.3) by most, `CF-Ray` by Cloudflare."""


@dataclass(frozen=True, slots=True)
class ClientPath:
    """What identifies the path from a client to this process.

    Args:
        address: the client's, as the trusted proxies report it.
        http_version: of the request as it arrived here, such as `1.1`.
        is_proxied: whether a proxy names itself in the request.
    """

    address: str
    http_version: str
    is_proxied: bool


class PathHealth(Protocol):
    """What is known of the paths to this process."""

    def buffered(self, path: ClientPath) -> bool | None:
        """Whether something on the path holds streams back; None while nothing is known of it."""
        ...


class UnknownPathHealth:
    """Knows nothing of any path, so nothing speaks against one."""

    def buffered(self, path: ClientPath) -> bool | None:
        return None


def client_path(request: Request) -> ClientPath:
    """The path of a request."""
    is_proxied = any(header in request.headers for header in PROXY_HEADERS)
    return ClientPath(request.address, request.http_version, is_proxied)
