"""The health of paths in one process: it answers from memory, and agrees with all other processes each second."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from time import monotonic

from playhead import log
from playhead.live.path import ClientPath
from playhead.monitoring.paths.judgement import PathState, is_chosen, judge, share_of
from playhead.monitoring.paths.noted import Noted
from playhead.monitoring.paths.ports import KEPT_S, Outcome, PathRecord, PathReport, PathStore, Reader

EVERY_S = 1.0
"""Between two rounds: all processes act on a path that turned bad within two seconds."""

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a path. `share`: of the people who may stream on it while it is probed."""

    record: PathRecord
    share: float

    def buffered(self, person: str) -> bool | None:
        """Whether a stream of this person would be held back; None while nothing is certain."""
        record = self.record
        if record.state is PathState.PROBING and record.judgement is not None:
            return not is_chosen(person, record.judgement, self.share)
        return None if record.state is None else record.state is PathState.BUFFERED


class SharedPathHealth:
    """`PathHealth` of all processes together. Belongs to one event loop.

    While the store is away, the last judgements hold for as long as the store would keep them.
    """

    def __init__(
        self,
        store: PathStore,
        *,
        changed: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """
        Args:
            changed: called when what speaks against streams has changed.
            clock: in seconds.
        """
        self._store = store
        self._changed = changed
        self._clock = clock
        self._noted = Noted(clock)
        self._findings: Mapping[str, Finding] = {}
        self._refreshed_at = clock()
        self._is_away = False

    def buffered(self, path: ClientPath, person_id: str) -> bool | None:
        reader = Reader(path.key, digest_of(person_id))
        self._noted.reader(reader)
        finding = self._finding(reader.path)
        return finding.buffered(reader.person) if finding is not None else None

    def state(self, path: ClientPath) -> PathState | None:
        """The state of a path; None while nothing is certain of it."""
        finding = self._finding(path.key)
        return finding.record.state if finding is not None else None

    def report(self, path: ClientPath, person_id: str, page: str, seq: int, outcome: Outcome) -> None:
        """Note what a page saw of a path."""
        self._noted.report(PathReport(path.key, digest_of(person_id), page, seq, outcome))

    async def refresh(self) -> None:
        """One round: hand on what was noted, judge if it is this process's turn, and read the judgements."""
        batch = self._noted.take()
        try:
            now = await self._store.now()
            await self._store.note(batch.readers, batch.reports, now)
            records = await self._store.records(now)
            if await self._store.take_turn():
                records = await self._judged(records, now)
        except OSError as error:
            self._noted.put_back(batch)
            if not self._is_away:
                logger.warning("the health of paths is not shared", error=str(error))
            self._is_away = True
            return
        self._is_away = False
        self._find({path: Finding(record, _share(record, now)) for path, record in records.items()})

    async def _judged(self, records: Mapping[str, PathRecord], now: float) -> Mapping[str, PathRecord]:
        """Judge all paths, keep what is new, and return the records with it."""
        last = {path: record.judgement for path, record in records.items()}
        evidence = await self._store.evidence(last, now)
        judged = {path: judge(last[path], evidence[path], now) for path in last}
        fresh = {path: made for path, made in judged.items() if made is not None and made != last[path]}
        if fresh:
            await self._store.keep(fresh)
        for path, made in fresh.items():
            logger.info("a path was judged", path=path, state=made.state, **asdict(evidence[path]))
        return {path: replace(record, judgement=judged[path]) for path, record in records.items()}

    def _find(self, findings: Mapping[str, Finding]) -> None:
        last, self._findings, self._refreshed_at = self._findings, findings, self._clock()
        if _against(last) != _against(findings):
            self._changed()

    def _finding(self, path: str) -> Finding | None:
        return self._findings.get(path) if self._clock() < self._refreshed_at + KEPT_S else None


def _against(findings: Mapping[str, Finding]) -> Mapping[str, PathState]:
    """The states that speak against a stream. A new or healthy path ends none: otherwise one account with forged
    headers could let every stream check its flags again and again."""
    states = {path: one.record.state for path, one in findings.items()}
    return {path: state for path, state in states.items() if state not in (None, PathState.HEALTHY)}


def digest_of(person_id: str) -> str:
    """What is kept of a person: enough to count people."""
    return blake2b(person_id.encode(), digest_size=8).hexdigest()


def _share(record: PathRecord, now: float) -> float:
    return share_of(record.judgement, now) if record.judgement is not None else 1.0
