"""The status of a session: one document for streams, polls and the page.

Each status is complete, and the one with the higher `version` wins.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from playhead.live.job import VERSIONS_PER_EPOCH
from playhead.live.job import Failure as Failure
from playhead.sessions.facts import TextWarning

ATTEMPT_SPAN = VERSIONS_PER_EPOCH
"""Versions of one attempt: `version = attempt × span + n`, so every status of a lost attempt has a lower version."""


class State(StrEnum):
    """The coarse life of a session, for programs. The last three are final and written once."""

    UPLOADING = "uploading"
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"


FINAL = frozenset({State.COMPLETED, State.FAILED, State.CANCELED})
LIVE = frozenset(State) - FINAL
"""For queries: an index serves "in these states", but not "not in those"."""


class Stage(StrEnum):
    """What is being done; people see its name."""

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


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The status document of CONTRACT.md, §2. Times are in seconds; `progress` and `position_s` are media time."""

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
    size_bytes: int | msgspec.UnsetType = msgspec.UNSET
    """Of the recording, while it is uploaded: `progress` is the share of it that is stored. Else not on the wire."""
    segments: int = 0
    """How many can be read, of `revision`."""
    revision: int = 0
    """Of the text that is served."""
    next_revision: int | msgspec.UnsetType = msgspec.UNSET
    """That is written while `revision` is served, also after it failed or was canceled; else not on the wire."""
    warnings: tuple[TextWarning, ...] | msgspec.UnsetType = msgspec.UNSET
    """About the text of `revision`; not on the wire if there are none."""
    retry_in_s: float | None = None
    error: Failure | None = None
    updated_at: datetime
    trace_id: str | msgspec.UnsetType = msgspec.UNSET
    """Of the session's trace, 32 hexadecimal digits, if one is recorded; otherwise it is not on the wire."""

    def __hash__(self) -> int:
        return hash((self.session_id, self.version))

    @property
    def id(self) -> str:
        """The id under which the live kernel publishes it."""
        return self.session_id

    @property
    def is_final(self) -> bool:
        return self.state in FINAL


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Status)


def encode(status: Status) -> bytes:
    """Encodes a status as JSON (CONTRACT.md, §2) without a line break."""
    return _encoder.encode(status)


def decode(document: bytes | str) -> Status:
    """Decodes a status; ignores unknown fields. Raises msgspec.DecodeError for anything else."""
    return _decoder.decode(document)
