"""A gate over a small JSON file, for an app without a flags server.

{"allowed": true, "stream": 25, "wait": true}
"""

import logging
import threading
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import msgspec

from playhead.live.gate import FixedTuning, Listeners, Tuning, id_of
from playhead.live.policy import Reason

logger = logging.getLogger(__name__)

LOOK_S = 1.0
"""Seconds between two reads of the file, about 20 µs each: a change must reach open streams within 2 s."""

_DEFAULT_TUNING = FixedTuning()


class Switches(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file says.

    Args:
        allowed: false ends all streams, whatever `stream` is: the kill switch.
        stream: who may stream: true, false, or the percentage of people, from 0 to 100. Each person has a fixed
            position between 0 and 100, from the SHA-256 of their id, so a larger percentage adds people to those
            that there were, in every process and after every restart.
        wait: whether polls may be held until something changes.
    """

    allowed: bool = True
    stream: bool | Annotated[float, msgspec.Meta(ge=0, le=100)]
    wait: bool = True

    def may_stream(self, person_id: str) -> Reason:
        if not self.allowed:
            return Reason.KILL_SWITCH
        percent = self.stream * 100 if isinstance(self.stream, bool) else self.stream
        return Reason.FLAG_ON if position(person_id) < percent else Reason.FLAG_OFF


class FileGate:
    """Reads its file once a second. A file that is missing or malformed leaves the last answers in force.

    Replace the file as a whole (write another one, then rename it), so that no half of one is read.

    Raises:
        ValueError: the file is missing or malformed when the gate is made.
    """

    def __init__(self, path: Path | str, *, tuning: Tuning = _DEFAULT_TUNING, look_s: float = LOOK_S) -> None:
        """
        Args:
            tuning: of the streams of everybody.
            look_s: seconds between two reads.
        """
        self._path = Path(path)
        self._tuning = tuning
        self._look_s = look_s
        self._listeners = Listeners()
        self._trouble = ""
        self._switches = self._read()
        self._closing = threading.Event()
        self._watching = threading.Lock()
        self._thread: threading.Thread | None = None

    def may_stream(self, person: Any) -> Reason:
        self._watch()
        return self._switches.may_stream(id_of(person))

    def may_wait(self, person: Any) -> bool:
        self._watch()
        return self._switches.wait

    def tuning(self, person: Any) -> Tuning:
        return self._tuning

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        undo = self._listeners.add(callback)
        self._watch()
        return undo

    def close(self) -> None:
        """End the thread that reads; the last answers stay in force."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        """Start the thread that reads, if it does not run: a process that was forked has none of its threads."""
        if self._thread is not None and self._thread.is_alive():
            return
        with self._watching:
            if (self._thread is None or not self._thread.is_alive()) and not self._closing.is_set():
                self._thread = threading.Thread(target=self._keep_reading, name="gate-file", daemon=True)
                self._thread.start()

    def _keep_reading(self) -> None:
        while True:
            try:
                switches = self._read()
            except ValueError as error:
                if self._trouble != str(error):
                    self._trouble = str(error)
                    logger.error("the last answers of the gate stay in force: %s", error)
            else:
                self._trouble = ""
                if switches != self._switches:
                    self._switches = switches
                    logger.info("the gate follows %s: %s", self._path, switches)
                    self._listeners.notify()
            if self._closing.wait(self._look_s):
                return

    def _read(self) -> Switches:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Switches)
        except OSError as error:
            raise ValueError(f"{self._path} cannot be read: {error.strerror}") from error
        except msgspec.DecodeError as error:
            raise ValueError(f"{self._path} is malformed: {error}") from error


def position(person_id: str) -> float:
    """The fixed position of a person, from 0 up to 100."""
    return int.from_bytes(sha256(person_id.encode()).digest()[:4]) * 100 / 2**32
