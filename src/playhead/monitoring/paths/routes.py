"""Routes for admins about paths: what was found of each, and what an admin decides in its place."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from quart import Blueprint
from quart_schema import tag, validate_request, validate_response

from playhead import log
from playhead.accounts.access import admin_only
from playhead.accounts.guards import caller
from playhead.accounts.limits import limited
from playhead.errors import Problem
from playhead.live.clock import now as time_now
from playhead.monitoring.paths.health import SharedPathHealth
from playhead.monitoring.paths.judgement import Evidence, PathState
from playhead.monitoring.paths.ports import OVERRIDES_MAX, Override, PathRecord, PathStore
from playhead.openapi_marks import answers
from playhead.text import one_line

OVERRIDE_MAX = timedelta(days=30)
"""An override that nobody remembers would keep a path from what is found of it."""
RETRY_S = 5.0

logger = log.get(__name__)


class OverrideDocument(msgspec.Struct):
    """What an admin decided about a path: who, why, and until when."""

    state: PathState
    reason: str
    by: str
    until: datetime


class PathDocument(msgspec.Struct):
    """A path. `state`: the one that counts, null while nothing is certain; `judged`: without the override, since
    `since`, and `probe_at` is when it will be probed. The counts are of people within the last five minutes."""

    key: str
    host: str
    http_version: str
    colo: str | None
    via: str | None
    seen_at: datetime
    state: PathState | None
    judged: PathState | None
    since: datetime | None
    probe_at: datetime | None
    readers: int
    proven: int
    muted: int
    override: OverrideDocument | None


class PathList(msgspec.Struct):
    paths: list[PathDocument]


class NewOverride(msgspec.Struct):
    """`state` null lifts the override; the others are required with a state."""

    state: Literal["healthy", "buffered"] | None
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""
    until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


def routes(store: PathStore, health: SharedPathHealth) -> Blueprint:
    """Makes the blueprint."""
    blueprint = Blueprint("paths", __name__)

    async def documents() -> list[PathDocument]:
        now = await store.now()
        records = await store.records(now)
        evidence = await store.evidence(dict.fromkeys(records), now)  # of everybody in the window, whatever the state
        return [_document(path, record, evidence[path]) for path, record in records.items()]

    async def document_of(path: str) -> PathDocument:
        found = next((one for one in await documents() if one.key == path), None)
        if found is None:
            raise Problem(404, "path_not_found", "No reader came by this path lately.")
        return found

    @blueprint.get("/admin/paths")
    @admin_only
    @limited("120/minute", by="user")
    @tag(["admin"])
    @validate_response(PathList)
    async def list_paths() -> tuple[PathList, int]:
        """List the paths by which readers came lately, the last seen first, and whether each delivers streams."""
        with _refused():
            return PathList(await documents()), 200

    @blueprint.post("/admin/paths/<key>/override")
    @admin_only
    @limited("60/minute", by="user")
    @tag(["admin"])
    @validate_request(NewOverride)
    @validate_response(PathDocument)
    @answers(409, "As many overrides as may are in force.")
    async def override(key: str, data: NewOverride) -> tuple[PathDocument, int]:
        """Decide about a path in place of what is found of it, until a time; or lift that with `state` null."""
        made = _override(data)
        with _refused():
            await document_of(key)
            if not await store.set_override(key, made, await store.now()):
                raise Problem(409, "too_many_overrides", f"{OVERRIDES_MAX} overrides are in force: lift one first.")
            given = {} if made is None else {"reason": made.reason, "until": made.until.isoformat()}
            logger.info("a path was overridden", path=key, by=caller().email, state=data.state, **given)
            await health.refresh()
            return await document_of(key), 200

    return blueprint


def _override(data: NewOverride) -> Override | None:
    """The override that is asked for; None to lift it. Raises Problem 400 `invalid`."""
    if data.state is None:
        return None
    reason = one_line(data.reason)
    if not reason:
        raise Problem(400, "invalid", "An override needs a reason.")
    present = time_now()
    if data.until is None or not present < data.until <= present + OVERRIDE_MAX:
        raise Problem(400, "invalid", f"An override ends within {OVERRIDE_MAX.days} days.")
    return Override(PathState(data.state), reason, caller().email, data.until)


@contextmanager
def _refused() -> Iterator[None]:
    """Raises Problem 503 in place of the store's errors."""
    try:
        yield
    except OSError as error:
        logger.warning("the paths cannot be read", error=str(error))
        sentence = "The paths cannot be read now: try again."
        raise Problem(503, "store_gone", sentence, retry_after_s=RETRY_S) from None


def _document(path: str, record: PathRecord, evidence: Evidence) -> PathDocument:
    host, http_version, colo, via = path.split("~")
    judgement, override = record.judgement, record.override
    is_resting = record.judged is PathState.BUFFERED
    return PathDocument(
        key=path,
        host=host,
        http_version=http_version,
        colo=None if colo == "-" else colo,
        via=None if via == "-" else via,
        seen_at=datetime.fromtimestamp(record.seen_at, UTC),
        state=record.state,
        judged=record.judged,
        since=datetime.fromtimestamp(judgement.since, UTC) if judgement is not None else None,
        probe_at=datetime.fromtimestamp(judgement.since + judgement.rest_s, UTC) if judgement and is_resting else None,
        readers=evidence.readers,
        proven=evidence.proven,
        muted=evidence.muted,
        override=OverrideDocument(*msgspec.structs.astuple(override)) if override is not None else None,
    )
