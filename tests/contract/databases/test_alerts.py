"""Alerts on both databases: once per incident, by two processes, after restarts, gaps and clocks that were set."""

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from quart import Quart
from sqlalchemy import delete, insert, select, update

from playhead.db import Database, SyncDatabase, present
from playhead.metrics.catalog import AFFECTED, FRESH_TIME, PUBLISH_RETRIES, REDIS_AGE, WATCH_TIME
from playhead.metrics.metrics import Reading
from playhead.monitoring.alerts import repository
from playhead.monitoring.alerts.incidents import State
from playhead.monitoring.alerts.judge import FORGOTTEN, GAP
from playhead.monitoring.alerts.measure import Measured, Tallies
from playhead.monitoring.alerts.models import INCIDENTS, LOOKS
from playhead.monitoring.alerts.past import Past
from playhead.monitoring.alerts.table import BY_NAME
from playhead.monitoring.alerts.watcher import Watcher
from playhead.monitoring.sums.models import SumRow
from playhead.monitoring.sums.reading import HOUR_S, MINUTE_S, encode
from playhead.web import Parts
from tests.support.clock import Clock
from tests.support.waiting import async_until

REDIS = replace(BY_NAME["RedisAway"], for_s=60, keep_firing_s=60)
DROPS = BY_NAME["PublisherDropping"]
LOOK = timedelta(seconds=30)
EVER = datetime(2000, 1, 1, tzinfo=UTC)
BAD, WELL = Measured(75.0, holds=True), Measured(3.0, holds=False)
Looks = Callable[..., datetime]


@pytest.fixture(autouse=True)
def nothing(database: SyncDatabase) -> None:
    database.run(lambda db: [db.execute(delete(table)) for table in (INCIDENTS, LOOKS, SumRow)])


@pytest.fixture
def now(database: SyncDatabase) -> datetime:
    return database.run(present)


@pytest.fixture
def look(database: SyncDatabase) -> Looks:
    def look(at: datetime, *found: Measured) -> datetime:
        """Looks half a minute apart; returns when the next is due."""
        for one in found:
            assert database.run(repository.write_look, at, [(REDIS, one)])
            at += LOOK
        return at

    return look


@pytest.fixture
async def web(database_url: str) -> AsyncIterator[Database]:
    web = Database(database_url)
    yield web
    await web.close()


def opened(database: SyncDatabase) -> list[str]:
    return [one.alert for one in database.run(repository.open_incidents)]


def ended(database: SyncDatabase) -> list[str]:
    return [one.alert for one in database.run(repository.history, EVER)]


def state(database: SyncDatabase, name: str = "RedisAway") -> State:
    found = database.run(repository.states)
    assert found is not None
    return found.states[name].state


def test_incident_has_a_begin_an_end_and_both_notices(database: SyncDatabase, now: datetime, look: Looks) -> None:
    assert database.run(repository.states) is None
    at = look(now, BAD, BAD)
    assert (opened(database), state(database)) == ([], State.PENDING)
    at = look(at, BAD, BAD)
    (incident,) = database.run(repository.open_incidents)
    assert (incident.alert, incident.severity, incident.value) == ("RedisAway", "page", 75.0)
    assert (incident.summary, incident.begun_at) == ("Redis has not answered for 75 s.", now + 2 * LOOK)
    assert (incident.notice_at, incident.notice_tries) == (incident.begun_at, 0)
    database.run(lambda db: db.execute(update(INCIDENTS).values(notice_at=None, begin_noticed_at=at)))
    at = look(at, WELL, WELL)
    (over,) = database.run(repository.history, now)
    assert (over.ended_at, over.notice_at) == (at - LOOK, at - LOOK)
    assert (opened(database), state(database)) == ([], State.INACTIVE)
    look(at, BAD, BAD, BAD)
    assert (opened(database), ended(database)) == (["RedisAway"], ["RedisAway"])


def test_notice_of_the_end_waits_for_that_of_the_begin(database: SyncDatabase, now: datetime, look: Looks) -> None:
    later = now + timedelta(hours=1)
    at = look(now, BAD, BAD, BAD)
    database.run(lambda db: db.execute(update(INCIDENTS).values(notice_at=later, notice_tries=5)))
    look(at, WELL, WELL)
    (over,) = database.run(repository.history, now)
    assert (over.notice_at, over.notice_tries) == (later, 5)


def test_looks_of_processes_at_once_open_one_incident(database: SyncDatabase, now: datetime, look: Looks) -> None:
    at = look(now, BAD, BAD)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: database.run(repository.write_look, at, [(REDIS, BAD)]), range(4)))
    assert opened(database) == ["RedisAway"]
    with ThreadPoolExecutor(4) as pool:
        looked = [at + LOOK, at + 2 * LOOK] * 2
        list(pool.map(lambda moment: database.run(repository.write_look, moment, [(REDIS, WELL)]), looked))
    assert (opened(database), ended(database)) == ([], ["RedisAway"])


def test_look_that_comes_after_a_later_one_is_dropped(database: SyncDatabase, now: datetime, look: Looks) -> None:
    at = look(now, BAD, BAD, BAD)
    assert not database.run(repository.write_look, at - 2 * LOOK, [(REDIS, WELL)])
    assert (opened(database), state(database)) == (["RedisAway"], State.FIRING)


def test_gap_begins_what_is_pending_anew_and_ends_nothing(database: SyncDatabase, now: datetime, look: Looks) -> None:
    at = look(now, BAD, BAD) + GAP
    at = look(at, BAD, BAD)
    assert (opened(database), state(database)) == ([], State.PENDING)
    at = look(at, BAD) + timedelta(days=1)
    at = look(at, WELL, WELL)
    assert (opened(database), state(database)) == (["RedisAway"], State.FIRING)
    look(at, WELL)
    assert (opened(database), ended(database)) == ([], ["RedisAway"])


def test_clock_that_was_set_back_doubles_no_incident(database: SyncDatabase, now: datetime, look: Looks) -> None:
    look(now, BAD, BAD, BAD)
    back = now - timedelta(hours=3)
    at = look(back, BAD, BAD)
    assert (opened(database), state(database)) == (["RedisAway"], State.FIRING)
    look(at, WELL, WELL)
    (over,) = database.run(repository.history, EVER)
    assert over.ended_at == over.begun_at  # not before it began


@pytest.mark.parametrize("text", ["", "{", "[]", '{"RedisAway": {"state": "sleeping"}}'])
def test_states_of_another_release_lose_no_incident(
    database: SyncDatabase, now: datetime, look: Looks, text: str
) -> None:
    at = look(now, BAD, BAD, BAD)
    database.run(lambda db: db.execute(update(LOOKS).values(states=text)))
    at = look(at, WELL)
    assert (opened(database), state(database)) == (["RedisAway"], State.FIRING)
    look(at, WELL, WELL)
    assert (opened(database), ended(database)) == ([], ["RedisAway"])


def test_alert_that_no_release_watches_ends_after_an_hour(database: SyncDatabase, now: datetime, look: Looks) -> None:
    at = look(now, BAD, BAD, BAD)
    for later, alerts in ((timedelta(minutes=5), ["RedisAway"]), (FORGOTTEN, [])):
        assert database.run(repository.write_look, at + later, [(DROPS, Measured(0.0, holds=False))])
        assert opened(database) == alerts
    assert ended(database) == ["RedisAway"]


def test_incidents_are_kept_for_90_days(database: SyncDatabase, now: datetime) -> None:
    for days in (1, 89, 91, None):
        at = None if days is None else now - timedelta(days=days)
        row = {"alert": "DiskFull", "severity": "page", "summary": "", "notice_tries": 0}
        database.run(lambda db, row=row, at=at: db.execute(insert(INCIDENTS).values(begun_at=now, ended_at=at, **row)))  # type: ignore[misc]
    database.run(repository.delete_old)
    assert (len(ended(database)), len(opened(database))) == (2, 1)
    assert len(database.run(repository.history, EVER, 1)) == 1


def write(
    database: SyncDatabase, begins_at: datetime, reading: Reading, *, span_s: int = MINUTE_S, source: str = ""
) -> None:
    fields = {"begins_at": begins_at, "span_s": span_s, "source": source, "updated_at": begins_at}
    database.run(lambda db: db.execute(insert(SumRow).values(reading=encode(reading), **fields)))


def watched(old: float, affected: float) -> Reading:
    """An hour of watching with such a share of old data, and so many people affected."""
    return {
        WATCH_TIME.name: {"stream,browser": 3600.0},
        FRESH_TIME.name: {"stream,browser": 3600.0 * (1 - old)},
        AFFECTED.name: {"fresh": affected, "watched": affected},
    }


def value_of(database: SyncDatabase, name: str) -> float | None:
    found = database.run(repository.states)
    assert found is not None
    return found.states[name].value


async def test_watcher_measures_hours_minutes_and_processes(
    database: SyncDatabase, web: Database, now: datetime
) -> None:
    minute = now.replace(second=0, microsecond=0)
    hour = minute.replace(minute=0)
    for hours in range(49, 80):
        write(database, hour - timedelta(hours=hours), watched(0.1, 9), span_s=HOUR_S)
    for hours in range(1, 30):
        write(database, hour - timedelta(hours=hours), watched(0.2, 9))
    write(database, minute, {PUBLISH_RETRIES.name: {"": 7.0}, REDIS_AGE.name: {"": 3.0}}, source="web-1")
    write(database, minute, {PUBLISH_RETRIES.name: {"": 9.0}, REDIS_AGE.name: {"": 99.0}}, source="worker-2")
    database.run(lambda db: db.execute(update(SumRow).where(SumRow.source != "").values(updated_at=present(db))))
    watcher = Watcher(web)
    await watcher.look()
    assert value_of(database, "FreshBurnsSlowly") == pytest.approx(0.2)
    assert value_of(database, "PublisherDropping") == 16.0
    assert value_of(database, "RedisAway") == 99.0
    assert [state(database, name) for name in ("FreshBurnsSlowly", "PublisherDropping", "RedisAway", "DiskFull")] == [
        *(State.PENDING,) * 3,
        State.INACTIVE,
    ]
    rows = watcher.rows_read
    await watcher.look()
    assert watcher.rows_read < rows / 10  # the past is read once


async def test_hours_that_a_clock_goes_through_twice_are_read_again(
    database: SyncDatabase, web: Database, now: datetime
) -> None:
    clock, tallies = Clock(), Tallies([DROPS])
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    past = Past(web, tallies, 24 * HOUR_S, present=lambda _: noon + timedelta(seconds=clock.now))

    async def dropped() -> float:
        _, rows, _ = await past.read()
        return sum(number for row in rows for _, number in row.numbers)

    clock.now = 0.0
    write(database, noon - timedelta(hours=4), {PUBLISH_RETRIES.name: {"": 1.0}})
    assert await dropped() == 1.0
    clock.now = -4.0 * HOUR_S  # the clock is set back, and the hour is there again
    write(database, noon - timedelta(hours=4), {PUBLISH_RETRIES.name: {"": 2.0}}, source="web-1")
    assert await dropped() == 3.0
    clock.now = 0.0
    assert [await dropped(), past.rows_read] == [3.0, 2]
    assert [await dropped(), past.rows_read] == [3.0, 0]


async def test_watcher_skips_rows_of_another_release(database: SyncDatabase, web: Database, now: datetime) -> None:
    minute = now.replace(second=0, microsecond=0)
    write(database, minute, {PUBLISH_RETRIES.name: {"": 20.0}}, source="web-1")
    write(database, minute, {}, source="web-2")
    database.run(lambda db: db.execute(update(SumRow).where(SumRow.source == "web-2").values(reading="{")))
    await Watcher(web).look()
    assert value_of(database, "PublisherDropping") == 20.0


async def test_web_process_looks_at_alerts(app: Quart, database: SyncDatabase) -> None:
    parts: Parts = app.extensions["playhead"]
    jobs = {job.name: job for job in parts.monitoring.jobs()}
    assert jobs["alerts"].is_shared
    await jobs["alerts"].work()
    await async_until(lambda: database.run(repository.states) is not None)
    await jobs["old alerts"].work()
    assert database.run(lambda db: db.execute(select(INCIDENTS)).all()) == []
