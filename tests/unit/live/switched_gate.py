"""A gate whose answers are set by hand, and which can be made to fail."""

from collections.abc import Callable
from typing import Any

from playhead.live.gate import FixedTuning, Listeners, Tuning
from playhead.live.policy import Reason


class SwitchedGate:
    """At first everybody may stream and nobody may wait."""

    def __init__(self) -> None:
        self.answer = Reason.FLAG_ON
        self.refused: set[Any] = set()
        """The people who are answered `FLAG_OFF`, whatever the answer is."""
        self.long_poll = False
        self.fails = False
        self.asked = 0
        """Questions so far."""
        self._listeners = Listeners()

    def may_stream(self, person: Any) -> Reason:
        self._check()
        return Reason.FLAG_OFF if person in self.refused else self.answer

    def may_wait(self, person: Any) -> bool:
        self._check()
        return self.long_poll

    def tuning(self, person: Any) -> Tuning:
        self._check()
        return FixedTuning()

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        self._check()
        return self._listeners.add(callback)

    def notify(self) -> None:
        """Call the listeners, as after a change."""
        self._listeners.notify()

    def _check(self) -> None:
        self.asked += 1
        if self.fails:
            raise RuntimeError("the flags are gone")
