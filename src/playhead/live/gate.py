"""The gate: who may stream, who may wait, and how their streams go. Adapters ask flags; `Everybody` asks nobody."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from uuid import UUID

from playhead.live.policy import Reason

logger = logging.getLogger(__name__)

P = TypeVar("P")
"""A person: the app's own object with an `id`, or the id itself: a string, a number or a UUID."""
P_contra = TypeVar("P_contra", contravariant=True)

HEARTBEAT_S = 15.0
"""Seconds between two heartbeats: less than the 30 to 100 s after which proxies close a silent connection."""
MAX_AGE_S = 600.0
"""Seconds after which a stream ends and is opened again: so each process of a balancer gets its share."""


class Tuning(Protocol):
    """How the streams of a person go. Times in seconds."""

    @property
    def heartbeat_s(self) -> float: ...
    @property
    def max_age_s(self) -> float: ...


@dataclass(frozen=True, slots=True)
class FixedTuning:
    """The same for everybody."""

    heartbeat_s: float = HEARTBEAT_S
    max_age_s: float = MAX_AGE_S


class Gate(Protocol[P_contra]):
    """Three questions about a person, and a notice when the answers may have changed. They never block.

    A question that raises has the answer that `GuardedGate` names.
    """

    def may_stream(self, person: P_contra) -> Reason:
        """`FLAG_ON`; or why not: `FLAG_OFF`, `KILL_SWITCH`, `FLAGS_UNAVAILABLE`."""
        ...

    def may_wait(self, person: P_contra) -> bool:
        """Whether polls of this person may be held until something changes."""
        ...

    def tuning(self, person: P_contra) -> Tuning:
        """How streams of this person go."""
        ...

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback`, on any thread, whenever answers may have changed; returns the undo."""
        ...


class Listeners:
    """The callbacks of a gate's `on_change`. Used from any thread."""

    def __init__(self) -> None:
        self._callbacks: tuple[Callable[[], None], ...] = ()

    def add(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` at each `notify`; returns the undo."""
        self._callbacks = (*self._callbacks, callback)

        def undo() -> None:
            self._callbacks = tuple(one for one in self._callbacks if one is not callback)

        return undo

    def notify(self) -> None:
        """Call all of them. The error of one is logged: the next change may be the kill switch."""
        for callback in self._callbacks:
            try:
                callback()
            except Exception:
                logger.exception("a listener for changes of the gate failed")


class Everybody:
    """Everybody may stream and wait."""

    def __init__(self, tuning: Tuning = FixedTuning()) -> None:
        self._tuning = tuning

    def may_stream(self, person: Any) -> Reason:
        return Reason.FLAG_ON

    def may_wait(self, person: Any) -> bool:
        return True

    def tuning(self, person: Any) -> Tuning:
        return self._tuning

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        return lambda: None


def id_of(person: Any) -> str:
    """The id of a person, as the owner of a job is named."""
    return str(person if isinstance(person, str | int | UUID) else person.id)


def is_somebody(person: Any) -> bool:
    """Whether this is a person with an id: not None, False, or an anonymous user whose id is None or empty.

    An id that is no text, or holds a NUL, is nobody's: it could not be sent to Redis.
    """
    if person is None or isinstance(person, bool) or getattr(person, "id", person) is None:
        return False
    given = id_of(person)
    return given != "" and given == given.encode(errors="replace").decode() and "\0" not in given
