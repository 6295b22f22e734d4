"""Shared by the tests of sessions: the types of their fixtures, next statuses, and concurrent calls."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import msgspec

from playhead.sessions import attempts
from playhead.sessions.models import Session
from playhead.sessions.status import Stage, State, Status

Queue = Callable[..., Session]
LetPass = Callable[[timedelta], None]


def after(status: Status, stage: Stage = Stage.TRANSCRIBING, state: State = State.PROCESSING) -> Status:
    """The same status with the next version, in this stage and state."""
    return msgspec.structs.replace(status, version=status.version + 1, stage=stage, state=state)


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
