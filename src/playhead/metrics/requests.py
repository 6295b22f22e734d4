"""Counts the requests of a web process by route and class of status, whoever answers them."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from quart import Quart, request

from playhead.metrics.catalog import NO_ROUTE
from playhead.metrics.metric import Metric
from playhead.metrics.metrics import Metrics

ROUTE = "playhead.route"
"""The key of the `Matched` in a request's scope."""
INTERNAL_ERROR = 500
READY = "/readyz"
"""Its 503 is the answer to what a load balancer asks, every few seconds of each deploy, and so no error."""

App = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]


class Matched:
    """The route of a request; middleware may copy the scope that it is in."""

    rule = NO_ROUTE


def note_routes(app: Quart) -> None:
    """Notes the route of each request. Call it before other `before_request` functions are added, which may refuse."""

    @app.before_request
    async def note() -> None:
        matched = request.scope.get(ROUTE)
        if isinstance(matched, Matched) and request.url_rule is not None:
            matched.rule = request.url_rule.rule


class CountedRequests:
    """ASGI middleware, the outermost one: counts a response when it begins, so streams too.

    Args:
        app: the ASGI app.
        metrics: counts.
        metric: of requests, with the rules of the app's routes.
    """

    def __init__(self, app: App, metrics: Metrics, metric: Metric) -> None:
        self._app, self._metrics, self._metric = app, metrics, metric

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        matched, is_counted = Matched(), False
        scope[ROUTE] = matched

        async def sending(message: Any) -> None:
            nonlocal is_counted
            if message["type"] == "http.response.start" and not is_counted:
                is_counted = True
                self.count(message["status"], matched.rule)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            if not is_counted:  # the server answers
                self.count(INTERNAL_ERROR, matched.rule)
            raise

    def count(self, status: int, route: str = NO_ROUTE) -> None:
        """Counts a response that the server itself sends, or one of the app."""
        if route == READY and status >= INTERNAL_ERROR:
            return
        self._metrics.add(self._metric, route, f"{status // 100}xx")
