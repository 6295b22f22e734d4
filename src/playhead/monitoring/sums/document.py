"""The document of `GET /admin/health`: ids and numbers; the page has the words."""

from datetime import datetime

import msgspec

from playhead.monitoring.sums.histogram import Quantiles
from playhead.monitoring.sums.objectives import CheckState
from playhead.monitoring.sums.ranges import RangeName


class Check(msgspec.Struct):
    """A promise and how it is kept. `count`: from how many things (of `uptime` seconds) the value was measured."""

    id: str
    state: CheckState
    value: float | None
    goal: float
    bad: float
    count: int


class Now(msgspec.Struct):
    """The gauges of all processes within the last half minute; null: no process reports it."""

    streams_open: float | None
    waits_open: float | None
    people: float | None
    queue_depth: float | None
    queue_oldest_s: float | None
    running: float | None
    flags_age_s: float | None


class Rating(msgspec.Struct):
    """People's answers from 1 to 5; `mean` is null without any."""

    mean: float | None
    count: int


class Totals(msgspec.Struct):
    """The sums of the range. Shares, means and `speed` (seconds of audio for a second of work) are null of nothing."""

    watches: int
    watched_s: float
    uptime: float | None
    fresh: float | None
    streams_opened: int
    requests: int
    requests_saved: float
    bytes_saved: float
    lag_ms: Quantiles
    write_ms: Quantiles
    establish_ms: Quantiles
    connect_ms: Quantiles
    first_event_ms: Quantiles
    first_data_ms: Quantiles
    final_ms: Quantiles
    speed: float | None
    audio_s: float
    completed: int
    failed: int
    rating: Rating


class ModeShare(msgspec.Struct):
    mode: str
    seconds: float


class TransportShare(msgspec.Struct):
    mode: str
    reason: str
    count: int


class ReasonShare(msgspec.Struct):
    reason: str
    count: int


class HarmShare(msgspec.Struct):
    harm: str
    count: int


class FailureShare(msgspec.Struct):
    by: str
    count: int


class ErrorShare(msgspec.Struct):
    """Requests to a route that were answered with `4xx` or `5xx`."""

    route: str
    status: str
    count: int


class Shares(msgspec.Struct):
    """What the totals consist of, largest first."""

    modes: list[ModeShare]
    transport: list[TransportShare]
    ended: list[ReasonShare]
    fallbacks: list[ReasonShare]
    harms: list[HarmShare]
    failures: list[FailureShare]
    errors: list[ErrorShare]


Numbers = list[float | None]


class Series(msgspec.Struct):
    """A number for each step; null: no data."""

    streams_open: Numbers
    waits_open: Numbers
    people: Numbers
    seconds_stream: Numbers
    seconds_wait: Numbers
    seconds_poll: Numbers
    seconds_none: Numbers
    uptime: Numbers
    lag_p50_ms: Numbers
    lag_p95_ms: Numbers
    lag_p99_ms: Numbers
    write_p50_ms: Numbers
    write_p95_ms: Numbers
    write_p99_ms: Numbers
    establish_p50_ms: Numbers
    establish_p95_ms: Numbers
    establish_p99_ms: Numbers
    requests: Numbers
    requests_saved: Numbers
    bytes_saved: Numbers
    errors_5xx: Numbers
    jobs_failed: Numbers
    speed: Numbers
    queue_depth: Numbers
    queue_oldest_s: Numbers
    running: Numbers
    rating: Numbers


class Health(msgspec.Struct):
    """How it goes, measured by all processes. `at`: when each step begins, in seconds since 1970."""

    range: RangeName
    since: datetime = msgspec.field(name="from")
    until: datetime
    step_s: int
    processes: dict[str, int]
    state: CheckState
    checks: list[Check]
    now: Now
    totals: Totals
    shares: Shares
    at: list[int]
    series: Series
