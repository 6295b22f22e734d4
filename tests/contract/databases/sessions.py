"""Shared by the tests of sessions: the types of their fixtures, next statuses, many sessions, and concurrent calls."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import insert
from sqlalchemy.orm import Session as Db

from playhead.ids import new_id
from playhead.sessions import attempts
from playhead.sessions.models import Session, SessionRow
from playhead.sessions.status import Stage, State, Status

Queue = Callable[..., Session]
LetPass = Callable[[timedelta], None]


def after(status: Status, stage: Stage = Stage.TRANSCRIBING, state: State = State.PROCESSING) -> Status:
    """The same status with the next version, in this stage and state."""
    return msgspec.structs.replace(status, version=status.version + 1, stage=stage, state=state)


def copy(db: Db, session_id: str, number: int, /, **changes: Any) -> list[str]:
    """Adds so many copies of a session, with these values changed, in one statement; returns their ids in order."""
    row = db.get_one(SessionRow, session_id)
    values = {column.name: getattr(row, column.name) for column in SessionRow.__table__.columns} | changes
    copies = [values | {"id": new_id()} for _ in range(number)]
    db.execute(insert(SessionRow), copies)
    return [one["id"] for one in copies]


def at_once(*calls: Callable[[], object]) -> list[Any]:
    """Makes the calls at the same moment; returns what each returned or raised."""
    start = threading.Barrier(len(calls))

    def outcome(call: Callable[[], object]) -> object:
        start.wait()
        try:
            return call()
        except (attempts.Fenced, attempts.Leased) as raised:
            return raised

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(outcome, calls))
