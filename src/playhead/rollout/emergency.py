"""The emergency switch as admins turn it on the page: as `playhead flags emergency`, and among the decisions."""

from sqlalchemy.orm import Session as Db

from playhead.db import present
from playhead.flags.answers.rollout import FLAG
from playhead.flags.file import documents
from playhead.rollout import changes, record
from playhead.rollout.record import Kind


def pull(db: Db, by: str, reason: str) -> None:
    """Turns the switch on: within 2 s nobody streams, whatever the flags are. The rollout is left as it is."""
    documents.switch_off(db, by, reason)
    _note(db, Kind.EMERGENCY, by, reason, "The emergency switch holds all streams off.")


def lift(db: Db, by: str, reason: str) -> bool:
    """Turns the switch off: the flags decide again. False: it was off."""
    if documents.lift(db) is None:
        return False
    _note(db, Kind.LIFT, by, reason, "The emergency is over: the flags decide who streams.")
    return True


def _note(db: Db, kind: Kind, by: str, reason: str, sentence: str) -> None:
    rollout = record.current(db, FLAG)
    changes.note(
        db,
        present(db),
        kind,
        by=by,
        reason=reason,
        sentence=sentence,
        rollout_id=rollout.id if rollout else None,
        stage=rollout.stage if rollout else None,
    )
