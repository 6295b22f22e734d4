"""The document of a job: what is published, stored, streamed and polled, and which of two is newer.

`Job` is the kernel's own. An app may use another one, if it has what `Document` names.
"""

import math
import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Generic, Protocol, TypeVar

import msgspec

Data = TypeVar("Data")

VERSIONS_PER_EPOCH = 1_000_000
"""`version = epoch × 1,000,000 + n`: whatever an older attempt still publishes has a lower version. The numbers stay
below 2⁵³, up to which JavaScript is exact, for epochs that are seconds since 1970 until the year 2255."""
VERSION_END = 2**53
"""Versions are below it: so far the numbers of JavaScript are exact."""
EPOCH_MAX = VERSION_END // VERSIONS_PER_EPOCH - 1
DATA_MAX = 16 * 1024
"""Bytes of `data` as JSON: each status goes to every reader whole, so what is large belongs behind a link in it."""
ID = re.compile(r"(?!of:)[A-Za-z0-9._~:-]{1,200}")
"""The ids of jobs: characters that a URL's path may hold as they are (RFC 3986, unreserved, and the colon). `of:` is
the prefix of the topics of people."""


class State(StrEnum):
    """The coarse life of a job, for programs. The last three are final."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"


FINAL = frozenset({State.COMPLETED, State.FAILED, State.CANCELED})


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a job failed. `debug_id` finds the log lines; it never holds a stack trace, path or secret."""

    code: str
    message: str
    retryable: bool
    debug_id: str


class Document(Protocol):
    """What the kernel reads of a document. It must be hashable and encode to JSON with `version` and `updated_at`."""

    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def attempt(self) -> int: ...
    @property
    def state(self) -> StrEnum: ...
    @property
    def stage(self) -> str: ...
    @property
    def eta_s(self) -> float | None: ...
    @property
    def queue_position(self) -> int | None: ...
    @property
    def updated_at(self) -> datetime: ...
    @property
    def is_final(self) -> bool: ...


D = TypeVar("D", bound=Document)
D_contra = TypeVar("D_contra", bound=Document, contravariant=True)


class Job(msgspec.Struct, Generic[Data], frozen=True, kw_only=True):
    """The status of a job, whole: the newest one replaces all before it.

    Args:
        id: matches `ID`.
        owner: who may read it; empty if nobody follows all jobs of a person.
        version: grows with every change of the job, over retries too; below 2⁵³.
        attempt: which try it is, from 0.
        stage: what is being done, in the app's own words.
        progress: from 0 to 1; None where it is not known.
        message: one sentence for people.
        eta_s: seconds until it is done; None where that is not known.
        queue_position: from 1, while it waits; None where that is not known.
        updated_at: in UTC.
        data: the app's own, at most `DATA_MAX` bytes as JSON. The last field, because the script in Redis finds the
            others by the first match of their names.
    """

    id: str
    owner: str = ""
    version: int
    attempt: int = 0
    state: State
    stage: str
    progress: float | None = None
    message: str = ""
    eta_s: float | None = None
    queue_position: int | None = None
    error: Failure | None = None
    updated_at: Annotated[datetime, msgspec.Meta(tz=True)]
    data: Data | None = None

    def __hash__(self) -> int:
        return hash((self.id, self.version))

    @property
    def is_final(self) -> bool:
        return self.state in FINAL


def check(job: Job[Any]) -> None:
    """Raise ValueError if a field is not as `Job` describes it, or if the job cannot be written as JSON."""
    for name, text in (("stage", job.stage), ("message", job.message)):
        if not isinstance(text, str):
            raise ValueError(f"the {name} is not a string: {text!r}")
    size = len(to_json(job.data))
    if size > DATA_MAX:
        raise ValueError(f"the data is {size:,} bytes as JSON, more than {DATA_MAX:,}")
    try:
        _decode(to_json(job))  # as the web app does: what it cannot read it does not show
    except msgspec.DecodeError as error:  # a ValueError in later versions only
        raise ValueError(str(error)) from error
    if not 0 <= job.version < VERSION_END:
        raise ValueError(f"the version is not from 0 to 2⁵³: {job.version}")
    if job.progress is not None and not 0 <= job.progress <= 1:
        raise ValueError(f"the progress is not from 0 to 1: {job.progress!r}")
    if job.eta_s is not None and not 0 <= job.eta_s < math.inf:
        raise ValueError(f"the eta is not a number of seconds: {job.eta_s!r}")


_decode = msgspec.json.Decoder(Job[Any]).decode


def to_json(value: object) -> bytes:
    """Raises ValueError if it cannot be written as JSON."""
    try:
        return msgspec.json.encode(value)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"it cannot be written as JSON: {error}") from error


class Versioned(Protocol):
    """What has a version."""

    @property
    def version(self) -> int: ...


def is_newer(given: Versioned, held: Versioned | None) -> bool:
    """Whether a document replaces another of its job: only a higher version does.

    The same rule in other languages: the script of `broker/sender.py`, and `isNewer` of the browser's package. One
    table of cases tests all of them.
    """
    return held is None or given.version > held.version
