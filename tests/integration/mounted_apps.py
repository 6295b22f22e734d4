"""Apps of each framework with one route and one WebSocket of their own, and `Live` in them at `/live`."""

from typing import Any

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from fastapi import FastAPI
from quart import Quart, websocket
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from playhead.live import Live

OTHER = "the app's own"
"""What `/other` answers."""


async def starlette_route(request: Request) -> Response:
    return PlainTextResponse(OTHER)


async def starlette_socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


async def passes_on(request: Request, call_next: RequestResponseEndpoint) -> Response:
    return await call_next(request)


def in_starlette(live: Live, *middleware: Middleware) -> Any:
    routes = [Mount("/live", live), Route("/other", starlette_route), WebSocketRoute("/socket", starlette_socket)]
    return Starlette(routes=routes, middleware=middleware)


def in_starlette_behind_middleware(live: Live) -> Any:
    return in_starlette(live, Middleware(BaseHTTPMiddleware, dispatch=passes_on))


def in_fastapi(live: Live) -> Any:
    app = FastAPI()
    app.mount("/live", live)
    app.add_api_route("/other", lambda: OTHER)
    app.add_api_websocket_route("/socket", starlette_socket)
    return app


def around_quart(live: Live) -> Any:
    app = Quart(__name__)
    app.add_url_rule("/other", view_func=quart_route)
    app.websocket("/socket")(quart_socket)
    app.asgi_app = live.wrap(app.asgi_app)  # type: ignore[method-assign]  # Quart's documented way to wrap an app
    return app


async def quart_route() -> str:
    return OTHER


async def quart_socket() -> None:
    await websocket.accept()


def django_route(request: HttpRequest) -> HttpResponse:
    return HttpResponse(OTHER)


urlpatterns = [path("other", django_route)]


def around_django(live: Live) -> Any:
    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["*"], LOGGING_CONFIG=None, ROOT_URLCONF=__name__, SECRET_KEY="secret")
        django.setup()
    return live.wrap(get_asgi_application())


MOUNTED = [in_starlette, in_starlette_behind_middleware, in_fastapi]
WRAPPED = [around_quart, around_django]
