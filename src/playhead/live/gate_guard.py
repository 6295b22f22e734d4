"""Answers for a gate that fails: no error of it may end a stream or a request."""

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

from playhead.live.gate import FixedTuning, Gate, P, Tuning
from playhead.live.policy import Reason

logger = logging.getLogger(__name__)

T = TypeVar("T")


class GuardedGate(Generic[P]):
    """Asks a gate. While it fails, open streams go on, none begins, and nobody waits.

    The first error of each question is logged, and again after it has answered.
    """

    def __init__(self, gate: Gate[P]) -> None:
        self._gate = gate
        self._failing: set[str] = set()
        """The questions whose last answer was an error."""

    def may_stream(self, person: P, *, is_streaming: bool = False) -> Reason:
        """`is_streaming`: whether the question is if an open stream goes on; the last answer was that it may."""
        safe = Reason.FLAG_ON if is_streaming else Reason.FLAGS_UNAVAILABLE
        return self._ask("may_stream", lambda: Reason(self._gate.may_stream(person)), safe)

    def may_wait(self, person: P) -> bool:
        return self._ask("may_wait", lambda: bool(self._gate.may_wait(person)), False)

    def tuning(self, person: P) -> Tuning:
        safe: Tuning = FixedTuning()
        return self._ask("tuning", lambda: self._gate.tuning(person), safe)

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        return self._ask("on_change", lambda: self._gate.on_change(callback), lambda: None)

    def _ask(self, question: str, ask: Callable[[], T], safe: T) -> T:
        try:
            answer = ask()
        except Exception:
            if question not in self._failing:
                self._failing.add(question)
                logger.exception("the gate fails at %s; a safe answer takes its place", question)
            return safe
        if question in self._failing:
            self._failing.discard(question)
            logger.info("the gate answers %s again", question)
        return answer
