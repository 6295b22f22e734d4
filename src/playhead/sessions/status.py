"""The status of a session: one document for the stream, for polling and for the screen.

A status is a register, not a log: each one carries everything, and the higher `version` wins.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

ATTEMPT_SPAN = 1_000_000
"""Versions an attempt may use: `version = attempt × span + n`, so whatever a lost attempt still says is older."""


class State(StrEnum):
    """Where a session stands. The last three are final and written once."""

    UPLOADING = "uploading"
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"


FINAL = frozenset({State.COMPLETED, State.FAILED, State.CANCELED})
LIVE = frozenset(State) - FINAL
"""For queries: an index finds what is in a few states, not what is in none of them."""


class Stage(StrEnum):
    """What the person sees named."""

    UPLOADING = "uploading"
    QUEUED = "queued"
    DECODING = "decoding"
    LOADING_MODEL = "loading_model"
    TRANSCRIBING = "transcribing"
    RETRYING = "retrying"
    FINALIZING = "finalizing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a session failed. `debug_id` finds the log lines; no stack trace, path or secret ever."""

    code: str
    message: str
    retryable: bool
    debug_id: str


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Times in seconds; `progress` and `position_s` are media time; see CONTRACT.md, §2."""

    session_id: str
    version: int
    attempt: int
    state: State
    stage: Stage
    progress: float | None = None
    message: str
    position_s: float | None = None
    duration_s: float | None = None
    speed: float | None = None
    eta_s: float | None = None
    eta_range_s: tuple[float, float] | None = None
    queue_position: int | None = None
    segments: int = 0
    retry_in_s: float | None = None
    error: Failure | None = None
    updated_at: datetime

    def __hash__(self) -> int:
        return hash((self.session_id, self.version))

    @property
    def is_final(self) -> bool:
        return self.state in FINAL

    def supersedes(self, other: "Status | None") -> bool:
        return other is None or self.version > other.version


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Status)


def encode(status: Status) -> bytes:
    """The document of the contract, §2, as JSON without a line break."""
    return _encoder.encode(status)


def decode(document: bytes | str) -> Status:
    """Raises msgspec.DecodeError for anything that is not a status; unknown fields are ignored."""
    return _decoder.decode(document)
