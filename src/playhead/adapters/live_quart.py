"""The live kernel's requests and answers in Quart (`pip install 'playhead[quart]'`)."""

from quart import Response, request

from playhead.live.http import Answer, Request
from playhead.live.takeover import body_of


def current(address: str | None = None) -> Request:
    """The present request. `address`: the client's, where it is not that of the connection."""
    return Request.of(request.scope, address)


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
