"""The bytes that every peer carries: a real status document, with a mark in its sentence.

Playhead decodes and encodes each status anew, so the mark (when it was sent, and its number) must be where it comes
through verbatim: in `message`. The templates have holes of fixed widths, so that lengths around them stay true.
"""

import time
from datetime import UTC, datetime

from playhead.sessions.status import ATTEMPT_SPAN, Stage, State, Status, encode

SESSION = "01934f5e-5e55-7000-8000-5e5510000001"
"""Stands for the session's id in templates: of the same length, and nothing else looks like it."""
OWNER = "01934f5e-0e9e-7000-8000-0e9e10000001"
VERSION = 7_654_321
"""Stands for the version: seven digits, so those of attempts 1 to 9."""
MARK = "t=18446744073709551615 n=99999999"
"""Stands for the mark: CLOCK_MONOTONIC in nanoseconds, and the number of the update within its session."""
FIRST_VERSION = ATTEMPT_SPAN


def status() -> Status:
    """A status as a worker publishes it in the middle of a recording, with the stand-ins in it."""
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


class Template:
    """Bytes with the stand-ins in them, filled in at about 1 µs a time."""

    def __init__(self, example: bytes) -> None:
        holes = (
            (SESSION.encode(), b"%(session)b"),
            (OWNER.encode(), b"%(owner)b"),
            (str(VERSION).encode(), b"%(version)07d"),
            (MARK.encode(), b"t=%(time)020d n=%(number)08d"),
        )
        self._form = example.replace(b"%", b"%%")
        for stand_in, hole in holes:
            self._form = self._form.replace(stand_in, hole)

    def fill(self, session: bytes, owner: bytes, number: int) -> bytes:
        """The bytes of update `number` of a session, sent now."""
        values = {b"session": session, b"owner": owner, b"version": FIRST_VERSION + number, b"number": number}
        return self._form % (values | {b"time": time.monotonic_ns()})


def plain() -> Template:
    """The document alone."""
    return Template(encode(status()))
