"""Finds the sessions that a worker holds without progress: its watchdog should have ended the attempt long ago."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_

from playhead.sessions.models import SessionRow
from playhead.sessions.status import Stage, decode

LOADING_PATIENCE = 6
"""Times the setting `stall_s` that the model may take: with 5 min, large ones (3 GB) can be downloaded at 2 MB/s."""
PATIENCE: Mapping[Stage, int] = dict.fromkeys((Stage.RETRYING, Stage.DECODING, Stage.LOADING_MODEL), LOADING_PATIENCE)
"""Times `stall_s` that a stage may last without a new status. In the first two a worker fetches the recording: 2 GiB at
1.2 MB/s take 30 min. The others have a new status for each window of 28 s, within `stall_s`."""
ENDING = timedelta(seconds=60)
"""Until the row of an attempt that the watchdog ended shows it: the lease (20 s), and a sweep."""


def is_old(moment: datetime, stall_s: float) -> ColumnElement[bool]:
    """Whether a lease holds a session whose status may be too old for its stage: of few, of which the text is read."""
    oldest = moment - timedelta(seconds=stall_s) - ENDING
    return and_(SessionRow.lease_until > moment, SessionRow.changed_at < oldest)


def is_stalled(status: str, changed_at: datetime, moment: datetime, stall_s: float) -> bool:
    """Whether a status that `is_old` is too old for its stage."""
    allowed = timedelta(seconds=stall_s) * PATIENCE.get(decode(status).stage, 1) + ENDING
    return moment - changed_at > allowed
