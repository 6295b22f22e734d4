"""Small real classes that stand in for the expensive ports: same promises, told what to do."""

from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from threading import Event as Gate
from typing import Any

from playhead.clock import now
from playhead.pubsub.ports import Published
from playhead.sessions.status import FINAL, Failure, Stage, State, Status
from playhead.transcription.engines import Checkpoint, Event

PATIENCE_S = 30.0
"""A gate nobody opens fails the test instead of hanging it."""


class ScriptedEngine:
    """An engine that says what its script says, from any of the script's checkpoints on.

    The script may hold gates, where it waits to be let on, and exceptions, which it raises.
    """

    def __init__(
        self, script: Sequence[Event | Gate | BaseException], *, duration_s: float, name: str = "scripted"
    ) -> None:
        self.name = name
        self.loads = 0
        self.starts: list[float] = []
        """The `start_at` of each call to `segments`."""
        self.open = 0
        """Generators that are running and were not closed."""
        self._script = script
        self._duration_s = duration_s

    def load(self) -> None:
        self.loads += 1

    def probe(self, path: Path, on_progress: Callable[[], object] = lambda: None) -> float:
        if not path.is_file():
            raise FileNotFoundError(path)
        return self._duration_s

    def segments(
        self, path: Path, language: str | None, start_at: float, on_progress: Callable[[], object] = lambda: None
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
                    raise TimeoutError("nobody opened the gate")
        finally:
            self.open -= 1

    def _after(self, start_at: float) -> int:
        return self._script.index(Checkpoint(start_at)) + 1 if start_at else 0


class Tasks:
    """A queue that notes what it takes."""

    def __init__(self, sent: Sequence[str] = ()) -> None:
        self.sent = list(sent)
        self.looks = 0
        """How often it was asked whether it is empty."""

    def send(self, session_id: str) -> None:
        self.sent.append(session_id)

    def is_empty(self) -> bool:
        self.looks += 1
        return not self.sent

    def close(self) -> None: ...


class Meanwhile(Gate):
    """A gate that opens itself, having done something: what happens elsewhere while the engine works."""

    def __init__(self, do: Callable[[], object]) -> None:
        super().__init__()
        self._do = do

    def wait(self, timeout: float | None = None) -> bool:
        self._do()
        return True


def a_status(stage: Stage = Stage.TRANSCRIBING, version: int = 1_000_001, **fields: Any) -> Status:
    """A status of session `s` in this stage; the fields that are told by others follow from it."""
    alike = {state.value for state in (*FINAL, State.QUEUED, State.UPLOADING)}
    told: dict[str, Any] = {
        "session_id": "s",
        "attempt": version // 1_000_000,
        "state": State(stage) if stage in alike else State.PROCESSING,
        "message": "",
        "updated_at": now(),
    }
    if stage is Stage.FAILED:
        told["error"] = Failure(code="boom", message="It broke.", retryable=True, debug_id="d")
    return Status(version=version, stage=stage, **told | fields)


def published(status: Status) -> Published:
    """The status as a subscriber receives it."""
    return Published(status.session_id, status)
