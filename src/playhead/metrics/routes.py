"""`GET /metrics` of a web process."""

import asyncio
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from quart import Quart, Response, request
from quart_schema import hide

from playhead.accounts.access import public
from playhead.accounts.limits import unlimited
from playhead.config import Settings
from playhead.metrics import access
from playhead.metrics.metric import Metric
from playhead.metrics.metrics import Metrics

if TYPE_CHECKING:
    from playhead.metrics.exposition import Collected, Exposition

RULE = "/metrics"


def install(app: Quart, settings: Settings, metrics: Metrics, counted: Sequence[Metric]) -> None:
    """Adds the route.

    Args:
        app: the app.
        settings: the settings of the process.
        metrics: the values.
        counted: the metrics that this process counts.
    """

    @cache
    def exposition() -> "Exposition":
        from playhead.metrics.exposition import Exposition  # a twentieth of the start, and many sites read no metrics

        return Exposition(counted)

    def text(collected: "Collected", accept: str) -> tuple[bytes, str]:
        return exposition().text(collected, accept)

    @app.get(RULE)
    @public("Prometheus asks, with a token of its own")
    @unlimited("it is requested every few seconds, and its text is made in a thread")
    @hide
    async def read_metrics() -> Response:
        """Return Prometheus text to holders of METRICS_TOKEN; 404 without the setting, but for one's own machine."""
        access.check(settings, settings.host, request.headers.get("Authorization", ""))
        # The values are read here, because gauges read what belongs to the event loop.
        body, content_type = await asyncio.to_thread(text, metrics.collect(), request.headers.get("Accept", ""))
        return Response(body, headers={"Cache-Control": "no-store"}, content_type=content_type)
