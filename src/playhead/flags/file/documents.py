"""The table of what processes share about flags, and its queries: the emergency switch, and a shared flags file."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from sqlalchemy import String, Text, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from playhead.db import Base, Moment, insert_of
from playhead.flags.answers.shared import Emergency, Shared

EMERGENCY, FLAGS = "emergency", "flags"


class DocumentRow(Base):
    """A JSON document by its name.

    The row `emergency` exists while the emergency switch is on, the row `flags` where processes share a flags file.
    """

    __tablename__ = "flag_documents"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Moment)


def shared(db: Session, first: str | None = None) -> Shared:
    """Read all of it. `first`: the flags to begin with if there are none; None: the processes share no flags."""
    found = {row.name: row.document for row in db.scalars(select(DocumentRow))}
    if first is not None and FLAGS not in found:
        found[FLAGS] = _begin(db, first).document
    return Shared(emergency=_emergency(found.get(EMERGENCY)), flags=found.get(FLAGS))


def change_flags(db: Session, first: str, change: Callable[[str], str]) -> None:
    """Replace the text of the shared flags by `change(text)`; concurrent changes run one after another."""
    row = _begin(db, first)
    db.refresh(row, with_for_update=True)
    row.document, row.changed_at = change(row.document), datetime.now(UTC)


def _begin(db: Session, first: str) -> DocumentRow:
    """The row of the shared flags, inserted with `first` if missing: by one of several processes that start."""
    if (row := db.get(DocumentRow, FLAGS)) is None:
        row = DocumentRow(name=FLAGS, document=first, changed_at=datetime.now(UTC))
        try:
            with db.begin_nested():
                db.add(row)
        except IntegrityError:
            row = db.get_one(DocumentRow, FLAGS)
    return row


def switch_off(db: Session, by: str, reason: str) -> Emergency:
    """Turn the emergency switch on, so that all streams stop; a second call replaces the reason."""
    now = datetime.now(UTC)
    emergency = Emergency(since=now, by=by, reason=reason)
    values = {"document": msgspec.json.encode(emergency).decode(), "changed_at": now}
    first = insert_of(db, DocumentRow).values(name=EMERGENCY, **values)
    db.execute(first.on_conflict_do_update(index_elements=["name"], set_=values))
    return emergency


def lift(db: Session) -> Emergency | None:
    """Turn the emergency switch off; returns what it was, None if it was off."""
    lifted = delete(DocumentRow).where(DocumentRow.name == EMERGENCY).returning(DocumentRow.document)
    return _emergency(db.scalars(lifted).first())


def _emergency(document: str | None) -> Emergency | None:
    if document is None:
        return None
    try:
        return msgspec.json.decode(document, type=Emergency)
    except msgspec.DecodeError:  # edited by hand: an unreadable entry counts as switched on
        return Emergency(since=datetime.fromtimestamp(0, UTC), by="somebody", reason="the entry cannot be read")
