"""The catalog: every metric of Playhead, by who counts it. The sums by the minute and Grafana use the same names.

Each label has a closed set of values, so the number of series has a bound (`tests/unit/metrics`).
"""

from collections.abc import Collection, Mapping, Sequence

from playhead.live.observer import LAG_EDGES, EndedWithoutGoodbye, PollAnswer, PollKind
from playhead.live.policy import GoodbyeReason, Mode, Reason
from playhead.metrics.metric import Across, Kind, Metric
from playhead.sessions.status import Stage

WAIT_EDGES = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)
"""Seconds, for what people wait for: stages of a task, the queue."""
SPEED_EDGES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 5.0)
"""Seconds of work for a second of audio: below 1 a worker is faster than the recording."""

MODES = (*(mode.value for mode in Mode), "none")
REASONS = tuple(reason.value for reason in Reason)
STAGES = tuple(stage.value for stage in Stage)
ENDS = tuple(reason.value for reason in (*GoodbyeReason, *EndedWithoutGoodbye))
CLASSES = ("2xx", "3xx", "4xx", "5xx")
NO_ROUTE = "none"
"""The route of requests that match none, or are refused before it is looked for."""
SOURCES = ("browser", "server")
"""Who measured: the browser, or the server in place of a page that reported nothing."""
HARMS = ("mute", "never_established", "final_late", "final_missing", "fallback", "slow", "page_error")
"""What may happen to a person who watches; each at most once for a person and session."""
EFFECTS = ("watched", "silent", "fresh", "lag", "established", "finals", "fallback", "fallback_later")
"""What alerts count people by: that they watched, and a page reported it or none did; that they missed this objective,
or fell back to polling, and did so (`fallback_later`) more than an hour after they were counted as watching."""
BROWSER_REASONS = (
    *("flag_off", "kill_switch", "flags_unavailable", "buffered", "at_capacity", "draining", "replaced", "server"),
    *("unsupported", "manual", "mute", "stalled", "network", "http", "busy", "bad_payload"),
)
"""Why a page fell back to polling: the reasons of `@playhead/live`."""


def _counter(name: str, text: str, **labels: Sequence[str]) -> Metric:
    return Metric(name=name, kind=Kind.COUNTER, text=text, labels={key: tuple(to) for key, to in labels.items()})


def _gauge(name: str, text: str, across: Across = Across.SUM) -> Metric:
    return Metric(name=name, kind=Kind.GAUGE, text=text, across=across)


def _histogram(name: str, text: str, edges: Sequence[float] = LAG_EDGES, **labels: Sequence[str]) -> Metric:
    closed = {key: tuple(to) for key, to in labels.items()}
    return Metric(name=name, kind=Kind.HISTOGRAM, text=text, labels=closed, edges=edges)


# Streams, as the kernel's observer reports them.
STREAMS_OPEN = _gauge("streams_open", "Streams that are open now")
STREAMS_OPENED = _counter("streams_opened", "Streams that were opened")
STREAMS_ESTABLISHED = _counter("streams_established", "Streams whose first event the server took")
STREAMS_ENDED = _counter("streams_ended", "Streams that ended, by goodbye or why there was none", reason=ENDS)
STREAM_ESTABLISH = _histogram("stream_establish_seconds", "Time from opening a stream to its first event")
STREAM_EVENTS = _counter("stream_events", "Events written to streams")
STREAM_BYTES = _counter("stream_bytes", "Bytes of the events written to streams")
WRITE_LAG = _histogram("status_write_lag_seconds", "Time from a status to its write to an open stream")
STATUSES_CONFLATED = _counter("statuses_conflated", "Statuses that a newer one replaced before they were written")
READERS_CUT = _counter("readers_cut", "Readers that were cut off because they took nothing")
GAPS = _counter("gaps", "Gaps after which readers read the database again", scope=("topic", "all"))
TRANSPORTS = _counter("transport_choices", "Answers of the policy to streams and polls", mode=MODES, reason=REASONS)
STATUS_REQUESTS = _counter(
    "status_requests", "Polls, held or not, by whether they had something new (304: no)",
    kind=[kind.value for kind in PollKind], answer=[answer.value for answer in PollAnswer],
)  # fmt: skip
STATUS_BYTES = _counter("status_bytes", "Bytes of the bodies of polls' answers")
WAITS_OPEN = _gauge("waits_open", "Polls that are held now")

# Publishing, in a web process and in a worker.
PUBLISHED = _counter("published", "Statuses that the broker took")
PUBLISH_RETRIES = _counter(
    "publish_retries", "Tries to publish a status that failed; it, or a newer one, is tried again"
)
PUBLISH_DROPS = _counter("publish_drops", "Statuses that were given up")
PUBLISHER_WAITING = _gauge("publisher_waiting", "Statuses that wait to be published")

# Tracing, in a web process and in a worker.
TRACE_SPANS = _counter("trace_spans", "Spans of traces, by what became of them", outcome=("sent", "failed", "dropped"))

# The web process.
UPLOADS = _counter("uploads", "Uploads, by how they ended", outcome=("accepted", "refused", "broken_off"))
UPLOAD_BYTES = _counter("upload_bytes", "Bytes of recordings that were received")
SWEPT = _counter(
    "swept", "What was mended or deleted in the background",
    work=("sent_again", "recovered", "orphan", "old_session", "old_recording", "old_upload"),
)  # fmt: skip
CANARY_ROUNDS = _counter(
    "canary_rounds", "Rounds of canaries, by leg and how it ended",
    leg=("stream", "poll"), outcome=("passed", "failed", "not_allowed"),
)  # fmt: skip
FLAGS_AGE = _gauge("flags_age_seconds", "Time since the flags were last confirmed by their source", Across.MAX)
LOOP_LAG = _histogram("event_loop_lag_seconds", "How late the event loop runs a timer, measured every half second")
MEMORY = _gauge("memory_ratio", "Memory of the process as a share of the limit of its container", Across.MAX)
PEOPLE = _gauge("people", "People who followed something in the last minute, through this process")
REDIS_MEMORY = _gauge("redis_memory_ratio", "Memory of the fullest Redis as a share of its maxmemory", Across.MAX)
REDIS_AGE = _gauge("redis_answer_age_seconds", "Time since Redis last answered this process", Across.MAX)
DATABASE_AGE = _gauge(
    "database_answer_age_seconds", "Time since the database last took a write of this process", Across.MAX
)
DISK_USED = _gauge(
    "disk_used_ratio", "The fullest file system that the process writes to, by space or by number of files", Across.MAX
)
QUEUE_DEPTH = _gauge("queue_depth", "Sessions that wait for a worker", Across.MAX)
QUEUE_AGE = _gauge("queue_oldest_seconds", "How long the session at the head of the queue has waited", Across.MAX)
QUEUE_UNTAKEN = _gauge(
    "queue_untaken_seconds", "How long sessions have waited while no worker had any session", Across.MAX
)
RUNNING = _gauge("sessions_running", "Sessions that are transcribed now", Across.MAX)
STALLED = _gauge("sessions_stalled", "Of these, those without progress for longer than a worker allows", Across.MAX)

# The worker.
ATTEMPTS = _counter(
    "attempts", "Attempts, by how they ended",
    outcome=("completed", "failed", "canceled", "postponed", "released", "lost", "gave_up"),
)  # fmt: skip
FAILURES = _counter("session_failures", "Sessions that failed, by who can mend it", by=("us", "recording"))
STAGE_TIME = _histogram("stage_seconds", "Time of an attempt in a stage", WAIT_EDGES, stage=STAGES)
QUEUE_WAIT = _histogram("queue_wait_seconds", "Time from queueing a session to its first attempt", WAIT_EDGES)
REALTIME_FACTOR = _histogram("realtime_factor_ratio", "Seconds of work for a second of audio, by session", SPEED_EDGES)
AUDIO_TIME = _counter("transcribed_audio_seconds", "Audio that was transcribed")
WORK_TIME = _counter("transcription_seconds", "Time that its transcription took")
CHILDREN = _gauge("worker_children", "Processes of the worker that have run a task")

# What browsers report.
REPORTS = _counter("browser_reports", "Reports of pages that were counted")
REPORTS_REFUSED = _counter("browser_reports_refused", "Reports ignored", why=("repeated", "unmatched", "too_many"))
WATCH_TIME = _counter(
    "watch_seconds", "Time that visible pages followed what was not final", mode=MODES, source=SOURCES
)
FRESH_TIME = _counter("watch_fresh_seconds", "The part of it in which the data were fresh", mode=MODES, source=SOURCES)
UP_TIME = _counter("allowed_seconds", "The part of watching by those who were allowed to stream", source=SOURCES)
UP_FRESH_TIME = _counter("allowed_fresh_seconds", "The part of that in which the data were fresh", source=SOURCES)
CONNECT = _histogram("browser_connect_seconds", "Time from requesting a stream to its head, in the browser")
FIRST_EVENT = _histogram("browser_first_event_seconds", "Time to the first event of a stream, in the browser")
FIRST_DATA = _histogram("browser_first_data_seconds", "Time to the first data that are shown", mode=MODES)
PAINT_LAG = _histogram(
    "paint_lag_seconds", "Time from a status to its paint; precise if the clock's error is at most 25 ms",
    mode=MODES, precise=("yes", "no"),
)  # fmt: skip
DATA_AGE = _histogram("browser_data_age_seconds", "The oldest that shown data became between two reports")
BROWSER_EVENTS = _counter(
    "browser_events", "What happened to the streams of pages",
    kind=("gap", "mute", "stall", "reconnect", "fallback", "proven", "not_begun", "page_error"),
)  # fmt: skip
FALLBACKS = _counter("browser_fallbacks", "Pages that fell back to polling, by reason", reason=BROWSER_REASONS)
FINALS = _counter("finals", "Final statuses waited for", outcome=("in_time", "late", "missing"), source=SOURCES)
FINAL_LAG = _histogram("final_lag_seconds", "Time from a final status to its paint", WAIT_EDGES)
WATCHES = _counter("watches", "People who followed a session, once for each", source=SOURCES)
HARMED = _counter("watches_harmed", "Watches in which something happened", harm=HARMS, sampled=("yes", "no"))
AFFECTED = _counter("people_affected", "People to whom it happened, each at most once in six hours", what=EFFECTS)

# What dashboards show of these, wherever they are drawn (CONTRACT, §9).
BEGUN, TRIED = "proven", ("proven", "not_begun")
"""The kinds of `BROWSER_EVENTS` that are streams that began, and streams of which it is known whether they did. The
server alone cannot tell: whatever it writes, a proxy takes."""
SHOWN_LAGS = {"mode": "stream", "precise": "yes"}
"""The lags of which shares and quantiles are shown. A poll comes seconds later by design."""
SHOWN_HARMS = {"sampled": "yes"}
"""The harms that are counted: they stand for those of everybody, also of who is outside the sample."""

# People's own words.
FEEDBACK = _counter("feedback", "Answers to the question after a session", rating=("1", "2", "3", "4", "5"))


def requests(routes: Collection[str]) -> Metric:
    """The metric of requests, by the routes of an app."""
    return _counter(
        "requests", "Requests, by route and class of status", route=(*sorted(routes), NO_ROUTE), status=CLASSES
    )


CATALOG: Sequence[Metric] = tuple(one for one in list(globals().values()) if isinstance(one, Metric))
"""All metrics but `requests`, which depends on the routes of the app."""
KINDS: Mapping[str, Kind] = {metric.name: metric.kind for metric in CATALOG} | {"requests": Kind.COUNTER}
"""The kind of each metric by its name."""
BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in CATALOG}
TASKS = (ATTEMPTS, FAILURES, STAGE_TIME, QUEUE_WAIT, REALTIME_FACTOR, AUDIO_TIME, WORK_TIME, CHILDREN)
"""What a worker alone counts."""
OF_WORKER: Sequence[Metric] = (
    PUBLISHED,
    PUBLISH_RETRIES,
    PUBLISH_DROPS,
    PUBLISHER_WAITING,
    TRACE_SPANS,
    DISK_USED,
    *TASKS,
)
OF_WEB: Sequence[Metric] = tuple(metric for metric in CATALOG if metric not in TASKS)
"""What a process of each kind counts; a web process also `requests`."""
