"""What a look at a rollout counts, on both databases: people once, by arm, and what the servers measured."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert

from playhead.db import SyncDatabase
from playhead.live.clock import now
from playhead.metrics import catalog
from playhead.metrics.catalog import FLAGS_AGE, LOOP_LAG, MEMORY, PUBLISH_DROPS
from playhead.metrics.metrics import Metrics
from playhead.monitoring.sums.models import SumRow
from playhead.monitoring.sums.reading import MINUTE_S, encode
from playhead.monitoring.sums.recorder import minute_of
from playhead.monitoring.sums.worst import REQUESTS_MIN, worst
from playhead.monitoring.watches.models import ExposureRow, WatchRow
from playhead.rollout.counted import counted
from playhead.rollout.counts import Arm, Counts
from playhead.rollout.ports import Position
from playhead.rollout.timings import Timings

AT = Position(25, "rollout")
TIMINGS = Timings(mature_s=40, settle_s=90, due_s=240)
SINCE = now() - timedelta(hours=1)
STREAM = "/api/v1/sessions/<id:id>/status/stream"


@pytest.fixture(autouse=True)
def nothing(database: SyncDatabase) -> None:
    database.run(lambda db: [db.execute(delete(table)) for table in (WatchRow, ExposureRow, SumRow)])


def after(seconds: float) -> datetime:
    return SINCE + timedelta(seconds=seconds)


def watch(person: str, begun_s: float = 300.0, **given: Any) -> dict[str, Any]:
    """The values of a row."""
    zero = dict.fromkeys(("streams", "established", "polls", "last_version"), 0)
    none = dict.fromkeys(("version_at", "counted_at"))
    times = {"begun_at": after(begun_s), "updated_at": after(begun_s), "stream_s": 0.0, "poll_s": 0.0}
    drawn = {"rollout": AT.group, "stage": AT.share, "arm": "stream", "weight": 1}
    text = {"subject": "s", "report": "", "harms": "", "final": "", "reported_at": after(begun_s + 40)}
    return {"person": person, **zero, **none, **times, **drawn, **text, **given}


def watched(database: SyncDatabase, person: str, begun_s: float = 300.0, **given: Any) -> None:
    database.run(lambda db: db.execute(insert(WatchRow).values(watch(person, begun_s, **given))))


def asked(database: SyncDatabase, person: str, at_s: float = 300.0, **given: Any) -> None:
    drawn = {"rollout": AT.group, "stage": AT.share, "arm": "stream", "weight": 1}
    values = {"person": person, "at": after(at_s), **drawn, **given}
    database.run(lambda db: db.execute(insert(ExposureRow).values(values)))


def counts(database: SyncDatabase, at_s: float = 3600.0) -> Counts:
    found: Counts = database.run(lambda db: counted(db, after(at_s), AT, SINCE, TIMINGS))
    return found


def test_each_person_counts_once_by_their_first_two_watches(database: SyncDatabase) -> None:
    watched(database, "ada", 300, harms="mute slow")
    watched(database, "ada", 400, subject="t", harms="mute")
    watched(database, "bob", 300, subject="list")
    watched(database, "bob", 400, subject="t", harms="final_missing")
    watched(database, "bob", 500, subject="u", harms="mute")
    watched(database, "cyd", 300, arm="poll", harms="mute")
    found = counts(database)
    assert (found.stream.people, found.stream.harmed) == (2, {"mute": 1, "slow": 1, "final_missing": 1})
    assert (found.poll.people, found.poll.harmed) == (1, {"mute": 1})


@pytest.mark.parametrize(
    "other",
    [
        {"rollout": "another"},
        {"stage": 10},
        {"arm": "none"},
        {"weight": 0},
        {"begun_s": -1.0},
        {"begun_s": 3561.0},
    ],
)
def test_watch_of_another_stage_or_sample_is_not_counted(database: SyncDatabase, other: dict[str, Any]) -> None:
    watched(database, "ada", **other)
    assert counts(database) == Counts(server=counts(database).server)


def test_watch_is_counted_from_the_age_at_which_it_is_finished(database: SyncDatabase) -> None:
    watched(database, "ada", 300)
    assert [counts(database, at_s).stream.people for at_s in (339.9, 340.0)] == [0, 1]


def test_who_stands_for_several_is_one_person(database: SyncDatabase) -> None:
    watched(database, "ada", weight=3, harms="mute")
    asked(database, "ada", weight=3)
    assert counts(database).stream == Arm(people=1, harmed={"mute": 1}, exposed=1, silent_of=1)


def test_exposed_without_a_report_is_silent_once_one_is_due(database: SyncDatabase) -> None:
    for person in ("reported", "never watched", "unreported", "came back", "left before"):
        asked(database, person)
    asked(database, "too new", 3400)
    asked(database, "settling", 80)
    asked(database, "poll", arm="poll")
    asked(database, "outside", weight=0)
    watched(database, "reported")
    watched(database, "came back", -900, stage=10, reported_at=after(340))
    watched(database, "left before", -900, stage=10, reported_at=after(89))
    watched(database, "unreported", reported_at=None)
    found = counts(database)
    assert (found.stream.exposed, found.stream.silent_of, found.stream.silent) == (6, 5, 3)
    assert (found.poll.exposed, found.poll.silent_of, found.poll.silent) == (1, 1, 1)


def wrote(database: SyncDatabase, source: str, metrics: Metrics, *, minutes_ago: int = 0, dead: bool = False) -> None:
    moment = now()
    values = {
        "begins_at": minute_of(moment) - timedelta(minutes=minutes_ago),
        "span_s": MINUTE_S,
        "source": source,
        "updated_at": moment - timedelta(minutes=minutes_ago + 1 if dead else 0),
        "reading": encode(metrics.read()),
    }
    database.run(lambda db: db.execute(insert(SumRow).values(values)))


def measured(*, lag_s: float, memory: float, drops: int, failed: int, requests: int) -> Metrics:
    metrics = Metrics()
    metrics.gauge(MEMORY, lambda: memory)
    metrics.gauge(FLAGS_AGE, lambda: 1.0)
    metrics.observe(LOOP_LAG, lag_s)
    metrics.add(PUBLISH_DROPS, amount=drops)
    metric = catalog.requests((STREAM, "/api/v1/me"))
    metrics.add(metric, STREAM, "5xx", amount=failed)
    metrics.add(metric, STREAM, "2xx", amount=requests - failed)
    metrics.add(metric, "/api/v1/me", "5xx", amount=1000)
    return metrics


def values_of(database: SyncDatabase) -> dict[str, float | None]:
    return {**database.run(lambda db: worst(db, now()))}


def test_worst_process_of_the_last_minute_counts(database: SyncDatabase) -> None:
    wrote(database, "web-1", measured(lag_s=0.004, memory=0.5, drops=2, failed=0, requests=100))
    wrote(database, "web-2", measured(lag_s=0.9, memory=0.9, drops=7, failed=10, requests=40))
    wrote(database, "web-3", measured(lag_s=9.0, memory=1.0, drops=99, failed=100, requests=100), dead=True)
    found = values_of(database)
    lag_s = found.pop("loop_lag")
    assert lag_s is not None
    assert 0.5 < lag_s <= 1.0
    assert found == {"memory": 0.9, "drops": 7, "flags_age": 1.0, "errors": 0.25}


def test_few_requests_and_older_minutes_say_nothing(database: SyncDatabase) -> None:
    wrote(database, "web-1", measured(lag_s=0.0, memory=0.5, drops=0, failed=2, requests=REQUESTS_MIN - 1))
    wrote(database, "web-1", measured(lag_s=9.0, memory=0.5, drops=99, failed=90, requests=90), minutes_ago=2)
    found = values_of(database)
    assert (found["errors"], found["drops"]) == (None, 0)


def test_nothing_is_measured_without_processes(database: SyncDatabase) -> None:
    assert set(values_of(database).values()) == {None}
