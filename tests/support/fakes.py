"""Small implementations of the expensive interfaces, with the same contracts, controlled by a test."""

from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from threading import Event as Gate
from typing import Any

from playhead.live.broker.ports import Published
from playhead.live.clock import now
from playhead.sessions.status import FINAL, Failure, Stage, State, Status
from playhead.transcription.engines import Checkpoint, Event
from playhead.transcription.survey import MIX, ChannelChoice, Survey, TrackChoice, Voice

PATIENCE_S = 30.0
"""A gate that is not opened by then fails the test."""


class ScriptedEngine:
    """An engine that yields the events of a script, from any of its checkpoints on.

    The script may hold gates, at which the engine waits, and exceptions, which it raises.
    """

    def __init__(
        self, script: Sequence[Event | Gate | BaseException], *, duration_s: float, name: str = "scripted"
    ) -> None:
        self.name = name
        self.loads = 0
        self.is_loaded = False
        self.starts: list[float] = []
        """The `start_at` of each call to `segments`."""
        self.open = 0
        """Generators that are not closed yet."""
        self._script = script
        self._duration_s = duration_s

    def load(self) -> None:
        self.loads += 1
        self.is_loaded = True

    def unload(self) -> None:
        self.is_loaded = False

    def probe(
        self,
        path: Path,
        on_progress: Callable[[], object] = lambda: None,
        *,
        track: TrackChoice = None,
        channels: ChannelChoice = None,
    ) -> Survey:
        if not path.is_file():
            raise FileNotFoundError(path)
        return Survey(duration_s=self._duration_s)

    def segments(
        self,
        path: Path,
        language: str | None,
        start_at: float,
        on_progress: Callable[[], object] = lambda: None,
        *,
        voices: Sequence[Voice] = MIX,
    ) -> Generator[Event]:
        self.starts.append(start_at)
        self.open += 1
        try:
            for item in self._script[self._after(start_at) :]:
                if isinstance(item, BaseException):
                    raise item
                if not isinstance(item, Gate):
                    yield item
                elif not item.wait(PATIENCE_S):
                    raise TimeoutError("the gate was not opened")
        finally:
            self.open -= 1

    def _after(self, start_at: float) -> int:
        return self._script.index(Checkpoint(start_at)) + 1 if start_at else 0


class Tasks:
    """A task queue that records the ids it is sent."""

    def __init__(self, sent: Sequence[str] = ()) -> None:
        self.sent = list(sent)
        self.looks = 0
        """Calls of `is_empty`."""

    def send(self, session_id: str) -> None:
        self.sent.append(session_id)

    def is_empty(self) -> bool:
        self.looks += 1
        return not self.sent

    def close(self) -> None: ...


class Meanwhile(Gate):
    """A gate that calls a function and opens itself: something that happens while the engine works."""

    def __init__(self, do: Callable[[], object]) -> None:
        super().__init__()
        self._do = do

    def wait(self, timeout: float | None = None) -> bool:
        self._do()
        return True


def a_status(stage: Stage = Stage.TRANSCRIBING, version: int = 1_000_001, **fields: Any) -> Status:
    """A status of session `s` in this stage, with the state and attempt that follow from stage and version."""
    alike = {state.value for state in (*FINAL, State.QUEUED, State.UPLOADING)}
    derived: dict[str, Any] = {
        "session_id": "s",
        "attempt": version // 1_000_000,
        "state": State(stage) if stage in alike else State.PROCESSING,
        "message": "",
        "updated_at": now(),
    }
    if stage is Stage.FAILED:
        derived["error"] = Failure(code="boom", message="It broke.", retryable=True, debug_id="d")
    return Status(version=version, stage=stage, **derived | fields)


def published(status: Status) -> Published:
    """The status as a subscriber receives it."""
    return Published(status.session_id, status)
