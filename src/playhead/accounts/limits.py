"""How often a route may be called: said by exactly one mark on its view.

Not quart-rate-limiter: it takes the caller's own word for the address and keeps its counts for ever.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Literal

from limits import RateLimitItem, parse
from quart import Quart, current_app, g, request

from playhead import log
from playhead.accounts.access import View
from playhead.accounts.counter import Counter
from playhead.config import Settings
from playhead.errors import Problem

EXTENSION = "playhead.limits"
IPV6_PREFIX = 64
"""The share of an IPv6 address that one customer is given: the rest is theirs to choose freely."""
WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](:\d+)?|(?P<four>[^:]+):\d+")
"""`[2001:db8::1]:443`, and the same without a port; `192.0.2.1:5678`. A bare IPv6 address has more colons."""

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """`why` says, of a route without a rate, why it needs none.

    `each` is the rate for each id in the route's path; it is counted after `rate`, which bounds how many ids there are.
    """

    rate: RateLimitItem | None
    by: Literal["client", "user"] = "client"
    each: RateLimitItem | None = None
    why: str = ""

    def __str__(self) -> str:
        return f"{self.rate}" if self.each is None else f"{self.rate}, or {self.each} for one id"


def limited(rate: str, by: Literal["client", "user"], each: str | None = None) -> Callable[[View], View]:
    """At most this often (`10/minute`) per address, or per person where one is known: 429 `too_many_requests`.

    `each`: and at most so often for each id in the path.
    """
    return lambda view: _mark(view, Limit(parse(rate), by, parse(each) if each else None))


def unlimited(why: str) -> Callable[[View], View]:
    """As often as one likes, because …"""
    return lambda view: _mark(view, Limit(None, why=why))


def limit_of(view: Callable[..., Any] | None) -> Limit | None:
    """The mark of a view, also through other decorators; None if it has none."""
    return getattr(view, "__limit__", None)


async def count_against(name: str, rate: str, key: str) -> None:
    """Count one more of what a route by itself does not say: guesses at an account by its digest, refusals by address.

    Raises:
        Problem: 429 `too_many_requests`.
    """
    counter: Counter = current_app.extensions[EXTENSION]
    _refuse(await counter.hit(parse(rate), name, key))


def install(app: Quart, settings: Settings) -> None:
    """Count calls of marked routes. After `guards.install`, which says who is calling."""
    counter = app.extensions[EXTENSION] = Counter(settings.redis_url)
    app.after_serving(counter.close)
    if settings.environment == "production" and not settings.trusted_hops:
        _warn_of_proxies(app)

    @app.before_request
    async def count() -> None:
        view = current_app.view_functions.get(request.endpoint or "")
        limit = limit_of(view)
        if limit is None or limit.rate is None:
            return
        user = g.get("user") if limit.by == "user" else None
        who = user.id if user else client_address(settings.trusted_hops)
        _refuse(await counter.hit(limit.rate, request.endpoint or "", who))
        if limit.each is not None:
            _refuse(await counter.hit(limit.each, request.endpoint or "", who, str((request.view_args or {})["id"])))


def _warn_of_proxies(app: Quart) -> None:
    """Say once that a proxy stands in front which is not trusted: all its visitors then count as one client."""
    warned = False

    @app.before_request
    async def look() -> None:
        nonlocal warned
        if not warned and "X-Forwarded-For" in request.headers:
            warned = True
            logger.warning("all visitors share one limit: a proxy is in front, and TRUSTED_HOPS is 0")


def _refuse(wait_s: float | None) -> None:
    if wait_s is not None:
        raise Problem(429, "too_many_requests", "Too many requests: please wait a little.", retry_after_s=wait_s)


def client_address(trusted_hops: int) -> str:
    """The address that the outermost trusted proxy saw; what stands left of it in the header, the client chose.

    Where the proxy wrote no address, it is the proxy's: each port or piece of junk would be a client of its own.
    """
    peer: str = (request.scope.get("client") or ("local",))[0]
    hops = [hop for line in request.headers.getlist("X-Forwarded-For") for hop in line.split(",")]
    seen = _parsed(hops[-trusted_hops]) if 0 < trusted_hops <= len(hops) else None
    address = seen or _parsed(peer)
    return peer if address is None else _customer(address)


def _parsed(written: str) -> IPv4Address | IPv6Address | None:
    """An address as proxies write it: alone, with a port, in brackets, or as RFC 7239 has it; None: none."""
    bare = written.strip().lower().removeprefix("for=").strip('"')
    if match := WITH_PORT.fullmatch(bare):
        bare = match["six"] or match["four"]
    try:
        return ip_address(bare.partition("%")[0])
    except ValueError:
        return None


def _customer(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, IPV6_PREFIX), strict=False))
    return str(address)


def _mark(view: View, limit: Limit) -> View:
    if limit_of(view) is not None:
        raise ValueError(f"{view.__name__} says twice how often it may be called")
    view.__limit__ = limit  # type: ignore[attr-defined]  # functools.wraps carries it outwards
    return view
