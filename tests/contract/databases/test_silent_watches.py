"""What no page reported, on both databases: silent watches, final statuses, exposures, the sample, and deletion."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session as Db

from playhead.db import SyncDatabase
from playhead.live.clock import now
from playhead.metrics.catalog import PEOPLE
from playhead.monitoring import retention
from playhead.monitoring.feedback.models import FeedbackRow
from playhead.monitoring.sums.models import SumRow
from playhead.monitoring.watches import exposures
from playhead.monitoring.watches.accepted import Kept
from playhead.monitoring.watches.exposures import Exposed, Exposure
from playhead.monitoring.watches.models import AffectedRow, ExposureRow, WatchRow
from playhead.monitoring.watches.report import Report
from playhead.monitoring.watches.repository import Facts, Key, add_facts
from playhead.monitoring.watches.sample import people_now
from playhead.monitoring.watches.silent import AT_ONCE, Counted, EndedWatch, count_silent, settle
from playhead.sessions import repository
from tests.contract.databases.sessions import Queue

KEY = Key("a" * 32, "s")
STREAM, POLL = Exposure("rollout", 25, "stream"), Exposure("rollout", 25, "poll")
OLD = 600.0
"""Seconds since a watch began and was last seen that is long over."""
TABLES = WatchRow, AffectedRow, ExposureRow, SumRow, FeedbackRow


@pytest.fixture(autouse=True)
def nothing(database: SyncDatabase) -> None:
    database.run(lambda db: [db.execute(delete(table)) for table in TABLES])


def watched(database: SyncDatabase, key: Key = KEY, exposure: Exposure = STREAM, weight: int = 1, **did: Any) -> None:
    given = {"begun_at": -OLD, "seen_at": -OLD, **did}
    database.run(add_facts, [Facts(key=key, exposure=exposure, weight=weight, **given)], 0.0)


def change(database: SyncDatabase, **values: Any) -> None:
    database.run(lambda db: db.execute(update(WatchRow).values(values)))


def the_row(database: SyncDatabase) -> WatchRow:
    return database.run(lambda db: db.scalars(select(WatchRow)).one())


def seconds(**modes: float) -> dict[str, tuple[float, float]]:
    return {mode: (watched_s, watched_s) for mode, watched_s in modes.items()}


@pytest.mark.parametrize(
    ("exposure", "did", "report"),
    [
        (STREAM, {"stream_s": 40.0}, Report(seconds=seconds(stream=40.0), allowed=(40.0, 40.0))),
        (STREAM, {"stream_s": 4.0, "poll_s": 6.0}, Report(seconds=seconds(stream=4.0, poll=6.0), allowed=(10.0, 10.0))),
        (POLL, {"poll_s": 6.0}, Report(seconds=seconds(poll=6.0))),
        (Exposure(), {"poll_s": 6.0}, Report(seconds=seconds(poll=6.0))),
    ],
)
def test_silent_watch_is_counted_once_by_what_the_server_did(
    database: SyncDatabase, exposure: Exposure, did: dict[str, Any], report: Report
) -> None:
    watched(database, exposure=exposure, weight=3, streams=1, established=1, **did)
    silent = Counted(weight=3, report=report, is_watch=True, affected=frozenset({"silent"}))
    assert database.run(count_silent) == [silent]
    assert the_row(database).counted_at is not None
    assert database.run(count_silent) == []


@pytest.mark.parametrize(
    ("did", "harms"),
    [
        ({"streams": 2, "stream_s": 5.0}, {"never_established"}),
        ({"streams": 2, "stream_s": 4.9}, set()),
        ({"streams": 2, "stream_s": 9.0, "established": 1}, set()),
        ({"streams": 2, "stream_s": 9.0, "polls": 1}, set()),
    ],
)
def test_silent_watch_without_data_is_harmed(database: SyncDatabase, did: dict[str, Any], harms: set[str]) -> None:
    watched(database, **did)
    (counted,) = database.run(count_silent)
    assert (set(counted.harms), the_row(database).harms) == (harms, " ".join(harms))


@pytest.mark.parametrize(
    ("did", "values"),
    [
        ({"seen_at": -110.0}, {}),
        ({"begun_at": -170.0, "seen_at": -130.0}, {}),
        ({}, {"reported_at": now()}),
        ({}, {"counted_at": now()}),
    ],
    ids=["seen a moment ago", "young", "reported", "counted"],
)
def test_watch_is_not_counted_that_is(database: SyncDatabase, did: dict[str, Any], values: dict[str, Any]) -> None:
    watched(database, **did)
    change(database, **{"polls": 1, **values})
    assert database.run(count_silent) == []


def test_processes_at_once_count_each_silent_watch_once(database: SyncDatabase) -> None:
    many = AT_ONCE + 20
    did = [
        Facts(key=Key(f"{number:032}", "s"), exposure=STREAM, weight=1, begun_at=-OLD, seen_at=-OLD, polls=1)
        for number in range(many)
    ]
    database.run(add_facts, did, 0.0)

    def count(_: int) -> int:
        return sum(iter(lambda: len(database.run(count_silent)), 0))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(count, range(4))) == many


def ended(database: SyncDatabase, ended_at: datetime, version: int = 9) -> list[Counted]:
    return database.run(settle, [EndedWatch(KEY, ended_at, version), EndedWatch(Key("b" * 32, "s"), ended_at, version)])


@pytest.mark.parametrize(
    ("late_s", "final", "harms"),
    [(-1.0, "in_time", set()), (1.9, "in_time", set()), (4.0, "late", set()), (30.0, "late", {"final_late"})],
)
def test_final_status_that_no_page_reported_came(
    database: SyncDatabase, late_s: float, final: str, harms: set[str]
) -> None:
    watched(database, last_version=9, version_at=-OLD, weight=2)
    written_at = the_row(database).version_at
    assert written_at is not None
    end = written_at - timedelta(seconds=late_s)
    affected = frozenset({"finals"} if final == "late" else ())
    assert ended(database, end) == [Counted(weight=2, final=final, harms=frozenset(harms), affected=affected)]
    assert (the_row(database).final, the_row(database).harms) == (final, " ".join(harms))
    assert ended(database, end) == []


def test_final_status_that_was_never_written_is_missing(database: SyncDatabase) -> None:
    watched(database, last_version=8, version_at=-OLD)
    change(database, harms="mute")
    (counted,) = ended(database, now())
    assert (counted.final, set(counted.harms)) == ("missing", {"final_missing"})
    assert the_row(database).harms == "final_missing mute"


@pytest.mark.parametrize(
    ("last_version", "late_s", "final"), [(8, 0.0, ""), (9, 30.0, ""), (9, 90.0, ""), (9, 1.9, "in_time")]
)
def test_final_status_is_neither_late_nor_missing_where_nobody_looks(
    database: SyncDatabase, last_version: int, late_s: float, final: str
) -> None:
    watched(database, last_version=last_version, version_at=-OLD)
    kept = Kept(sums=Report(end=True))
    change(database, report=msgspec.json.encode(kept).decode())
    written_at = the_row(database).version_at
    assert written_at is not None
    ended(database, written_at - timedelta(seconds=late_s))
    assert (the_row(database).final, the_row(database).harms) == (final, "")


def test_final_status_that_a_page_reported_stays_as_it_is(database: SyncDatabase) -> None:
    watched(database, last_version=8)
    change(database, final="in_time")
    assert ended(database, now()) == []
    assert the_row(database).final == "in_time"


def test_final_status_of_who_came_back_much_later_is_not_judged(database: SyncDatabase) -> None:
    watched(database, last_version=9, version_at=0.0)
    assert ended(database, now() - timedelta(minutes=5)) == []


def test_finals_are_read_of_sessions_that_ended(database: SyncDatabase, queue: Queue) -> None:
    waiting, canceled = queue(), queue()
    database.run(repository.cancel, canceled.id, "ada")
    status = database.run(repository.get, canceled.id, "ada").status
    found = database.run(repository.finals_of, [waiting.id, canceled.id, "none"])
    assert found.keys() == {canceled.id}
    ended_at, version = found[canceled.id]
    assert (abs(ended_at - status.updated_at) < timedelta(seconds=1), version) == (True, status.version)


def test_first_exposure_of_a_person_in_a_stage_stands(database: SyncDatabase) -> None:
    people = [f"{number:032}" for number in range(50)]

    def write(arm: str) -> None:
        exposed = [Exposed(one, Exposure("r", stage, arm), 2) for stage in (25, 5) for one in people]
        database.run(exposures.write, exposed)

    write("stream")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, ["poll"] * 4))
    kept = database.run(
        lambda db: db.execute(select(ExposureRow.stage, ExposureRow.person, ExposureRow.arm, ExposureRow.weight)).all()
    )
    assert sorted(map(tuple, kept)) == sorted((stage, one, "stream", 2) for stage in (5, 25) for one in people)


def measured(db: Db, rows: Sequence[tuple[str, float, float, str]]) -> None:
    """Sums: the source, seconds since its minute began, seconds since it was written, the reading."""
    for source, begun_s, written_s, reading in rows:
        begun, written = now() - timedelta(seconds=begun_s), now() - timedelta(seconds=written_s)
        db.add(SumRow(begins_at=begun, span_s=60, source=source, updated_at=written, reading=reading))


def test_people_are_those_of_the_newest_sums_of_each_process(database: SyncDatabase) -> None:
    def of(people: float) -> str:
        return msgspec.json.encode({PEOPLE.name: {"": people}}).decode()

    rows = [
        ("a", 70.0, 11.0, of(900)),
        ("a", 9.0, 1.0, of(700)),
        ("b", 9.0, 5.0, of(400)),
        ("gone", 99.0, 40.0, of(50)),
    ]
    rows += [("odd", 9.0, 1.0, "{"), ("worker", 9.0, 1.0, "{}")]
    database.run(measured, rows)
    assert database.run(people_now) == 1_100
    database.run(lambda db: db.execute(delete(SumRow)))
    assert database.run(people_now) == 0


def people_in(db: Db, column: Any) -> list[str]:
    return list(db.scalars(select(column)))


def test_what_is_older_than_90_days_is_deleted_and_nothing_else(database: SyncDatabase) -> None:
    day = 86_400.0
    for name, age_s in (("old", 90 * day + 60), ("kept", 90 * day - 3_600)):
        watched(database, Key(name, "s"), begun_at=-age_s)
        at = now() - timedelta(seconds=age_s)
        database.run(Db.add, ExposureRow(rollout="r", stage=5, person=name, arm="poll", weight=1, at=at))
        answer = FeedbackRow(id=name, at=at, person=name, nth=1, rating=5, comment="", mode="stream")
        database.run(Db.add, answer)
    database.run(retention.delete_old)
    for person in (WatchRow.person, ExposureRow.person, FeedbackRow.person):
        assert database.run(people_in, person) == ["kept"]
