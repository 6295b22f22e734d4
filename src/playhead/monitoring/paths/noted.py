"""What one process notes of readers and reports until it is handed on, within bounds."""

from collections.abc import Callable
from dataclasses import dataclass, field

from playhead.monitoring.paths.ports import PathReport, Reader

NOTED_AGAIN_S = 60.0
"""A reader is noted once in this time: reports count for five minutes, and open streams ask once a minute."""
PATHS_PER_PERSON = 8
"""Paths of one person that are noted in that time: a person has a device or two. With forged headers one account could
otherwise fill the list of paths."""
READERS_MAX = 50_000
"""Readers that are noted in that time, at most: about 10 MB."""
REPORTS_MAX = 10_000
"""Reports that wait, at most; newer ones are dropped."""


@dataclass(slots=True)
class Batch:
    """What waits to be handed on."""

    readers: set[Reader] = field(default_factory=set)
    reports: list[PathReport] = field(default_factory=list)


class Noted:
    """Collects batches. `clock`: in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._waiting = Batch()
        self._begin()

    def reader(self, reader: Reader) -> None:
        """Note a reader, once in `NOTED_AGAIN_S`."""
        self._begin_if_due()
        if reader not in self._readers and len(self._readers) < READERS_MAX and self._accepts(reader):
            self._readers.add(reader)
            self._waiting.readers.add(reader)

    def report(self, report: PathReport) -> None:
        """Note a report."""
        self._begin_if_due()
        if len(self._waiting.reports) < REPORTS_MAX and self._accepts(report.reader):
            self._waiting.reports.append(report)

    def take(self) -> Batch:
        """What was noted since the last call."""
        taken, self._waiting = self._waiting, Batch()
        return taken

    def put_back(self, taken: Batch) -> None:
        """Keep the reports that could not be handed on. Readers are noted again as they ask: all of them, because the
        store may be empty when it is back."""
        self._begin()
        self._waiting.reports = (taken.reports + self._waiting.reports)[:REPORTS_MAX]

    def _begin_if_due(self) -> None:
        if self._clock() >= self._since + NOTED_AGAIN_S:
            self._begin()

    def _begin(self) -> None:
        self._since = self._clock()
        self._readers: set[Reader] = set()
        self._paths_of: dict[str, set[str]] = {}

    def _accepts(self, reader: Reader) -> bool:
        """Whether this person may be noted on this path."""
        paths = self._paths_of.setdefault(reader.person, set())
        if reader.path not in paths and len(paths) < PATHS_PER_PERSON:
            paths.add(reader.path)
        return reader.path in paths
