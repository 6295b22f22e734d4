"""The route for admins that answers how it goes."""

from datetime import datetime
from functools import partial

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_querystring, validate_response
from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from playhead.accounts.access import admin_only
from playhead.accounts.limits import limited
from playhead.cached_value import CachedValue
from playhead.db import Database, present
from playhead.monitoring.sums.document import Health
from playhead.monitoring.sums.health import health
from playhead.monitoring.sums.models import SumRow
from playhead.monitoring.sums.ranges import RANGES, RangeName
from playhead.monitoring.sums.reading import Row
from playhead.monitoring.sums.slices import in_slices

MAX_AGE_S: dict[RangeName, float] = {"now": 2.0, "hour": 2.0, "day": 10.0, "month": 60.0}
"""How long an answer is reused in a process, for several admins and several pages: a thirtieth of a step at most. A
month takes half a second of work."""
ROWS = 100
"""Rows that are fetched at once: the event loop goes on between two fetches, of which each takes a millisecond."""


class HealthQuery(msgspec.Struct):
    range: RangeName = "hour"


def routes(database: Database) -> Blueprint:
    """Makes the blueprint."""
    blueprint = Blueprint("health", __name__)

    async def made(name: RangeName) -> Health:
        return await in_slices(health(name, *await database.run(rows, name)))

    cached = {name: CachedValue(partial(made, name), max_age_s) for name, max_age_s in MAX_AGE_S.items()}

    @blueprint.get("/admin/health")
    @admin_only
    @limited("120/minute", by="user")
    @tag(["admin"])
    @validate_querystring(HealthQuery)
    @validate_response(Health)
    async def read_health(query_args: HealthQuery) -> tuple[Health, int]:
        """See how it goes: whether people get their words in time, how, and why not, over all processes."""
        return await cached[query_args.range].get(), 200

    return blueprint


def rows(db: Db, name: RangeName) -> tuple[datetime, list[Row]]:
    """The time of the database, and the rows of a range that ends now. One statement: rows are thinned meanwhile."""
    moment = present(db)
    row = SumRow
    columns = select(row.begins_at, row.span_s, row.source, row.updated_at, row.reading)
    query = columns.where(row.begins_at >= RANGES[name].begin(moment)).execution_options(yield_per=ROWS)
    return moment, [Row(*found) for found in db.execute(query)]
