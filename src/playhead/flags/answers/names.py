"""The names of the flags, spelled as in `flags/flags.json`. Only `flags` reads them."""

from enum import StrEnum

CONTEXT = frozenset({"admin", "appVersion"})
"""The properties that our processes send about a user, besides the user id and the environment, which Unleash has by
itself: its UI offers for constraints only what it has as a context field."""


class Flag(StrEnum):
    SSE_ALLOWED = "sse.allowed"
    """The kill switch, positive: on = streams are allowed. An unknown flag is off, so it fails safe."""
    SSE_STATUS_STREAM = "sse.status-stream"
    STATUS_LONG_POLL = "status-long-poll"
    LIVE_TRANSCRIPT = "live-transcript"
    SSE_TUNING = "sse.tuning"
