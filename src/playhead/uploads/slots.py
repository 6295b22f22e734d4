"""Upload slots: how many files a process receives at once, and who has to give up a slot to somebody who has none.

Each upload holds memory and a connection for as long as its sender likes. When all slots are held, a sender who holds
several, or is very slow, loses one to a newcomer.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playhead.errors import Problem
from playhead.uploads.limits import Limits

RETRY_S = 10
"""`Retry-After` in seconds: most uploads take less than twice that."""
Clock = Callable[[], float]


@dataclass
class Rate:
    """The rate of a client since `began`, from this period and the one before: it is always that of a whole period."""

    began: float
    received: int = 0
    waited_s: float = 0.0
    previous: int = 0
    previous_s: float = 0.0


class UploadSlot:
    """The slot of one upload. Measures the client's rate: `waits` before each chunk, `received` after it.

    Only the time in which the client is waited for counts, not what the storage takes.
    """

    def __init__(self, user_id: str, address: str, limits: Limits, clock: Clock = time.monotonic) -> None:
        self.user_id, self.address, self.limits = user_id, address, limits
        self.rate = Rate(began=clock())
        self.is_revoked = False
        """Whether the slot was given to somebody else."""
        self.is_ending = False
        """Whether the upload only cleans up, or waits for that: it frees its slot by itself."""
        self.on_revoked: Callable[[], object] = lambda: None
        """Called when the slot is given to somebody else; ends the upload."""
        self._clock = clock
        self._waiting_since: float | None = None

    def waits(self) -> None:
        """The client is waited for from now on."""
        self._waiting_since = self._clock()

    def received(self, size: int) -> None:
        """A chunk of `size` bytes arrived.

        Raises:
            Problem: 408 `upload_stalled`: next to nothing arrived in a period of `rate_period_s`.
        """
        rate = self.rate
        rate.waited_s, self._waiting_since, rate.received = self._waiting_s(), None, rate.received + size
        if rate.waited_s < self.limits.rate_period_s:
            return
        rate.previous, rate.previous_s = rate.received, rate.waited_s
        rate.received, rate.waited_s = 0, 0.0
        if rate.previous < self.limits.min_bytes_s * rate.previous_s:
            raise Problem(408, "upload_stalled", "The file comes too slowly: please send it again.")

    def ends(self) -> None:
        """The upload has ended, perhaps while its client was waited for."""
        self.rate.waited_s, self._waiting_since = self._waiting_s(), None

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Marks the upload as ending when the block fails: it only has to clean up then."""
        try:
            yield
        except BaseException:
            self.is_ending = True
            raise

    def bytes_s(self) -> float:
        """The client's rate in bytes a second."""
        seconds = self.rate.previous_s + self._waiting_s()
        return (self.rate.previous + self.rate.received) / seconds if seconds else math.inf

    def _waiting_s(self) -> float:
        return self.rate.waited_s + (0.0 if self._waiting_since is None else self._clock() - self._waiting_since)


class UploadSlots:
    """The slots of one process."""

    def __init__(self, limits: Limits, clock: Clock = time.monotonic) -> None:
        self.limits, self._clock = limits, clock
        self._held: set[UploadSlot] = set()
        self._revoked = RecentNames(limits.lost_s, clock)
        """Users whose slot was given to somebody else."""
        self._refused = RecentNames(limits.refused_s, clock)
        """Addresses that got no slot."""
        self._rates: list[tuple[float, str, Rate]] = []
        """When a slot ended, whose it was, and its rate: of late, and at most `slots_a_user` of each user."""

    @contextmanager
    def hold(self, user_id: str, address: str) -> Iterator[UploadSlot]:
        """Hold a slot for the time of an upload. Raises Problem 429 `too_many_uploads`, 503 `busy`."""
        slot = UploadSlot(user_id, address, self.limits, self._clock)
        most = self.limits.slots_a_user
        if (own := self._held_by(user_id)) >= most:
            raise Problem(429, "too_many_uploads", f"At most {most} files are taken at once.", retry_after_s=RETRY_S)
        if len(self._held) >= self.limits.slots:
            revoked = None if own or user_id in self._revoked.names() else self._slowest_for(slot)
            if revoked is None:
                if not own:
                    self._refused.add(address)
                raise busy("Too many files are being sent just now: try again in a moment.")
            self._held.discard(revoked)
            self._revoked.add(revoked.user_id)
            revoked.is_revoked = revoked.is_ending = True
            revoked.on_revoked()
        slot.rate = self._rate_of(user_id) or slot.rate
        self._held.add(slot)
        try:
            yield slot
        finally:
            self._held.discard(slot)
            slot.ends()
            self._rates.append((self._clock(), user_id, slot.rate))

    def _rate_of(self, user_id: str) -> Rate | None:
        """Takes a rate of the user's that goes on in a new slot: with each request it would be new, and never slow."""
        since = self._clock() - self.limits.remembered_s
        self._rates = [kept for kept in self._rates if kept[0] > since]
        kept = next((kept for kept in self._rates if kept[1] == user_id), None)
        if kept is None:
            return None
        self._rates.remove(kept)
        return kept[2]

    def _slowest_for(self, newcomer: UploadSlot) -> UploadSlot | None:
        """The slowest slot that the newcomer may have; that of a user's or an address's only file comes last."""
        enough = self._enough_for(newcomer)
        several = [held for held in self._exposed_to(newcomer) if self._is_of_several(held, newcomer)]
        slow = (held for held in self._exposed_to(newcomer) if held.bytes_s() < enough)
        return min(several or slow, key=UploadSlot.bytes_s, default=None)

    def _exposed_to(self, newcomer: UploadSlot) -> Iterator[UploadSlot]:
        """The slots that may be revoked: an address with many accounts takes none from one that holds fewer."""
        newcomers, now = self._held_from(newcomer.address), self._clock()
        for held in self._held:
            is_new = now - held.rate.began < self.limits.grace_s
            if not held.is_ending and not is_new and self._held_from(held.address) >= newcomers:
                yield held

    def _is_of_several(self, held: UploadSlot, newcomer: UploadSlot) -> bool:
        """Whether its user or its address holds several slots."""
        of_address, newcomers = self._held_from(held.address), self._held_from(newcomer.address)
        return of_address > newcomers + 1 or self._held_by(held.user_id) > 1

    def _enough_for(self, newcomer: UploadSlot) -> int:
        """The rate in bytes a second at which a single file may finish."""
        others = len(self._refused.names() - {newcomer.address})
        return min((1 + others) * self.limits.contended_bytes_s, self.limits.contended_most_bytes_s)

    def _held_by(self, user_id: str) -> int:
        return sum(held.user_id == user_id for held in self._held)

    def _held_from(self, address: str) -> int:
        return sum(held.address == address for held in self._held)


class RecentNames:
    """Names that were added within the last `kept_s` seconds."""

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
    """The refusal of an upload that can be sent a little later."""
    return Problem(503, "busy", detail, retry_after_s=RETRY_S)
