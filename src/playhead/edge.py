"""Adds what all responses share: errors as problems, security headers, request ids, health checks, page and docs."""

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
from playhead.errors import Problem, database_gone
from playhead.ids import canonical
from playhead.live.errors import plain
from playhead.openapi import DESCRIPTION, Description, encoded
from playhead.routing import Rule
from playhead.storage import StorageGone

PAGE = Path(__file__).parent / "page"
"""The built page: `make page` builds it, and the wheel contains it."""
API = "/api/"
RETRY_STORAGE_S = 30.0
YEAR_S = 365 * 24 * 3600
"""Maximum age of files whose name contains a digest of their content."""
HSTS = f"max-age={YEAR_S}"
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "media-src 'self'; connect-src {connect}; manifest-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""OWASP ASVS 5.0, 3.4: the page connects to its own site only, and to its stream origin; no other site may frame it."""
STREAM_SECURITY = ("Cross-Origin-Resource-Policy", "X-Content-Type-Options")
"""Those of `SECURITY` that matter for a response that no browser displays; a stream's bytes are counted."""

OPTIONAL_PARTS = {
    "redis": "redis: unreachable: changes reach streams from the database, up to 30 s late",
    "flags": "flags: none have been read: everybody polls",
}
"""Parts without which a process is still ready, with the sentence for `degraded`. Such a part is away for all processes
at once: if none of them were ready, nobody could even poll."""
Ready = Callable[[], Awaitable[Mapping[str, bool]]]
Degraded = Callable[[], list[str]]


def install(app: Quart, settings: Settings, ready: Ready, page: Path = PAGE, *, degraded: Degraded = list) -> None:
    """Installs everything of the site except the API under `/api/v1`.

    Args:
        app: the app.
        settings: the settings of the process.
        ready: whether each part of the process is usable, by its name.
        page: the folder of the built page.
        degraded: describes what is wrong while the process is usable, in sentences that anybody may read.
    """
    app.config["MAX_CONTENT_LENGTH"] = None  # the body guard limits it while it is received
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the provider in use has it
    app.request_class = StrictRequest
    app.url_rule_class = Rule
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
    _health(app, ready, degraded)
    _page(app, page)


class StrictRequest(Request):
    """A request whose JSON body is decoded strictly (RFC 8259)."""

    async def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """Decodes the body. Raises Problem 400 `invalid`: not JSON, not UTF-8, a lone surrogate, or nested too deep."""
        try:
            return msgspec.json.decode(await self.get_data())
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Problem(400, "invalid", "The body is not JSON in UTF-8.") from None


def answer(refusal: Problem) -> Response:
    """Makes the `application/problem+json` response of a problem (RFC 9457)."""
    headers = {"Cache-Control": "no-store"}
    if refusal.retry_after_s is not None:
        headers["Retry-After"] = str(math.ceil(refusal.retry_after_s))
    body = msgspec.json.encode(refusal.document())
    return Response(body, refusal.status, headers, content_type="application/problem+json")


def headers_of_refusals(settings: Settings) -> dict[str, str]:
    """Makes the headers of a response that is sent without calling the app."""
    secure = {"Strict-Transport-Security": HSTS} if settings.secure else {}
    return _security(settings) | secure | {"Cache-Control": "no-store"}


def headers_of_streams(settings: Settings) -> dict[str, str]:
    """Makes the headers that every event stream has, as `headers_of_refusals` has them."""
    every = headers_of_refusals(settings)
    return {name: value for name, value in every.items() if name not in SECURITY or name in STREAM_SECURITY}


def _security(settings: Settings) -> dict[str, str]:
    """`SECURITY`, with what the page may connect to."""
    connect = f"'self' {settings.stream_origin}".rstrip()
    return {name: value.replace("{connect}", connect) for name, value in SECURITY.items()}


def _errors(app: Quart) -> None:
    @app.errorhandler(Problem)
    async def expected(error: Problem) -> Response:
        return answer(error)

    @app.errorhandler(RequestSchemaValidationError)
    async def invalid(error: RequestSchemaValidationError) -> Response:
        return answer(Problem(400, "invalid", f"The request is invalid: {error.validation_error}."))

    @app.errorhandler(DatabaseGone)
    async def without_database(_: DatabaseGone) -> Response:
        return answer(database_gone())

    @app.errorhandler(StorageGone)
    async def storage_gone(_: StorageGone) -> Response:
        sentence = "The storage cannot be reached: try again."
        return answer(Problem(503, "storage_gone", sentence, retry_after_s=RETRY_STORAGE_S))

    @app.errorhandler(HTTPException)
    async def refused(error: HTTPException) -> Response:
        status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
        response = answer(plain(status, error.description or HTTPStatus(status).phrase))
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # RFC 9110, 15.5.6
        return response

    @app.errorhandler(Exception)
    async def unexpected(_: Exception) -> Response:
        request_id = log.bound().get("request_id")
        log.get(__name__).exception("request failed", path=request.path)
        return answer(Problem(500, "internal", f"Something went wrong on our side. Report this id: {request_id}."))


def _every_answer(app: Quart, settings: Settings) -> None:
    security = _security(settings)

    @app.before_request
    async def bind_request() -> None:
        bind_request_id()

    @app.after_request
    async def add_headers(response: Response) -> Response:
        for name in STREAM_SECURITY if response.mimetype == "text/event-stream" else SECURITY:
            response.headers.setdefault(name, security[name])
        response.headers["X-Request-Id"] = str(log.bound().get("request_id"))
        if request.path.startswith(API):
            response.headers.setdefault("Cache-Control", "no-store")
        if settings.secure:
            response.headers["Strict-Transport-Security"] = HSTS
        await wire.compress(response)
        return response


def bind_request_id() -> str:
    """Gives the present request a new id, which its log lines have from now on."""
    log.clear()
    request_id = secrets.token_hex(6)
    log.bind(request_id=request_id)
    return request_id


def _documentation(app: Quart) -> None:
    document = b""

    @app.get("/api/v1/openapi.json")
    @public("the description of the API contains no personal data")
    @limited("60/minute", by="client")
    @hide
    async def openapi() -> Response:
        """Return the OpenAPI description, which is made once: that takes 24 ms, and it never changes."""
        nonlocal document
        document = document or encoded(app)
        return Response(document, content_type="application/json")


def _health(app: Quart, ready: Ready, degraded: Degraded) -> None:
    @app.get("/healthz")
    @public("a load balancer asks")
    @unlimited("it does nothing")
    @hide
    async def healthz() -> str:
        """Report that the event loop runs."""
        return "ok"

    @app.get("/readyz")
    @public("a load balancer asks")
    @unlimited("it is requested every few seconds, and its result is cached")
    @hide
    async def readyz() -> tuple[dict[str, bool | list[str]], int]:
        """Report whether the process is ready: the database is usable, and the process is not draining."""
        parts = await ready()
        lacking = [sentence for name, sentence in OPTIONAL_PARTS.items() if not parts.get(name, True)]
        is_ready = all(usable for name, usable in parts.items() if name not in OPTIONAL_PARTS)
        return {**parts, "degraded": lacking + degraded()}, 200 if is_ready else 503


class IdConverter(BaseConverter):
    """Converts `<id:id>` in a route; it matches any text, so that a malformed id gets the route's own 401 or 404."""

    def to_python(self, value: str) -> str:
        return canonical(value)


class PagePath(PathConverter):
    """Matches `<page:path>` except the API's paths, which would otherwise all seem to support GET."""

    regex = rf"(?!{API.strip('/')}(?:/|$))[^/].*?"


def _page(app: Quart, folder: Path) -> None:
    app.url_map.converters["page"] = PagePath
    # Only names of this list are opened, so that no request can probe the disk.
    files = wire.files(folder)

    async def file(name: str, max_age_s: int) -> Any:
        if name not in files:
            raise NotFound()
        return await wire.file(folder, name, files[name], max_age_s)

    @app.get("/assets/<path:name>")
    @public("the page itself")
    @unlimited("browsers cache it for a year")
    @hide
    async def asset(name: str) -> Any:
        return await file(f"assets/{name}", YEAR_S)

    @app.get("/docs", defaults={"name": "index.html"}, strict_slashes=False)
    @app.get("/docs/<path:name>")
    @public("the documentation of the API")
    @unlimited("a few static files")
    @hide
    async def docs(name: str) -> Any:
        return await file(f"docs/{name}", 0)

    @app.get("/", defaults={"path": ""})
    @app.get("/<page:path>")
    @public("the page itself; it asks the API who is signed in")
    @unlimited("one static file")
    @hide
    async def page(path: str) -> Any:
        """Serve a file of the page, or index.html for the paths of the page's router."""
        if path in files:
            return await file(path, 0)
        if "index.html" not in files:
            raise Problem(503, "page_missing", "The page has not been built: run `make page`.")
        return await file("index.html", 0)
