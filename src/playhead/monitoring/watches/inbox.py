"""Reports that wait to be written together, within bounds: of one person, and of all."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import replace

from playhead.monitoring.watches.repository import Sent

WAITING_MAX = 5_000
"""Reports that wait, about 10 MB: 25 times what 100 people send in a second who use up their limit."""
PER_PERSON_MAX = 20
"""As many as a person has tabs. Who sends more within a second takes nobody else's place."""
AT_ONCE = 100
"""Reports in one transaction: some 20 ms in which SQLite lets nobody else write."""
TRIES_MAX = 3
"""Of a report without a watch: the process that streams to its person writes the watch within 5 s, and `wake` is called
every 5 s."""


class Inbox:
    """Holds reports in the order of their arrival. Belongs to one event loop."""

    def __init__(self) -> None:
        self._waiting: deque[Sent] = deque()
        self._later: list[Sent] = []
        """Reports that wait for their watch."""
        self._of_person: Counter[str] = Counter()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put(self, sent: Sent) -> bool:
        """Keep a report; False if there is no room for it."""
        if len(self._waiting) + len(self._later) >= WAITING_MAX or self._of_person[sent.key.person] >= PER_PERSON_MAX:
            return False
        self._waiting.append(sent)
        self._of_person[sent.key.person] += 1
        return True

    def take(self) -> list[Sent]:
        """The next reports, `AT_ONCE` at most. Hand them back with `put_back` if they could not be written."""
        taken = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
        self._of_person.subtract(sent.key.person for sent in taken)
        self._of_person += Counter()  # without those who have none
        return taken

    def put_back(self, taken: Sequence[Sent]) -> None:
        """Keep reports again, before the others."""
        self._waiting.extendleft(reversed(taken))
        self._of_person.update(sent.key.person for sent in taken)

    def put_off(self, unmatched: Sequence[Sent]) -> int:
        """Keep reports until `wake`; returns how many are given up, because they were put off too often."""
        again = [replace(sent, tries=sent.tries + 1) for sent in unmatched if sent.tries + 1 < TRIES_MAX]
        self._later += again
        self._of_person.update(sent.key.person for sent in again)
        return len(unmatched) - len(again)

    def wake(self) -> None:
        """Let the reports that were put off wait with the others."""
        self._waiting.extend(self._later)
        self._later = []
