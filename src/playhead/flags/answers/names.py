"""The names of the flags, spelled as in `flags/flags.json`. Only this room reads them."""

from enum import StrEnum

CONTEXT = frozenset({"admin", "appVersion"})
"""What our processes say of a person besides what Unleash knows from the start, the user's id and the environment: its
pages offer for constraints what it has as context fields."""


class Flag(StrEnum):
    SSE_ALLOWED = "sse.allowed"
    """The kill switch, positive: on = streams are allowed. An unknown flag is off, so it fails safe."""
    SSE_STATUS_STREAM = "sse.status-stream"
    STATUS_LONG_POLL = "status-long-poll"
    LIVE_TRANSCRIPT = "live-transcript"
    SSE_TUNING = "sse.tuning"
