"""Makes the document that every peer sends: a real status, with a mark in its `message`.

Playhead decodes and encodes each status, so the mark (the time of sending, and a number) is in `message`, which stays
unchanged. Placeholders in the templates have fixed widths, so that the lengths around them stay correct.
"""

import time
from datetime import UTC, datetime

from playhead.live.job import Job
from playhead.live.job import State as JobState
from playhead.sessions.status import ATTEMPT_SPAN, Stage, State, Status, encode

SESSION = "01934f5e-5e55-7000-8000-5e5510000001"
"""Placeholder of the session's id: of the same length, and different from everything else."""
OWNER = "01934f5e-0e9e-7000-8000-0e9e10000001"
VERSION = 7_654_321
"""Placeholder of the version: seven digits, as in attempts 1 to 9."""
MARK = "t=18446744073709551615 n=99999999"
"""Placeholder of the mark: CLOCK_MONOTONIC in nanoseconds, and the number of the update within its session."""
FIRST_VERSION = ATTEMPT_SPAN


def status() -> Status:
    """Makes a status as published in the middle of a recording, with the placeholders in it."""
    return Status(
        session_id=SESSION,
        version=VERSION,
        attempt=VERSION // ATTEMPT_SPAN,
        state=State.PROCESSING,
        stage=Stage.TRANSCRIBING,
        progress=0.4217,
        message=f"{MARK} Transcribing: 12:39 of 30:00, about 2 min left, 187 segments so far",
        position_s=759.06,
        duration_s=1800.0,
        speed=7.31,
        eta_s=142.4,
        eta_range_s=(128.1, 156.7),
        segments=187,
        updated_at=datetime(2026, 11, 24, 12, 0, 0, 123000, UTC),
    )


def job() -> Job[dict[str, float]]:
    """Makes the same as a `Job`, as a task of one's own publishes it."""
    same = status()
    return Job(
        id=same.session_id,
        owner=OWNER,
        version=same.version,
        attempt=same.attempt,
        state=JobState.PROCESSING,
        stage=same.stage,
        progress=same.progress,
        message=same.message,
        eta_s=same.eta_s,
        updated_at=same.updated_at,
        data={"position_s": 759.06, "duration_s": 1800.0, "speed": 7.31, "segments": 187},
    )


class Template:
    """Bytes with placeholders; filling them in takes about 1 µs."""

    def __init__(self, example: bytes) -> None:
        fields = (
            (SESSION.encode(), b"%(session)b"),
            (OWNER.encode(), b"%(owner)b"),
            (str(VERSION).encode(), b"%(version)07d"),
            (MARK.encode(), b"t=%(time)020d n=%(number)08d"),
        )
        self._form = example.replace(b"%", b"%%")
        for placeholder, field in fields:
            self._form = self._form.replace(placeholder, field)

    def fill(self, session: bytes, owner: bytes, number: int, at_ns: int | None = None) -> bytes:
        """Makes the bytes of update `number` of a session, with the present time, or that of `at_ns`."""
        values = {b"session": session, b"owner": owner, b"version": FIRST_VERSION + number, b"number": number}
        return self._form % (values | {b"time": at_ns or time.monotonic_ns()})


PAYLOAD_BYTES = len(encode(status()))
"""Of an update that every peer sends."""


def plain() -> Template:
    """Makes a template of the document alone."""
    return Template(encode(status()))
