"""What every answer of the site shares: errors as problems, security headers, ids, health, the page, the docs."""

import math
import secrets
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
from quart import Quart, Request, Response, request
from quart_schema import Info, QuartSchema, RequestSchemaValidationError, hide
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import BaseConverter, PathConverter

from playhead import __version__, log, wire
from playhead.accounts.access import public
from playhead.accounts.limits import limited, unlimited
from playhead.config import Settings
from playhead.db import DatabaseGone
from playhead.errors import Problem
from playhead.ids import canonical
from playhead.openapi import DESCRIPTION, Description, encoded
from playhead.storage import StorageGone

PAGE = Path(__file__).parent / "page"
"""The built page; the wheel carries it, `make page` makes it."""
API = "/api/"
RETRY_DATABASE_S = 2.0
RETRY_STORAGE_S = 30.0
YEAR_S = 365 * 24 * 3600
"""For files whose name holds a digest of what is in them."""
HSTS = f"max-age={YEAR_S}"
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "media-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""OWASP ASVS 5.0, 3.4: the page talks to its own site only, and no other site may hold it in a frame."""
OF_A_STREAM = ("Cross-Origin-Resource-Policy", "X-Content-Type-Options")
"""Of these, what means something for a response that no browser shows; its bytes are counted."""

DISPENSABLE = {
    "redis": "redis: it cannot be used: changes reach streams from the database, up to 30 s late",
    "flags": "flags: none are known: everybody polls",
}
"""Parts without which a process is still of use. Elsewhere people would fare no better: such a part is away
for all processes at once, and with none of them fit nobody could even poll."""
Ready = Callable[[], Awaitable[Mapping[str, bool]]]
Degraded = Callable[[], list[str]]


def install(app: Quart, settings: Settings, ready: Ready, page: Path = PAGE, *, degraded: Degraded = list) -> None:
    """Everything of the site that is not the interface under `/api/v1` itself.

    Args:
        ready: the parts without which the process is of no use, and whether each can be used.
        page: the folder of the page.
        degraded: what is not as it should be, while the process is of use: sentences that anybody may read.
    """
    app.config["MAX_CONTENT_LENGTH"] = None  # counted by the body guard, as it comes in
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the provider in use has it
    app.request_class = StrictRequest
    app.url_map.converters["id"] = IdConverter
    QuartSchema(
        app,
        conversion_preference="msgspec",
        openapi_path=None,
        redoc_ui_path=None,
        scalar_ui_path=None,
        swagger_ui_path=None,
        info=Info(title="Playhead", version=__version__, description=DESCRIPTION.strip()),
        openapi_provider_class=Description,
    )
    _errors(app)
    _every_answer(app, settings)
    _documentation(app)
    _health(app, settings, ready, degraded)
    _page(app, page)


class StrictRequest(Request):
    """A request whose body, where it is JSON, is decoded in one place and strictly (RFC 8259)."""

    async def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """Raises Problem 400 `invalid`: not JSON, not UTF-8, a lone surrogate, or nested too deep."""
        try:
            return msgspec.json.decode(await self.get_data())
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Problem(400, "invalid", "The body is not JSON in UTF-8.") from None


def answer(refusal: Problem) -> Response:
    """An error as `application/problem+json` (RFC 9457), with the stable `code`."""
    headers = {"Cache-Control": "no-store"}
    if refusal.retry_after_s is not None:
        headers["Retry-After"] = str(math.ceil(refusal.retry_after_s))
    body = msgspec.json.encode(refusal.document())
    return Response(body, refusal.status, headers, content_type="application/problem+json")


def headers_of_refusals(settings: Settings) -> dict[str, str]:
    """What an answer has that is made before the app is asked."""
    secure = {"Strict-Transport-Security": HSTS} if settings.secure else {}
    return SECURITY | secure | {"Cache-Control": "no-store"}


def _errors(app: Quart) -> None:
    @app.errorhandler(Problem)
    async def expected(error: Problem) -> Response:
        return answer(error)

    @app.errorhandler(RequestSchemaValidationError)
    async def invalid(error: RequestSchemaValidationError) -> Response:
        return answer(Problem(400, "invalid", f"The request is not as it should be: {error.validation_error}."))

    @app.errorhandler(DatabaseGone)
    async def database_gone(_: DatabaseGone) -> Response:
        sentence = "The database cannot be reached: try again."
        return answer(Problem(503, "database_gone", sentence, retry_after_s=RETRY_DATABASE_S))

    @app.errorhandler(StorageGone)
    async def storage_gone(_: StorageGone) -> Response:
        sentence = "The storage cannot be reached: try again."
        return answer(Problem(503, "storage_gone", sentence, retry_after_s=RETRY_STORAGE_S))

    @app.errorhandler(HTTPException)
    async def plain(error: HTTPException) -> Response:
        phrase = HTTPStatus(error.code or 500).phrase
        response = answer(Problem(error.code or 500, phrase.lower().replace(" ", "_"), error.description or phrase))
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # RFC 9110, 15.5.6
        return response

    @app.errorhandler(Exception)
    async def unexpected(_: Exception) -> Response:
        request_id = log.bound().get("request_id")
        log.get(__name__).exception("request failed", path=request.path)
        return answer(Problem(500, "internal", f"Something went wrong on our side; its number is {request_id}."))


def _every_answer(app: Quart, settings: Settings) -> None:
    @app.before_request
    async def bind_request() -> None:
        log.clear()
        log.bind(request_id=secrets.token_hex(6))

    @app.after_request
    async def add_headers(response: Response) -> Response:
        for name in OF_A_STREAM if response.mimetype == "text/event-stream" else SECURITY:
            response.headers.setdefault(name, SECURITY[name])
        response.headers["X-Request-Id"] = str(log.bound().get("request_id"))
        if request.path.startswith(API):
            response.headers.setdefault("Cache-Control", "no-store")
        if settings.secure:
            response.headers["Strict-Transport-Security"] = HSTS
        await wire.compress(response)
        return response


def _documentation(app: Quart) -> None:
    document = b""

    @app.get("/api/v1/openapi.json")
    @public("the description of the interface holds nothing of anybody")
    @limited("60/minute", by="client")
    @hide
    async def openapi() -> Response:
        """The description of the interface. It is made once: that takes 24 ms, and nothing of it changes."""
        nonlocal document
        document = document or encoded(app)
        return Response(document, content_type="application/json")


def _health(app: Quart, settings: Settings, ready: Ready, degraded: Degraded) -> None:
    @app.get("/healthz")
    @public("a load balancer asks")
    @unlimited("it does nothing")
    @hide
    async def healthz() -> str:
        """Alive: the event loop turns."""
        return "ok"

    @app.get("/readyz")
    @public("a load balancer asks")
    @unlimited("it is asked every few seconds, and tells nothing secret")
    @hide
    async def readyz() -> tuple[dict[str, bool | list[str]], int]:
        """Fit: the database is usable, and the process is not about to end. What is only degraded is said beside it."""
        parts = await ready()
        lacking = [sentence for name, sentence in DISPENSABLE.items() if not parts.get(name, True)]
        fit = all(usable for name, usable in parts.items() if name not in DISPENSABLE)
        return {**parts, "degraded": lacking + degraded()}, 200 if fit else 503

    @app.get("/metrics")
    @public("Prometheus asks, with a token of its own")
    @unlimited("it is asked every few seconds")
    @hide
    async def metrics() -> Response:
        """Prometheus text, for who has the token. In production there is nothing without one."""
        if settings.metrics_token:
            given = request.headers.get("Authorization", "")
            if not secrets.compare_digest(given.encode(), f"Bearer {settings.metrics_token}".encode()):
                raise Problem(401, "not_signed_in", "Send METRICS_TOKEN as a bearer token.")
        elif settings.environment == "production":
            raise NotFound()
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest  # where nobody asks, it is not loaded

        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


class IdConverter(BaseConverter):
    """`<id:id>` in a route. It matches any text, so that a malformed id gets the route's own 401 or 404."""

    def to_python(self, value: str) -> str:
        return canonical(value)


class PagePath(PathConverter):
    """`<page:path>`: not the interface's paths, or each would seem to take GET."""

    regex = rf"(?!{API.strip('/')}(?:/|$))[^/].*?"


def _page(app: Quart, folder: Path) -> None:
    app.url_map.converters["page"] = PagePath
    # Only a name of this list is ever opened, so that no path can ask the disk what else is on it.
    files = wire.files(folder)

    async def file(name: str, max_age_s: int) -> Any:
        if name not in files:
            raise NotFound()
        return await wire.file(folder, name, files[name], max_age_s)

    @app.get("/assets/<path:name>")
    @public("the page itself")
    @unlimited("cached for ever")
    @hide
    async def asset(name: str) -> Any:
        return await file(f"assets/{name}", YEAR_S)

    @app.get("/docs", defaults={"name": "index.html"}, strict_slashes=False)
    @app.get("/docs/<path:name>")
    @public("the documentation of the interface")
    @unlimited("a few static files")
    @hide
    async def docs(name: str) -> Any:
        return await file(f"docs/{name}", 0)

    @app.get("/", defaults={"path": ""})
    @app.get("/<page:path>")
    @public("the page itself; who is signed in, it asks the interface")
    @unlimited("one static file")
    @hide
    async def page(path: str) -> Any:
        """A file of the page, or the page: its router knows the rest of the paths."""
        if path in files:
            return await file(path, 0)
        if "index.html" not in files:
            raise Problem(503, "page_missing", "The page has not been built: run `make page`.")
        return await file("index.html", 0)
