"""Decorators that declare the rate limit of a route, one on each view, and the hook that enforces them.

Not quart-rate-limiter: it trusts the caller's own header for the address, and keeps its counts for ever.
"""

import math
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
"""The prefix length that one customer is assigned: the rest of the address is theirs to choose."""
MINUTES_FROM_S = 90
"""Shorter waits are said in seconds; the longest is an hour."""
WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](:\d+)?|(?P<four>[^:]+):\d+")
"""`[2001:db8::1]:443`, and the same without a port; `192.0.2.1:5678`. A bare IPv6 address has more colons."""

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """The rate limit of a route.

    `each` is the rate for each id in the route's path; it is counted after `rate`, which bounds the number of ids.
    `why` is the reason why a route without a rate needs none.
    """

    rate: RateLimitItem | None
    by: Literal["client", "user"] = "client"
    each: RateLimitItem | None = None
    why: str = ""

    def __str__(self) -> str:
        return f"{self.rate}" if self.each is None else f"{self.rate}, or {self.each} for one id"


def limited(rate: str, by: Literal["client", "user"], each: str | None = None) -> Callable[[View], View]:
    """Limit calls to `rate` (such as `10/minute`) per address, or per signed-in user: 429 `too_many_requests`.

    `each`: a second rate, for each id in the path.
    """
    return lambda view: _mark(view, Limit(parse(rate), by, parse(each) if each else None))


def unlimited(why: str) -> Callable[[View], View]:
    """No limit, for the reason `why`."""
    return lambda view: _mark(view, Limit(None, why=why))


def limit_of(view: Callable[..., Any] | None) -> Limit | None:
    """The rate limit of a view, also through other decorators; None if it has none."""
    return getattr(view, "__limit__", None)


async def count_against(name: str, rate: str, key: str) -> None:
    """Count one event that is not a call of a route: an attempt to sign in by account, a refusal by address.

    Raises:
        Problem: 429 `too_many_requests`.
    """
    counter: Counter = current_app.extensions[EXTENSION]
    _refuse(await counter.hit(parse(rate), name, key))


def install(app: Quart, settings: Settings) -> None:
    """Enforce the limits. Call it after `guards.install`, whose hook finds the user."""
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
        _refuse(await count_call(counter, limit, request.endpoint or "", who, (request.view_args or {}).get("id")))


async def count_call(counter: Counter, limit: Limit, endpoint: str, who: str, id: object) -> float | None:
    """Count one call of a route; returns None if it is allowed, else the seconds to wait."""
    if limit.rate is None:
        return None
    wait_s = await counter.hit(limit.rate, endpoint, who)
    if wait_s is None and limit.each is not None:
        return await counter.hit(limit.each, endpoint, who, str(id))
    return wait_s


def _warn_of_proxies(app: Quart) -> None:
    """Log once that requests come by a proxy that is not trusted: all its visitors count as one client then."""
    warned = False

    @app.before_request
    async def look() -> None:
        nonlocal warned
        if not warned and "X-Forwarded-For" in request.headers:
            warned = True
            logger.warning("all visitors share one limit: a proxy is in front, and TRUSTED_HOPS is 0")


def too_many_requests(wait_s: float) -> Problem:
    """The refusal of a call that is allowed in so many seconds."""
    wait = f"{math.ceil(wait_s)} s" if wait_s < MINUTES_FROM_S else f"{math.ceil(wait_s / 60)} min"
    return Problem(429, "too_many_requests", f"Too many requests: try again in {wait}.", retry_after_s=wait_s)


def _refuse(wait_s: float | None) -> None:
    if wait_s is not None:
        raise too_many_requests(wait_s)


def client_address(trusted_hops: int) -> str:
    """The address that the outermost trusted proxy saw; the client itself chose what is left of it in the header.

    If the proxy wrote no address, the proxy's own: otherwise each port or piece of junk would be another client.
    """
    peer: str = (request.scope.get("client") or ("local",))[0]
    hops = [hop for line in request.headers.getlist("X-Forwarded-For") for hop in line.split(",")]
    seen = _parsed(hops[-trusted_hops]) if 0 < trusted_hops <= len(hops) else None
    address = seen or _parsed(peer)
    return peer if address is None else _customer(address)


def _parsed(written: str) -> IPv4Address | IPv6Address | None:
    """Parse an address as proxies write it: bare, with a port, in brackets, or by RFC 7239; None if it is none."""
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
        raise ValueError(f"{view.__name__} has two rate limits")
    view.__limit__ = limit  # type: ignore[attr-defined]  # functools.wraps carries it outwards
    return view
