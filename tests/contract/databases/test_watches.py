"""Watches on both databases: reports of pages that lie or repeat, what the server did, and two processes at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from playhead.db import SyncDatabase
from playhead.monitoring.watches.exposures import Exposure
from playhead.monitoring.watches.models import WatchRow
from playhead.monitoring.watches.report import SLACK_S, Report
from playhead.monitoring.watches.repository import (
    Facts,
    Key,
    Sent,
    Taken,
    add_facts,
    kept_of,
    take_reports,
)

ADA, BOB = "a" * 32, "b" * 32
STREAM = Exposure("sse.status-stream", 25, "stream")
PAGE, OTHER_PAGE = "0" * 16, "1" * 16
NOW = 1_000.0


@pytest.fixture(autouse=True)
def no_watches(database: SyncDatabase) -> None:
    database.run(lambda db: db.execute(delete(WatchRow)))


def sent(subject: str = "s", seq: int = 1, *, person: str = ADA, page: str = PAGE, **report: Any) -> Sent:
    made = Report(**{"elapsed_s": 40.0, "seconds": {"stream": (30.0, 29.0)}, **report})
    return Sent(key=Key(person, subject), page=page, seq=seq, report=made)


def facts(subject: str = "s", *, person: str = ADA, exposure: Exposure = STREAM, **did: Any) -> Facts:
    given = {"begun_at": NOW - 40, "seen_at": NOW, **did}
    return Facts(key=Key(person, subject), exposure=exposure, weight=1, **given)


def take(database: SyncDatabase, *reports: Sent) -> Taken:
    return database.run(take_reports, reports)


def watched(database: SyncDatabase, *reports: Sent) -> Taken:
    """Takes reports of a watch that began 40 s ago."""
    add(database, facts())
    return take(database, *reports)


def add(database: SyncDatabase, *did: Facts) -> None:
    database.run(add_facts, did, NOW)


def rows(database: SyncDatabase) -> Sequence[WatchRow]:
    return database.run(lambda db: db.scalars(select(WatchRow).order_by(WatchRow.person, WatchRow.subject)).all())


def the_row(database: SyncDatabase) -> WatchRow:
    (row,) = rows(database)
    return row


def test_report_is_added_to_its_watch(database: SyncDatabase) -> None:
    (added,) = watched(database, sent(held=1)).added
    assert (added.is_first, added.weight, added.harms) == (True, 1, frozenset({"mute"}))
    assert added.report.watched_s == 30.0
    row = the_row(database)
    assert (row.rollout, row.stage, row.arm, row.weight) == ("sse.status-stream", 25, "stream", 1)
    assert (row.harms, row.last_version, row.counted_at, row.reported_at) == ("mute", -1, None, row.updated_at)


def test_report_begins_no_watch(database: SyncDatabase) -> None:
    """A session of somebody else, or none at all: the server gave it to nobody of this name."""
    forged = [sent("invented"), sent(person=BOB, held=9)]
    assert watched(database, *forged) == Taken(added=[], repeated=0, unmatched=forged)
    row = the_row(database)
    assert (row.person, row.subject, row.harms, row.reported_at) == (ADA, "s", "", None)


def test_report_adds_no_more_than_its_person_may(database: SyncDatabase) -> None:
    (added,) = watched(database, replace(sent(), most_s=7.0)).added
    assert added.report.watched_s == 7.0


def test_reports_of_two_pages_fill_one_wall(database: SyncDatabase) -> None:
    reports = [sent(page=page, seconds={"stream": (40.0, 40.0)}) for page in (PAGE, OTHER_PAGE)]
    first, second = watched(database, *reports).added
    assert first.report.watched_s == 40.0
    assert second.report.watched_s == pytest.approx(SLACK_S, abs=2)
    assert kept_of(the_row(database).report).sums.watched_s == pytest.approx(45.0, abs=2)


@pytest.mark.parametrize("together", [True, False])
def test_repeated_or_older_report_adds_nothing(database: SyncDatabase, together: bool) -> None:
    reports = [sent(seq=5), sent(seq=5), sent(seq=4), sent(seq=6, seconds={"stream": (1.0, 1.0)})]
    parts = [reports] if together else [[one] for one in reports]
    add(database, facts())
    taken = [take(database, *part) for part in parts]
    assert sum(len(one.added) for one in taken) == 2
    assert sum(one.repeated for one in taken) == 2
    assert kept_of(the_row(database).report).sums.watched_s == 31.0


def test_harm_is_new_once(database: SyncDatabase) -> None:
    each: list[dict[str, Any]] = [{"held": 1}, {"held": 1}, {"fallbacks": 1}]
    add(database, facts())
    taken = [take(database, sent(seq=seq, **harm)) for seq, harm in enumerate(each, 1)]
    assert [added.harms for one in taken for added in one.added] == [{"mute"}, set(), {"fallback"}]
    assert the_row(database).harms == "fallback mute"


def test_first_data_and_the_final_status_count_once(database: SyncDatabase) -> None:
    both: dict[str, Any] = {"first_data_ms": 80.0, "final_lag_ms": 100.0}
    first, second = watched(database, sent(seq=1, **both), sent(seq=2, **both)).added
    assert (first.report.first_data_ms, first.report.final_lag_ms, first.final) == (80.0, 100.0, "in_time")
    assert (second.report.first_data_ms, second.report.final_lag_ms, second.final) == (None, None, "")
    assert the_row(database).final == "in_time"


def test_facts_add_up_and_the_newest_version_stands(database: SyncDatabase) -> None:
    add(database, facts(streams=1, stream_s=5.0, last_version=7, version_at=NOW - 1))
    add(
        database,
        facts(established=1, polls=2, stream_s=1.5, poll_s=3.0, last_version=6, version_at=NOW, begun_at=NOW - 60),
    )
    row = the_row(database)
    assert (row.streams, row.established, row.polls) == (1, 1, 2)
    assert (row.stream_s, row.poll_s, row.last_version) == (6.5, 3.0, 7)
    assert row.version_at is not None
    assert row.updated_at - row.begun_at == pytest.approx(timedelta(seconds=60), abs=timedelta(seconds=5))
    assert timedelta(0) < row.updated_at - row.version_at < timedelta(seconds=6)


def test_first_exposure_stands(database: SyncDatabase) -> None:
    add(database, facts())
    add(database, facts(exposure=Exposure("another", 50, "poll")))
    row = the_row(database)
    assert Exposure(row.rollout, row.stage, row.arm) == STREAM


def test_page_that_began_before_its_watch_was_counted_adds_harms_only(database: SyncDatabase) -> None:
    add(database, facts(begun_at=NOW - 600))
    row = the_row(database)
    database.run(lambda db: db.execute(update(WatchRow).values(counted_at=row.updated_at)))
    late = sent(elapsed_s=300.0, held=1, first_data_ms=9_000.0, lag_ms={"stream": (9.0,) * 17})
    fresh = sent(page=OTHER_PAGE, elapsed_s=0.0, seconds={"poll": (1.0, 1.0)})
    first, second = take(database, late, fresh).added
    assert first.harms == {"mute", "never_established"}
    assert (first.report.watched_s, first.report.lag_ms, first.report.first_data_ms) == (0.0, {}, None)
    assert (second.report.watched_s, first.is_first, second.is_first) == (1.0, False, False)


def test_report_in_a_form_of_another_release_is_replaced(database: SyncDatabase) -> None:
    watched(database, sent(seq=3))
    database.run(lambda db: db.execute(update(WatchRow).values(report='{"sums":7}')))
    assert len(take(database, sent(seq=1)).added) == 1


def test_processes_that_write_at_once_lose_and_repeat_nothing(database: SyncDatabase) -> None:
    """Four processes get the same ten reports of twenty watches, in different orders, and facts beside them."""
    subjects = [f"{number:02}" for number in range(20)]

    add(database, *(facts(one) for one in subjects))

    def report(seed: int) -> int:
        ordered = [sent(one, seq, seconds={"stream": (1.0, 1.0)}) for seq in range(1, 11) for one in subjects]
        taken = [take(database, *ordered[begin : begin + 50]) for begin in range(0, 200, 50)]
        add(database, *(facts(one, streams=1) for one in subjects[seed:] + subjects[:seed]))
        return sum(len(one.added) for one in taken)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(report, range(4))) == 200
    assert [(row.streams, kept_of(row.report).sums.watched_s) for row in rows(database)] == [(4, 10.0)] * 20
