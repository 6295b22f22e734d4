"""Lets the page open streams by ticket on the stream origin (CORS), and nobody else, and nothing else."""

from quart import Blueprint, Response, request

from playhead.accounts.guards import given_ticket

EXPOSED = "Playhead-Transport, Retry-After"
"""What a page reads of a refusal: how and when to go on."""
PREFLIGHT = {"Access-Control-Allow-Methods": "GET", "Access-Control-Allow-Headers": "Last-Event-ID"}
"""The page's own streams need no preflight: only those of a reader that sends this header. Without a time for which
browsers keep it: they do so for one URL, and each ticket makes another."""


def allow_page(blueprint: Blueprint, page_origin: str) -> None:
    """Add to answers to requests with a ticket what a browser wants to see, for this one origin.

    Never `Access-Control-Allow-Credentials`: a ticket is all that such a request is signed in by.
    """

    @blueprint.after_request
    async def allow(response: Response) -> Response:
        if given_ticket() is None:
            return response
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers.add("Vary", "Origin")
        if request.headers.get("Origin") == page_origin:
            response.headers["Access-Control-Allow-Origin"] = page_origin
            response.headers["Access-Control-Expose-Headers"] = EXPOSED
            if request.method == "OPTIONS":
                response.headers.update(PREFLIGHT)
        return response
