"""The live kernel's requests and answers in Quart (`pip install 'playhead[quart]'`)."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from quart import Quart, Response, request
from werkzeug.datastructures import Headers

from playhead.live.http import Answer, Request
from playhead.live.reading import Maybe, ready
from playhead.live.takeover import body_of

P = TypeVar("P")


def in_request(app: Quart, who: Callable[[], Maybe[P]]) -> Callable[[Request], Awaitable[P]]:
    """Make the `who` of a `Live` from a function that runs as in a route of `app`.

    `request`, `session` and quart-auth's `current_user` work in it, in the re-checks of open streams, too.
    """

    async def asked(given: Request) -> P:
        scope = given.scope
        made = app.request_class(
            scope["method"],
            scope["scheme"],
            scope["path"],
            scope["query_string"],
            Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]),
            scope.get("root_path", ""),
            scope["http_version"],
            scope=scope,  # type: ignore[arg-type]
            send_push_promise=_push_nothing,
        )
        async with app.request_context(made):
            return await ready(who())

    return asked


async def _push_nothing(path: str, headers: Headers) -> None:
    """HTTP/2 server push, which no browser takes any more."""


def current() -> Request:
    """The present request."""
    return Request.of(request.scope)


def response(answer: Answer) -> Response:
    """The response to the present request. A stream is written by the server itself where it offers that."""
    if answer.frames is None:
        return Response(answer.body, status=answer.status, headers=dict(answer.headers))
    if request.method == "HEAD":
        made = Response(status=answer.status, headers=dict(answer.headers))
        del made.headers["Content-Length"]
        return made
    made = Response(body_of(answer.frames, request.scope), status=answer.status, headers=dict(answer.headers))
    # RESPONSE_TIMEOUT would cut the stream, or on Quart 0.23 leave it open without data; a stream has a maximum age.
    made.timeout = None
    return made
