"""Estimates what streams save against asking for the status every 3 s."""

from playhead.metrics.catalog import STATUS_BYTES, STATUS_REQUESTS, STREAM_BYTES, STREAMS_OPENED, WATCH_TIME
from playhead.monitoring.sums.values import Values

POLL_S = 3.0
"""The interval of polling that it is compared with; it is also that of this server (`live.poll`)."""
HEADER_BYTES = 600
"""Bytes of the headers of a request and its answer. Over HTTP/1.1 they are 1,430 (`make bench ONLY=wire`); over HTTP/2,
which sends a repeated header as an index, far fewer."""
BODY_BYTES = 465.0
"""Bytes of a status, as the bench has it: the mean body where too few polls were counted. While something is
transcribed nearly every poll has news."""
POLLS_LEAST = 100
"""With fewer polls their mean says little."""


def mean_body(values: Values) -> float:
    """The mean size of the body of an answer to a poll in bytes; one without news has none."""
    polls = sum(values.total(STATUS_REQUESTS, answer=answer) for answer in ("changed", "unchanged"))
    return values.total(STATUS_BYTES) / polls if polls >= POLLS_LEAST else BODY_BYTES


def saved(values: Values, body_bytes: float) -> tuple[float, float]:
    """The requests and bytes saved in a span; below 0 where streams cost more than polling would have."""
    requests = values.total(WATCH_TIME, mode="stream") / POLL_S - values.total(STREAMS_OPENED)
    return requests, requests * (body_bytes + HEADER_BYTES) - values.total(STREAM_BYTES)
