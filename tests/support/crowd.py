"""People who each follow a session of their own with a page, and the work on these sessions, in a thread of its own."""

import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from playhead.live.broker.sender import ValkeySender
from playhead.live.publisher import StatusPublisher
from playhead.sessions.models import Segment
from playhead.sessions.status import Stage, Status
from playhead.transcription.report import Report
from tests.support.audience import Audience, Page
from tests.support.begun import FIRST_WORD, begin_sessions
from tests.support.beside import beside
from tests.support.site import Person, Site
from tests.support.worker import LEASE

OPENING_MAX = 4
"""Pages that wait for their first status at once. A page that waits 5 s counts as harmed: of 12 at once, half did where
thirty programs shared two cores. More at once are not faster: the cores are busy."""
MUTE_S = 1.3
"""When a bad proxy mutes a stream: it has passed the heartbeat that comes a second after the first event."""
END_S = 1.35
"""From the first status to the end of a short session. A page whose stream is muted looks for itself 6 to 9 s after the
last event (`ASK_MS`), so the person is shown the end more than 5 s late (`final_late`), and the sooner it comes after
that event the surer."""
LOOK_S = 0.02


@dataclass(frozen=True)
class Seat:
    """From where a person opens their page, and whether their session ends soon."""

    person: Person
    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    is_short: bool = False


class Crowd:
    """Belongs to the thread that runs `work`; `finish` and what is asked may come from any."""

    def __init__(
        self, site: Site, audience: Audience, seats: Sequence[Seat], publisher: StatusPublisher[Status]
    ) -> None:
        self.seats = seats
        self._audience = audience
        sessions = site.database.run(begin_sessions, [seat.person.id for seat in seats])
        self._reports = {one.owner_id: Report(site.database, publisher, one, lease=LEASE) for one in sessions}
        self._coming, self._opening = deque(seats), list[Seat]()
        self._ending: deque[tuple[float, Report]] = deque()
        self._is_finished = threading.Event()

    def page(self, seat: Seat) -> Page:
        return self._audience.pages[seat.person.id]

    @property
    def has_come(self) -> bool:
        """Whether all follow their sessions, and those that are short have ended."""
        return not (self._coming or self._opening or self._ending)

    def lacking(self) -> list[Page]:
        """The pages without the final status or a word of their session."""
        return [self.page(seat) for seat in self.seats if not self._is_whole(seat)]

    def _is_whole(self, seat: Seat) -> bool:
        end, status = self.page(seat).end, self._reports[seat.person.id].status
        words = [_word(number).text for number in range(status.segments)]
        return status.is_final and end is not None and (end["version"], end["words"]) == (status.version, words)

    def finish(self) -> None:
        """Ends the sessions that go on."""
        self._is_finished.set()

    def work(self) -> None:
        """Opens the pages and ends the short sessions, and with `finish` the others."""
        while not self._is_finished.wait(LOOK_S):
            self._opening = [seat for seat in self._opening if not self._follows(seat)]
            while self._coming and len(self._opening) < OPENING_MAX:
                self._open(self._coming.popleft())
            while self._ending and self._ending[0][0] <= time.monotonic():
                _finish(self._ending.popleft()[1])
        for report in self._reports.values():
            if not report.status.is_final:
                _finish(report)

    def _open(self, seat: Seat) -> None:
        person, session_id = seat.person, self._reports[seat.person.id].status.session_id
        self._audience.open(person.id, seat.base_url, session_id, {**person.headers, **seat.headers})
        self._opening.append(seat)

    def _follows(self, seat: Seat) -> bool:
        """Whether the page has its first status; a short session will then end."""
        if not self.page(seat).follows:
            return False
        if seat.is_short:
            self._ending.append((time.monotonic() + END_S, self._reports[seat.person.id]))
        return True


def _finish(report: Report) -> None:
    report.advance(Stage.FINALIZING, [_word(number) for number in (1, 2)])
    report.advance(Stage.COMPLETED, progress=1.0)


def _word(number: int) -> Segment:
    return Segment(number, float(number), number + 0.9, FIRST_WORD.text.replace("0", str(number)))


@contextmanager
def crowd(site: Site, audience: Audience, seats: Sequence[Seat]) -> Iterator[Crowd]:
    """Runs a crowd for the time of the block; then its sessions end."""
    with closing(StatusPublisher[Status](ValkeySender(site.redis.url))) as publisher:
        one = Crowd(site, audience, seats, publisher)
        with beside(one.work, one.finish, "crowd"):
            yield one
