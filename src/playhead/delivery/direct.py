"""Answers the routes of statuses before the framework sees the request, wherever nothing about it is unusual.

The routes stay the app's: its views say who may call them and how often, and everything that is refused before a call
is counted is left to them. A call that was counted is answered here, refused or not: the app would count it again. Only
an error of ours is left to the app all the same, which reports it. The login, the limit, the status and the stream are
those of the routes, by the same code.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
from quart import Quart

from playhead.accounts import limits
from playhead.accounts.access import Access, access_of
from playhead.accounts.counter import Counter
from playhead.accounts.guards import bearer, credential_of
from playhead.accounts.limits import Limit, count_call, limit_of, too_many_requests
from playhead.accounts.models import Credential, User
from playhead.accounts.usage import Usage
from playhead.db import DatabaseError, DatabaseGone
from playhead.delivery.openings import Openings
from playhead.delivery.routes import Delivery
from playhead.errors import Problem, database_gone
from playhead.ids import canonical
from playhead.live.endpoints import TRANSPORT, Visitor
from playhead.live.http import Answer, Request, refusal
from playhead.sessions.status import Status

BASE = "/api/v1"
ROUTE = re.compile(rf"{BASE}(?:/sessions/(?P<id>[^/]+))?/status(?P<stream>/stream)?")
PREFIX = f"{BASE}/s"
"""Other paths are looked at no further."""
ENDPOINTS = {
    (True, True): "status.stream_status",
    (True, False): "status.get_status",
    (False, True): "status.stream_all",
    (False, False): "status.get_all",
}
"""By whether one session is asked for, and whether by stream."""


@dataclass(frozen=True, slots=True)
class Route:
    """What the app says of one route."""

    endpoint: str
    rule: str
    limit: Limit
    is_stream: bool


class DirectStatuses:
    """Answers GET requests of people who are signed in by a cookie or a token.

    It leaves to the app: a request without a valid login, for a session that is not this person's, by ticket, from
    another origin, and whatever the database cannot answer before the call is counted.

    Args:
        app: with the routes of `delivery`, the guards and the limits.
        may_serve: whether the tables fit this release.
        count: counts a response by its status and its route.
        bind_request_id: gives a request an id, which its log lines have from now on.
        headers: of every response; those of streams are others.
        openings: those in progress, and who is to come later.
    """

    def __init__(
        self,
        app: Quart,
        delivery: Delivery,
        usage: Usage,
        *,
        may_serve: Callable[[], bool],
        count: Callable[[int, str], None],
        bind_request_id: Callable[[], str],
        headers: Mapping[str, str],
        stream_headers: Mapping[str, str],
        openings: Openings | None = None,
    ) -> None:
        self._app, self._delivery, self._usage = app, delivery, usage
        self._may_serve, self._count, self._bind_request_id = may_serve, count, bind_request_id
        self._openings = openings or Openings()
        self._cookies = app.extensions["QUART_AUTH"][0]
        self._counter: Counter = app.extensions[limits.EXTENSION]
        vary = {"Vary": delivery.endpoints.vary}  # as the framework says it of every answer
        self._headers, self._stream_headers = {**headers, **vary}, {**stream_headers, **vary}
        self._routes = {kind: _route(app, endpoint, is_stream=kind[1]) for kind, endpoint in ENDPOINTS.items()}

    def takes(self, path: str) -> bool:
        return path.startswith(PREFIX) and ROUTE.fullmatch(path) is not None

    async def answer(self, request: Request) -> Answer | None:
        found = ROUTE.fullmatch(request.path)
        if found is None or "ticket" in request.query or "origin" in request.headers or not self._may_serve():
            return None
        login = credential_of(bearer(request.headers.get("authorization", "")), lambda: self._secret(request))
        if login is None:
            return None
        is_stream, openings = found["stream"] is not None, self._openings
        # Before anything is read, but only of those who were signed in once: others could take all slots, and, with
        # invented tokens, all places. A browser's `EventSource` does not see why its stream was refused: the poll that
        # follows is told.
        has_signed_in = login.kind == "login"
        if has_signed_in and not openings.is_calm:
            wait_of = openings.retry_after_s if is_stream else openings.wait_for_slot_s
            if (wait_s := wait_of(login.digest)) is not None:
                return self._busy(self._routes[found["id"] is not None, is_stream], wait_s)
        if not has_signed_in or not is_stream:
            return await self._answer(request, found, login)
        with openings.opening():
            answer = await self._answer(request, found, login)
            if answer is not None and answer.frames is not None:
                openings.opened()
            return answer

    async def _answer(self, request: Request, found: re.Match[str], login: Credential) -> Answer | None:
        request_id = self._bind_request_id()
        session_id = canonical(found["id"]) if found["id"] is not None else None
        route = self._routes[session_id is not None, found["stream"] is not None]
        try:
            person = await self._delivery.signed_in_as(login)
            if person is None:
                return None
            status = None if session_id is None else await self._delivery.own_status(session_id, person.id)
            self._usage.note(login)
            wait_s = await count_call(self._counter, route.limit, route.endpoint, person.id, session_id)
            answer = await self._answered(request, route, self._delivery.visitor_of(person, login), status, wait_s)
        except (DatabaseError, Problem, msgspec.DecodeError):  # as of a session that is not theirs, or not readable
            return None
        self._count(answer.status, route.rule)
        common = self._headers if answer.frames is None else self._stream_headers
        return _with(answer, {"X-Request-Id": request_id}, common)

    async def _answered(
        self, request: Request, route: Route, visitor: Visitor[User], status: Status | None, wait_s: float | None
    ) -> Answer:
        """The answer to a call that was counted.

        Args:
            status: of the one session that is asked for.
            wait_s: after which the call is allowed; None: it is.
        """
        delivery, endpoints = self._delivery, self._delivery.endpoints
        try:
            if wait_s is not None:
                raise too_many_requests(wait_s)
            if status is None:
                return await (endpoints.stream_all if route.is_stream else endpoints.status_all)(request, visitor)
            if not route.is_stream:
                return await endpoints.status(request, visitor, status)
            return await endpoints.stream(request, visitor, status, delivery.words(request.query, visitor.person))
        except (Problem, DatabaseGone) as error:
            problem = error if isinstance(error, Problem) else database_gone()
            transport = endpoints.transport(request, visitor.person)
            return _with(refusal(problem), {TRANSPORT: transport.header})

    def _busy(self, route: Route, wait_s: int) -> Answer:
        """The refusal of a request that is to be made again in so many seconds."""
        self._count(503, route.rule)
        return _with(refusal(too_busy(wait_s)), {"X-Request-Id": self._bind_request_id()}, self._headers)

    def _secret(self, request: Request) -> str | None:
        """What the cookie of a login holds, checked by quart-auth."""
        cookie = request.cookies.get(self._cookies.cookie_name)
        return None if cookie is None else self._cookies.load_token(cookie, self._app)


def too_busy(wait_s: int) -> Problem:
    """The refusal of a stream while more of them open than the process opens in a second or two."""
    return Problem(503, "busy", f"Too many come at once: try again in {wait_s} s.", retry_after_s=wait_s)


def _with(answer: Answer, headers: Mapping[str, str], defaults: Mapping[str, str] | None = None) -> Answer:
    """The answer with more headers. `defaults`: those that it has only where it says nothing else."""
    return Answer(
        status=answer.status,
        headers={**(defaults or {}), **answer.headers, **headers},
        body=answer.body,
        frames=answer.frames,
    )


def _route(app: Quart, endpoint: str, *, is_stream: bool) -> Route:
    """What the app says of the route of an endpoint, which must be for people who are signed in, with a limit each."""
    view, limit = app.view_functions[endpoint], limit_of(app.view_functions[endpoint])
    access = access_of(view)
    assert access is not None, endpoint
    assert Access(access.kind) == Access("signed_in"), endpoint
    assert limit is not None, endpoint
    assert limit.by == "user", endpoint
    (rule,) = (rule.rule for rule in app.url_map.iter_rules(endpoint))
    return Route(endpoint, rule, limit, is_stream)
