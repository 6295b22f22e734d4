"""What is known of paths, within one process: for tests."""

import time
from collections.abc import Callable, Collection, Mapping

from playhead.monitoring.paths.judgement import WINDOW_S, Evidence, Judgement, begin_of, counts
from playhead.monitoring.paths.ports import OVERRIDES_MAX, PATHS_MAX, Outcome, Override, PathRecord, PathReport, Reader


class MemoryPathStore:
    """Keeps everything for as long as it lives. `clock`: in seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._seen: dict[str, float] = {}
        self._readers: dict[Reader, float] = {}
        self._outcomes: dict[Reader, tuple[Outcome, float]] = {}
        self._judgements: dict[str, Judgement] = {}
        self._overrides: dict[str, Override] = {}
        self._pages: dict[tuple[str, str], int] = {}

    async def now(self) -> float:
        return self._clock()

    async def note(self, readers: Collection[Reader], reports: Collection[PathReport], now: float) -> None:
        for report in reports:
            page = (report.person, report.page)
            if report.seq > self._pages.get(page, 0):
                self._pages[page] = report.seq
                self._outcomes[report.reader] = (report.outcome, now)
        for reader in {*readers, *(report.reader for report in reports)}:
            self._readers[reader] = self._seen[reader.path] = now
        newest = sorted(self._seen, key=self._seen.__getitem__, reverse=True)[:PATHS_MAX]
        self._seen = {path: self._seen[path] for path in newest}

    async def records(self, now: float) -> Mapping[str, PathRecord]:
        in_force = self._in_force(now)
        return {
            path: PathRecord(seen_at, self._judgements.get(path), in_force.get(path))
            for path, seen_at in self._seen.items()
        }

    async def evidence(self, judgements: Mapping[str, Judgement | None], now: float) -> Mapping[str, Evidence]:
        return {path: self._evidence(path, judgement, now) for path, judgement in judgements.items()}

    async def take_turn(self) -> bool:
        return True

    async def keep(self, judgements: Mapping[str, Judgement]) -> None:
        self._judgements |= judgements

    async def set_override(self, path: str, override: Override | None, now: float) -> bool:
        others = {key: held for key, held in self._in_force(now).items() if key != path}
        if override is not None and len(others) >= OVERRIDES_MAX:
            return False
        self._overrides = others | ({path: override} if override is not None else {})
        return True

    async def aclose(self) -> None: ...

    def _in_force(self, now: float) -> dict[str, Override]:
        return {path: held for path, held in self._overrides.items() if held.until.timestamp() > now}

    def _evidence(self, path: str, judgement: Judgement | None, now: float) -> Evidence:
        begin = begin_of(judgement, now)
        found = [
            outcome
            for (of, person), (outcome, at) in self._outcomes.items()
            if of == path and at >= begin and counts(person, judgement, now)
        ]
        readers = sum(of == path and at >= now - WINDOW_S for (of, _), at in self._readers.items())
        return Evidence(readers, found.count(Outcome.PROVEN), found.count(Outcome.MUTED))
