"""Who may send files at once. A process takes a few, because each holds memory and a connection as long as its sender
likes; when all places are taken, those who have several or are very slow give way to those who have none."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playhead.errors import Problem
from playhead.uploads.limits import Limits

RETRY_S = 10
"""Most uploads take less than twice that."""
Clock = Callable[[], float]


class Place:
    """One upload's. It is told when a chunk is waited for and when it came, and knows from that how fast they come.

    Only the client's own time counts, not what the storage takes.
    """

    def __init__(self, user_id: str, address: str, limits: Limits, clock: Clock = time.monotonic) -> None:
        self.user_id, self.address, self.limits = user_id, address, limits
        self.began = clock()
        self.is_taken = False
        self.is_ending = False
        """Whether the upload only cleans up, or waits for that: it gives its place back by itself."""
        self.on_taken: Callable[[], object] = lambda: None
        """What ends the upload when its place is given to somebody else."""
        self._clock = clock
        self._asked_at: float | None = None
        self._came, self._waited_s = 0, 0.0
        self._before, self._before_s = 0, 0.0
        """The same of the time before, so that the pace is always that of a while."""

    def asks(self) -> None:
        """From now on the client is waited for."""
        self._asked_at = self._clock()

    def came(self, size: int) -> None:
        """A chunk came. Raises Problem 408 `upload_stalled` after a while in which next to nothing did."""
        self._waited_s, self._asked_at, self._came = self._waiting_s(), None, self._came + size
        if self._waited_s < self.limits.pace_s:
            return
        if self._came < self.limits.pace_bytes_s * self._waited_s:
            raise Problem(408, "upload_stalled", "The file comes too slowly: please send it again.")
        self._before, self._before_s = self._came, self._waited_s
        self._came, self._waited_s = 0, 0.0

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """What fails in it ends the upload, which has yet to clean up then."""
        try:
            yield
        except BaseException:
            self.is_ending = True
            raise

    def bytes_s(self) -> float:
        """How fast the client sends."""
        seconds = self._before_s + self._waiting_s()
        return (self._before + self._came) / seconds if seconds else math.inf

    def _waiting_s(self) -> float:
        return self._waited_s + (0.0 if self._asked_at is None else self._clock() - self._asked_at)


class Places:
    """Those of one process."""

    def __init__(self, limits: Limits, clock: Clock = time.monotonic) -> None:
        self._limits, self._clock = limits, clock
        self._taken: set[Place] = set()
        self._lost = Lately(limits.lost_s, clock)
        """Persons who gave a place to somebody else."""
        self._refused = Lately(limits.refused_s, clock)
        """Addresses that found no place."""

    @contextmanager
    def place(self, user_id: str, address: str) -> Iterator[Place]:
        """Holds a place while an upload goes on. Raises Problem 429 `too_many_uploads`, 503 `busy`."""
        place = Place(user_id, address, self._limits, self._clock)
        most = self._limits.at_once_a_user
        if (theirs := self._held_by(user_id)) >= most:
            raise Problem(429, "too_many_uploads", f"At most {most} files are taken at once.", retry_after_s=RETRY_S)
        if len(self._taken) >= self._limits.at_once:
            given = None if theirs or user_id in self._lost.names() else self._slowest_for(place)
            if given is None:
                if not theirs:
                    self._refused.add(address)
                raise busy("Too many files are being sent just now: try again in a moment.")
            self._taken.discard(given)
            self._lost.add(given.user_id)
            given.is_taken = given.is_ending = True
            given.on_taken()
        self._taken.add(place)
        try:
            yield place
        finally:
            self._taken.discard(place)

    def _slowest_for(self, newcomer: Place) -> Place | None:
        """Of those who have to give way to somebody who has no place; single files last."""
        enough = self._enough_for(newcomer)
        several = [held for held in self._exposed_to(newcomer) if self._is_of_several(held, newcomer)]
        slow = (held for held in self._exposed_to(newcomer) if held.bytes_s() < enough)
        return min(several or slow, key=Place.bytes_s, default=None)

    def _exposed_to(self, newcomer: Place) -> Iterator[Place]:
        """However many accounts come from an address, it takes nothing from one that has less."""
        newcomers, now = self._held_from(newcomer.address), self._clock()
        for held in self._taken:
            is_new = now - held.began < self._limits.grace_s
            if not held.is_ending and not is_new and self._held_from(held.address) >= newcomers:
                yield held

    def _is_of_several(self, held: Place, newcomer: Place) -> bool:
        """Whether it is one of several of a person or an address."""
        theirs, newcomers = self._held_from(held.address), self._held_from(newcomer.address)
        return theirs > newcomers + 1 or self._held_by(held.user_id) > 1

    def _enough_for(self, newcomer: Place) -> int:
        """Bytes a second at which a single file may finish."""
        others = len(self._refused.names() - {newcomer.address})
        return min((1 + others) * self._limits.contended_bytes_s, self._limits.contended_most_bytes_s)

    def _held_by(self, user_id: str) -> int:
        return sum(held.user_id == user_id for held in self._taken)

    def _held_from(self, address: str) -> int:
        return sum(held.address == address for held in self._taken)


class Lately:
    """Names that were added not long ago."""

    def __init__(self, kept_s: float, clock: Clock) -> None:
        self._kept_s, self._clock = kept_s, clock
        self._at: dict[str, float] = {}

    def add(self, name: str) -> None:
        self._at[name] = self._clock()

    def names(self) -> set[str]:
        now = self._clock()
        self._at = {name: at for name, at in self._at.items() if now - at < self._kept_s}
        return set(self._at)


def busy(detail: str) -> Problem:
    """The refusal of an upload that may be sent a little later."""
    return Problem(503, "busy", detail, retry_after_s=RETRY_S)
