"""What the tests of sessions share: their fixtures' types, the status after one, and calls that are made at once."""

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
    """The status with the next version, in that stage and state."""
    return msgspec.structs.replace(status, version=status.version + 1, stage=stage, state=state)


def at_once(*calls: Callable[[], object]) -> list[Any]:
    """What each call gives or raises, all of them begun in the same moment."""
    start = threading.Barrier(len(calls))

    def outcome(call: Callable[[], object]) -> object:
        start.wait()
        try:
            return call()
        except (attempts.Fenced, attempts.Leased) as raised:
            return raised

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(outcome, calls))
