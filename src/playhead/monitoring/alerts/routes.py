"""The routes about alerts: for admins how they stand, and the runbooks, which need no database."""

from functools import partial

from quart import Blueprint, Response, abort
from quart_schema import hide, tag, validate_response

from playhead.accounts.access import admin_only, public
from playhead.accounts.limits import limited
from playhead.cached_value import CachedValue
from playhead.db import Database
from playhead.monitoring.alerts.document import AlertsDocument
from playhead.monitoring.alerts.reading import read
from playhead.monitoring.alerts.runbooks import text_of

MAX_AGE_S = 2.0
"""How long an answer is reused in a process, for several admins and several pages."""


def routes(database: Database, *, webhook: bool, telemetry: bool) -> Blueprint:
    """Makes the blueprint. `webhook`: whether notices of incidents are posted; `telemetry`: whether pages report."""
    blueprint = Blueprint("alerts", __name__)
    cached = CachedValue(partial(database.run, read, webhook=webhook, telemetry=telemetry), MAX_AGE_S)

    @blueprint.get("/admin/alerts")
    @admin_only
    @limited("120/minute", by="user")
    @tag(["admin"])
    @validate_response(AlertsDocument)
    async def read_alerts() -> tuple[AlertsDocument, int]:
        """See what is wrong, what was, and how each alert stands."""
        return await cached.get(), 200

    return blueprint


def runbook_routes() -> Blueprint:
    """Makes the blueprint of the runbooks, outside the API."""
    blueprint = Blueprint("runbooks", __name__)

    @blueprint.get("/runbooks/<slug>")
    @public("they are in the public source, and are needed where nobody can sign in any more")
    @limited("60/minute", by="client")
    @hide
    async def read_runbook(slug: str) -> Response:
        """Return a runbook as text, which is readable as it is."""
        text = text_of(slug)
        if text is None:
            abort(404)
        return Response(text, content_type="text/plain; charset=utf-8")

    return blueprint
