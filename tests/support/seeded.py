"""Watches as the pages of people would have left them, stored at once."""

import secrets
from datetime import timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session as Db

from playhead.db import present
from playhead.monitoring.watches.models import WATCHES

BEGUN = timedelta(milliseconds=1)
"""How long ago they began: after the stage."""


def seed_watches(db: Db, group: str, share: int, *, streaming: int, polling: int, harmed: int) -> None:
    """Stores a watch for each of so many people; `harmed` of those who stream saw nothing new for 10 s."""
    moment = present(db)
    arms = ["stream"] * streaming + ["poll"] * polling
    rows = [
        {
            "person": secrets.token_hex(16),
            "subject": secrets.token_hex(16),
            "begun_at": moment - BEGUN,
            "updated_at": moment,
            "rollout": group,
            "stage": share,
            "arm": arm,
            "weight": 1,
            "streams": int(arm == "stream"),
            "established": int(arm == "stream"),
            "polls": int(arm == "poll"),
            "stream_s": 0.0,
            "poll_s": 0.0,
            "last_version": 1,
            "version_at": moment,
            "reported_at": moment,
            "report": "",
            "harms": "mute" if number < harmed else "",
            "final": "",
            "counted_at": None,
        }
        for number, arm in enumerate(arms)
    ]
    db.connection().execute(insert(WATCHES), rows)
