"""Counts the people to whom something happened, each once in six hours over all processes.

Alerts ask for several of them: one person with a bad network has many watches and thousands of late statuses.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session as Db

from playhead.db import insert_of
from playhead.monitoring.sums.histogram import PROMISED_S
from playhead.monitoring.watches.accepted import Added
from playhead.monitoring.watches.models import AffectedRow
from playhead.monitoring.watches.report import BUCKETS, EDGES_MS, PRECISE_RTT_MS, Report

AGAIN = timedelta(hours=6)
"""As long as the longest window of which somebody is paged."""
LATER = timedelta(hours=1)
"""The window in which `FallbackJump` compares who fell back with who watched."""
KEPT = timedelta(days=1)
OLD_S = 5.0
"""Seconds without fresh data in one report: a person has noticed that nothing moves."""
LATE_SHARE, LAGS_MIN = 0.1, 10
"""More late statuses in a report than of ten one: what is bad for the check `lag` is so for a person, too."""
IN_TIME = EDGES_MS.index(PROMISED_S * 1000) + 1

Affected = tuple[str, str]
"""The digest of a person, and one of `catalog.EFFECTS`."""


def effects(added: Added) -> frozenset[str]:
    """What a report shows to have happened to its person, of `catalog.EFFECTS`; nothing outside the sample."""
    report = added.report
    found = {
        "watched": added.is_first,
        "fresh": report.watched_s - report.fresh_s >= OLD_S,
        "lag": _is_late(report),
        "established": added.not_begun > 0,
        "finals": added.final in ("late", "missing"),
        "fallback": report.fallbacks > 0,
    }
    return frozenset(what for what, is_found in found.items() if is_found and added.weight)


def count_new(db: Db, moment: datetime, affected: Collection[Affected]) -> set[Affected]:
    """Notes these people, and returns those that were not counted in the last six hours."""
    if not affected:
        return set()
    rows = [{"person": person, "what": what, "counted_at": moment} for person, what in sorted(set(affected))]
    insert = insert_of(db, AffectedRow)
    # A time ahead was written before the clock was set back.
    is_due = or_(AffectedRow.counted_at <= moment - AGAIN, AffectedRow.counted_at > moment + AGAIN)
    upsert = insert.values(rows).on_conflict_do_update(
        index_elements=["person", "what"], set_={"counted_at": insert.excluded.counted_at}, where=is_due
    )
    return {(row.person, row.what) for row in db.execute(upsert.returning(AffectedRow.person, AffectedRow.what))}


def fell_back_later(db: Db, moment: datetime, new: Collection[Affected]) -> int:
    """How many of these people fell back, and were counted as watching more than an hour before.

    Where a proxy goes wrong in the middle of the day, they are most of those who fall back; without them the share of
    people who fell back would be more than 100 %, or of nobody.
    """
    fell_back = {person for person, what in new if what == "fallback"}
    if not fell_back:
        return 0
    just = (AffectedRow.what == "watched") & (AffectedRow.counted_at > moment - LATER)
    here = db.scalars(select(AffectedRow.person).where(just, AffectedRow.person.in_(sorted(fell_back))))
    return len(fell_back.difference(here))


def delete_old(db: Db, moment: datetime) -> None:
    """Deletes who was counted more than a day ago."""
    db.execute(delete(AffectedRow).where(AffectedRow.counted_at < moment - KEPT))


def _is_late(report: Report) -> bool:
    """Whether streamed updates came late, as far as the page's clock can tell."""
    counts = report.lag_ms.get("stream", ())[:BUCKETS]
    is_precise = report.rtt_ms is not None and report.rtt_ms <= PRECISE_RTT_MS
    return is_precise and sum(counts) >= LAGS_MIN and sum(counts[IN_TIME:]) > LATE_SHARE * sum(counts)
