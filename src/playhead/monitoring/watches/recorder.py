"""Records watches of one process: takes reports and what the server did, writes them, and counts what they say."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from time import monotonic

from playhead.accounts.models import User
from playhead.db import Database
from playhead.live.clock import now
from playhead.live.groups import in_groups
from playhead.metrics.catalog import FINALS, PEOPLE, REPORTS_REFUSED, WATCHES
from playhead.metrics.metrics import Metrics
from playhead.monitoring.watches import exposures, repository, silent
from playhead.monitoring.watches.allowance import Allowance
from playhead.monitoring.watches.counting import count_affected, count_harms, count_report, count_time
from playhead.monitoring.watches.digest import person_digest, subject_digest
from playhead.monitoring.watches.exposures import Exposures
from playhead.monitoring.watches.facts import Followed, WatchFacts, subject_of
from playhead.monitoring.watches.inbox import Inbox
from playhead.monitoring.watches.report import Report
from playhead.monitoring.watches.repository import Facts, Key, Sent
from playhead.monitoring.watches.sample import Sample, Word, people_now
from playhead.monitoring.watches.silent import Counted, EndedWatch

REPORTS_EVERY_S = 1.0
"""Reports that arrive in a second are written together."""
FACTS_EVERY_S = 5.0
"""What the server did is written so soon, long before the first report of a page (40 s)."""
SILENT_EVERY_S = 60.0
PRESENT_S = 60.0
"""Who had a stream or polled within so long before the end was there, unless they were absent at the end."""
FACTS_IN_A_TURN = 10
"""Watches that are made ready in one turn of the event loop, 40 µs each: a thousand at once held every stream up."""
FACTS_AT_ONCE = 500
"""Watches in one transaction."""
FACTS_MAX = 50_000
"""Watches that wait while the database is away; the newest are dropped beyond it."""


Finals = Callable[[Collection[str]], Awaitable[Mapping[str, tuple[datetime, int]]]]
"""When those of these sessions that have ended did so, and the version of their final status."""


class WatchRecorder:
    """One per process; belongs to its event loop.

    Args:
        secret_key: the key of the digests.
        is_on: whether anything is kept of people (setting `TELEMETRY`).
        finals: reads how sessions ended.
    """

    def __init__(
        self,
        database: Database,
        metrics: Metrics,
        *,
        secret_key: str,
        finals: Finals,
        is_on: bool = True,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._metrics = metrics
        self._secret_key = secret_key
        self._finals = finals
        self._is_on = is_on
        self._clock = clock
        self.sample = Sample(self._person)
        self.exposures = Exposures(self._person, self.sample.weight)
        self.facts = WatchFacts(clock=clock)
        self._inbox = Inbox()
        self._allowance = Allowance(clock)
        self._unwritten: list[Facts] = []
        self._turn = asyncio.Lock()
        """Facts that are being written are nowhere else, and a report needs them."""
        metrics.gauge(PEOPLE, self.facts.people)

    def word(self, person: User) -> Word | None:
        """What this person's page is to report; None: all that it does."""
        return self.sample.word(person.id) if self._is_on else "off"

    def note_report(self, person: User, session_id: str | None, page: str, seq: int, report: Report) -> None:
        """Note a report of a page of this person."""
        if not self._is_on:
            return
        key = self._key(person.id, subject_of(session_id, self.facts.day_of_list(person.id)))
        most_s = self._allowance.take(key.person, report.watched_s)
        sent = Sent(key=key, page=page, seq=seq, report=report, most_s=most_s)
        if not self._inbox.put(sent):
            self._metrics.add(REPORTS_REFUSED, "too_many")

    async def write_reports(self) -> None:
        """Write the reports that wait, and count them. Raises DatabaseError."""
        async with self._turn:
            await self._write_reports()

    async def write_facts(self) -> None:
        """Write what the server did, and settle the final statuses of watches that are over. Raises DatabaseError."""
        async with self._turn:
            await self._write_facts()

    async def _write_reports(self) -> None:
        if self._inbox:
            await self._write_new_facts()  # a report needs its watch
        while sent := self._inbox.take():
            try:
                taken = await self._database.run(repository.take_reports, sent)
            except OSError:
                self._inbox.put_back(sent)
                raise
            for added in taken.added:
                count_report(self._metrics, added)
            count_affected(self._metrics, taken.affected)
            self._metrics.add(REPORTS_REFUSED, "repeated", amount=taken.repeated)
            self._metrics.add(REPORTS_REFUSED, "unmatched", amount=self._inbox.put_off(taken.unmatched))

    async def _write_facts(self) -> None:
        if not self._is_on:
            deque(self.facts.take(), maxlen=0)
            self.facts.forget(self.facts.over())
            return
        await self._write_new_facts()
        self._inbox.wake()
        await self._write_exposures()
        await self._settle()
        self.sample.resize(await self._database.run(people_now))

    async def _write_new_facts(self) -> None:
        async for one in in_groups(self.facts.take(), FACTS_IN_A_TURN):
            if len(self._unwritten) < FACTS_MAX:
                self._unwritten.append(self._facts_of(one))
        while batch := self._unwritten[:FACTS_AT_ONCE]:
            del self._unwritten[: len(batch)]
            try:
                await self._database.run(repository.add_facts, batch, self._clock())
            except OSError:
                self._unwritten = [*batch, *self._unwritten]
                raise

    async def close(self) -> None:
        """Write what is there at the end of the process. Raises DatabaseError."""
        await self.write_reports()
        await self.write_facts()

    async def count_silent(self) -> None:
        """Count the watches of all processes that no page reported. Raises DatabaseError."""
        while counted := await self._database.run(silent.count_silent):
            for one in counted:
                self._count(one)

    async def _write_exposures(self) -> None:
        exposed = self.exposures.take()
        if not exposed:
            return
        try:
            await self._database.run(exposures.write, exposed)
        except OSError:
            self.exposures.put_back(exposed)
            raise

    async def _settle(self) -> None:
        """Note how the final statuses came to those who were there at the end."""
        over = self.facts.over()
        sessions = {one.topic for one in over if not one.is_list}
        finals = await self._finals(sessions) if sessions else {}
        ended = [
            EndedWatch(self._key(one.person_id, one.subject), *finals[one.topic])
            for one in over
            if one.topic in finals and self._was_there(one, finals[one.topic][0])
        ]
        for counted in await self._database.run(silent.settle, ended) if ended else ():
            self._count(counted)
        self.facts.forget(over)

    def _was_there(self, one: Followed, ended_at: datetime) -> bool:
        present, clock = now(), self._clock()
        seen_at, there_since = (present - timedelta(seconds=clock - at) for at in (one.seen_at, one.there_since))
        return there_since <= ended_at <= seen_at + timedelta(seconds=PRESENT_S)

    def _count(self, counted: Counted) -> None:
        count_harms(self._metrics, counted.harms, counted.weight)
        count_affected(self._metrics, counted.affected)
        if not counted.weight:
            return
        if counted.is_watch:
            self._metrics.add(WATCHES, "server", amount=counted.weight)
        if counted.final:
            self._metrics.add(FINALS, counted.final, "server", amount=counted.weight)
        count_time(self._metrics, counted.report, counted.weight, "server")

    def _facts_of(self, one: Followed) -> Facts:
        key = self._key(one.person_id, one.subject)
        return Facts(
            key=key,
            exposure=self.exposures.of(one.person_id),
            weight=self.sample.weight(key.person),
            begun_at=one.begun_at,
            seen_at=one.seen_at,
            streams=one.streams,
            established=one.established,
            polls=one.polls,
            stream_s=one.stream_s,
            poll_s=one.poll_s,
            last_version=one.last_version,
            version_at=one.version_at,
        )

    def _key(self, person_id: str, subject: str) -> Key:
        return Key(self._person(person_id), subject_digest(self._secret_key, subject))

    def _person(self, person_id: str) -> str:
        return person_digest(self._secret_key, person_id)
