"""The route by which pages report what people saw. A report is trusted for statistics, and for nothing else."""

import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

import msgspec
from quart import Blueprint, Response, request
from quart_schema import tag, validate_request

from playhead.accounts.access import signed_in_or_canary
from playhead.accounts.guards import caller
from playhead.accounts.limits import limited
from playhead.accounts.models import User
from playhead.adapters.live_quart import current
from playhead.errors import Problem
from playhead.ids import CANONICAL
from playhead.live.endpoints import SERVER_TIME
from playhead.live.path import ClientPath, StreamOrigin, client_path
from playhead.monitoring.paths.ports import Outcome
from playhead.monitoring.watches.report import BUCKETS, Report
from playhead.openapi_marks import answers

BODY_BYTES = 8192
"""A report has less than 1,500; the rest is for what will be added to it."""
REPORTS = "120/minute"
"""Of one person: 20 tabs send 20 a minute, and one more each at the first harm, when hidden and at the end."""
BY_TICKET = ":ticket"

Number = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Amount = Annotated[float, msgspec.Meta(ge=0, le=2.0**53)]
"""Finite: JSON has no NaN and no Infinity, and 1e999 is above the bound."""
Word = Annotated[str, msgspec.Meta(max_length=32, pattern="^[a-z0-9_./-]*$")]
Pair = tuple[Amount, Amount]
Lags = Annotated[list[Amount], msgspec.Meta(min_length=BUCKETS + 1, max_length=BUCKETS + 1)]

NotePath = Callable[[ClientPath, str, str, int, Outcome], None]
"""Notes what a page of a person saw of a path: path, person, page, number of the report, outcome. Returns at once."""
NoteTrace = Callable[[User, str, str, Report], Awaitable[None]]
"""Records what a page reported in the trace of a session: person, session, trace, report. Does not raise."""
NoteReport = Callable[[User, str | None, str, int, Report], None]
"""Notes a report: person, session (None: their list), page, number of the report, report. Returns at once."""


class Seconds(msgspec.Struct):
    """By transport: seconds in which the visible page followed what is not final, and those with fresh data."""

    stream: Pair = (0, 0)
    wait: Pair = (0, 0)
    poll: Pair = (0, 0)
    none: Pair = (0, 0)


class LagsByMode(msgspec.Struct):
    """By transport: 16 counts of statuses by their lag, then the sum of the lags in ms. The buckets end at 1, 2, 5, 10,
    25, 50, 75, 100, 150, 250, 500, 1000, 2500, 5000 and 10000 ms; the last has no end."""

    stream: Lags | None = None
    wait: Lags | None = None
    poll: Lags | None = None


class Telemetry(msgspec.Struct):
    """What a page saw since its last report.

    Args:
        page: a random id that the page made for itself.
        seq: counts the reports of the page, from 1. One that is not above the last is ignored.
        transport: how the page gets statuses now, and `reason` why not by a stream.
        session_id: what it follows; null: the list of all.
        trace_id: that of the newest status of the session, if it has one.
        protocol: of the connection, as the browser names it.
        elapsed_s: since the page began to follow it.
        seconds: by transport: watched, and fresh.
        allowed: the same of the time in which the server allowed this person to stream.
        connect_ms: from the request of a stream to its head; `first_event_ms` to the first event of the newest stream;
            `first_data_ms` from the beginning to the first data, once.
        lag_ms: of statuses, from their change to their paint.
        rtt_ms: of the sample by which the page has the server's clock.
        max_age_ms: the oldest that shown data became.
        proven: streams that delivered two events half a second apart; `mutes`: nothing; `stalls`: nothing any more.
        gaps: statuses that a stream lost; `reconnects`: streams opened again after one that failed; `fallbacks`: times
            polling took over because streams fail; `held`: updates painted 10 s late or more; `page_errors`: uncaught.
        proven_by_ticket, mutes_by_ticket, stalls_by_ticket: those of them that were opened by ticket.
        final_lag_ms: from the final status to its paint, once.
        end: nobody looks at it on this page any more: it is hidden, put away, or follows no longer.
    """

    page: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$", max_length=16)]
    seq: Number
    transport: Literal["stream", "wait", "poll", "none"]
    session_id: Annotated[str, msgspec.Meta(pattern=f"^{CANONICAL}$", max_length=36)] | None = None
    trace_id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", max_length=32)] | None = None
    reason: Word | None = None
    protocol: Word = ""
    elapsed_s: Amount = 0
    seconds: Seconds = msgspec.field(default_factory=Seconds)
    allowed: Pair = (0, 0)
    connect_ms: Amount | None = None
    first_event_ms: Amount | None = None
    first_data_ms: Amount | None = None
    lag_ms: LagsByMode = msgspec.field(default_factory=LagsByMode)
    rtt_ms: Amount | None = None
    max_age_ms: Amount = 0
    proven: Count = 0
    mutes: Count = 0
    stalls: Count = 0
    proven_by_ticket: Count = 0
    mutes_by_ticket: Count = 0
    stalls_by_ticket: Count = 0
    gaps: Count = 0
    reconnects: Count = 0
    fallbacks: Count = 0
    held: Count = 0
    page_errors: Count = 0
    final_lag_ms: Amount | None = None
    end: bool = False

    @property
    def outcome(self) -> Outcome | None:
        """What it says of the path of its request; None: nothing."""
        harms = self.mutes - self.mutes_by_ticket, self.stalls - self.stalls_by_ticket
        return _outcome(self.proven - self.proven_by_ticket, *harms)

    @property
    def outcome_by_ticket(self) -> Outcome | None:
        """What it says of the path to the stream origin; None: nothing."""
        return _outcome(self.proven_by_ticket, self.mutes_by_ticket, self.stalls_by_ticket)

    @property
    def report(self) -> Report:
        """The same without who reports."""
        seconds, lags = msgspec.structs.asdict(self.seconds), msgspec.structs.asdict(self.lag_ms)
        same = {name: getattr(self, name) for name in Report.__dataclass_fields__}
        same |= {
            "reason": self.reason or "",
            "seconds": {mode: pair for mode, pair in seconds.items() if any(pair)},
            "lag_ms": {mode: tuple(one) for mode, one in lags.items() if one is not None},
        }
        return Report(**same)


def _outcome(proven: int, mutes: int, stalls: int) -> Outcome | None:
    if mutes > 0 or stalls > 0:
        return Outcome.MUTED
    return Outcome.PROVEN if proven > 0 else None


def routes(
    note_path: NotePath,
    note_report: NoteReport,
    origin: StreamOrigin | None = None,
    note_trace: NoteTrace | None = None,
) -> Blueprint:
    """Makes the blueprint.

    Args:
        origin: where streams are opened by ticket; None: nowhere.
        note_trace: records reports in traces; None: nothing is traced.
    """
    blueprint = Blueprint("telemetry", __name__)

    @blueprint.before_request
    async def bound() -> None:
        if len(await request.get_data()) > BODY_BYTES:
            raise Problem(413, "too_large", f"A report may have {BODY_BYTES} bytes.")

    @blueprint.post("/telemetry")
    @signed_in_or_canary
    @limited(REPORTS, by="user")
    @tag(["status"])
    @validate_request(Telemetry)
    @answers(202, "It is noted. `Playhead-Server-Time` is in ms since 1970.")
    @answers(413, "The report has more than 8 KB.")
    async def report(data: Telemetry) -> Response:
        """Report what a page saw: whether its words came in time, and which path holds streams back."""
        if (outcome := data.outcome) is not None:
            note_path(client_path(current()), caller().id, data.page, data.seq, outcome)
        if origin is not None and (outcome := data.outcome_by_ticket) is not None:
            # A page of its own: of one page, only the first of two reports with the same number counts.
            note_path(origin.path, caller().id, f"{data.page}{BY_TICKET}", data.seq, outcome)
        note_report(caller(), data.session_id, data.page, data.seq, data.report)
        if note_trace is not None and data.session_id is not None and data.trace_id is not None:
            await note_trace(caller(), data.session_id, data.trace_id, data.report)
        return Response(b"", status=202, headers={SERVER_TIME: str(int(time.time() * 1000))})

    return blueprint
