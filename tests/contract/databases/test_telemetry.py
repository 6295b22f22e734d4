"""Reports of pages over HTTP, on both databases: honest ones, lies, floods, foreign sessions, pages that die."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session as Db

from playhead.accounts.models import User
from playhead.db import SyncDatabase
from playhead.ids import new_id
from playhead.live.clock import now
from playhead.live.observer import PollAnswer, PollKind
from playhead.monitoring.sums.models import SumRow
from playhead.monitoring.watches.inbox import PER_PERSON_MAX
from playhead.monitoring.watches.models import ExposureRow, WatchRow
from playhead.monitoring.watches.report import Report
from playhead.web import Parts
from tests.contract.databases.app import ask, queued, sign_up, web_app

LEAST = Report(transport="stream", elapsed_s=30.0, seconds={"stream": (20.0, 19.0)})
STATUS = "/api/v1/sessions/{}/status"


@pytest.fixture(autouse=True)
def nothing(database: SyncDatabase) -> None:
    database.run(lambda db: [db.execute(delete(table)) for table in (WatchRow, ExposureRow, SumRow)])


def parts_of(app: Quart) -> Parts:
    parts: Parts = app.extensions["playhead"]
    return parts


def rows(database: SyncDatabase) -> Sequence[WatchRow]:
    return database.run(lambda db: db.scalars(select(WatchRow)).all())


def counted(app: Quart, metric: str, key: str = "") -> Any:
    """A value of a metric, 0 where nothing was counted."""
    return parts_of(app).monitoring.metrics.read().get(metric, {}).get(key, 0)


def a_report(session_id: str | None, seq: int = 1, **given: Any) -> dict[str, Any]:
    return {
        "page": secrets.token_hex(8),
        "seq": seq,
        "session_id": session_id,
        "transport": "stream",
        "elapsed_s": 30,
        "seconds": {"stream": [20, 19]},
        **given,
    }


async def report(client: Client, body: dict[str, Any]) -> int:
    return (await ask(client, "POST", "/api/v1/telemetry", json=body)).status_code


async def test_report_is_counted_and_kept_without_names(app: Quart, database: SyncDatabase) -> None:
    ada, ada_id = await sign_up(app, "ada@example.com")
    session = await queued(app, ada_id)
    lags = [0, 0, 5, *[0] * 13, 17]
    given: dict[str, Any] = {"elapsed_s": 4, "seconds": {"stream": [4, 3]}, "allowed": [4, 3]}
    given |= {"lag_ms": {"stream": lags}, "rtt_ms": 8, "first_data_ms": 60, "held": 1}
    assert (await ask(ada, "GET", STATUS.format(session.id))).status_code == 200
    assert await report(ada, a_report(session.id, **given)) == 202
    await parts_of(app).monitoring.watches.write_reports()
    (row,) = rows(database)
    assert (row.arm, row.stage, row.harms) == ("stream", 100, "mute")
    text = " ".join(str(value) for value in vars(row).values())
    assert not any(name in text for name in (ada_id, session.id, "ada@example.com"))
    assert counted(app, "watch_seconds", "stream,browser") == 4
    assert counted(app, "watch_fresh_seconds", "stream,browser") == 3
    assert (counted(app, "allowed_seconds", "browser"), counted(app, "allowed_fresh_seconds", "browser")) == (4, 3)
    lag = counted(app, "paint_lag_seconds", "stream,yes")
    assert (lag[2], lag[-1]) == (5, pytest.approx(0.017))
    assert counted(app, "watches_harmed", "mute,yes") == 1
    assert (counted(app, "watches", "browser"), counted(app, "browser_reports")) == (1, 1)


async def test_lies_stay_within_the_wall_and_with_their_liar(app: Quart, database: SyncDatabase) -> None:
    ada, ada_id = await sign_up(app, "ada@example.com")
    mallory, mallory_id = await sign_up(app, "mallory@example.com")
    of_ada, of_mallory = await queued(app, ada_id), await queued(app, mallory_id)
    for client, session in ((ada, of_ada), (mallory, of_mallory)):
        assert (await ask(client, "GET", STATUS.format(session.id))).status_code == 200
    assert await report(ada, a_report(of_ada.id, elapsed_s=1, seconds={"stream": [1, 1]})) == 202
    lie: dict[str, Any] = {"elapsed_s": 1e9, "seconds": {"stream": [1e9, 1e9]}, "held": 2**31 - 1, "proven": 2**31 - 1}
    page = a_report(of_mallory.id, **lie)
    for body in (page, page, a_report(of_ada.id, **lie), a_report(new_id(), **lie)):
        assert await report(mallory, body) == 202
    await parts_of(app).monitoring.watches.write_reports()
    harms = {row.subject: row.harms for row in rows(database)}
    assert sorted(harms.values()) == ["", "mute"]
    assert counted(app, "watch_seconds", "stream,browser") <= 1 + 60
    assert counted(app, "browser_events", "proven") <= 60
    assert counted(app, "browser_reports_refused", "repeated") == 1
    for _ in range(3):
        await parts_of(app).monitoring.watches.write_facts()
        await parts_of(app).monitoring.watches.write_reports()
    assert counted(app, "browser_reports_refused", "unmatched") == 2


async def test_absent_and_foreign_sessions_are_answered_like_own_ones(app: Quart) -> None:
    ada, ada_id = await sign_up(app, "ada@example.com")
    mallory, _ = await sign_up(app, "mallory@example.com")
    session = await queued(app, ada_id)
    answers = [
        await ask(client, "POST", "/api/v1/telemetry", json=a_report(session_id))
        for client, session_id in ((ada, session.id), (mallory, session.id), (mallory, new_id()), (mallory, None))
    ]
    assert {(answer.status_code, await answer.get_data()) for answer in answers} == {(202, b"")}


async def test_flood_of_invented_sessions_is_bounded_and_hurts_nobody(app: Quart, database: SyncDatabase) -> None:
    """One account sends 10,000 reports of as many sessions; another one reports meanwhile."""
    ada, ada_id = await sign_up(app, "ada@example.com")
    session = await queued(app, ada_id)
    watches, mallory = parts_of(app).monitoring.watches, User("mallory", "mallory@example.com", is_admin=False)
    await ask(ada, "GET", STATUS.format(session.id))
    for number in range(10_000):
        watches.note_report(mallory, new_id(), f"{number:016x}", 1, LEAST)
    assert await report(ada, a_report(session.id)) == 202
    await watches.write_reports()
    assert [row.reported_at is not None for row in rows(database)] == [True]
    assert counted(app, "watches", "browser") == 1
    assert counted(app, "browser_reports_refused", "too_many") == 10_000 - PER_PERSON_MAX


async def test_page_that_dies_is_counted_by_what_the_server_did(app: Quart, database: SyncDatabase) -> None:
    ada, ada_id = await sign_up(app, "ada@example.com")
    session = await queued(app, ada_id)
    watches = parts_of(app).monitoring.watches
    for _ in range(2):
        assert (await ask(ada, "GET", STATUS.format(session.id))).status_code == 200
    await watches.write_facts()
    (row,) = rows(database)
    assert (row.polls, row.arm, row.last_version) == (2, "stream", 1)
    long_ago = {"begun_at": row.begun_at - timedelta(minutes=9), "updated_at": row.updated_at - timedelta(minutes=9)}
    database.run(lambda db: db.execute(update(WatchRow).values(**long_ago, poll_s=12.5)))
    await watches.count_silent()
    await watches.count_silent()
    assert (counted(app, "watches", "server"), counted(app, "watch_seconds", "poll,server")) == (1, 12.5)
    assert counted(app, "allowed_fresh_seconds", "server") == 12.5
    assert await report(ada, a_report(session.id, elapsed_s=600)) == 202
    await watches.write_reports()
    assert (counted(app, "watches", "browser"), counted(app, "watches", "server")) == (0, 1)


async def test_people_who_are_asked_about_are_exposed_and_those_who_are_explained_are_not(
    app: Quart, database: SyncDatabase
) -> None:
    ada, _ = await sign_up(app, "ada@example.com")
    await ask(ada, "GET", "/api/v1/me")
    await parts_of(app).monitoring.watches.write_facts()
    assert database.run(exposed) == []
    await ask(ada, "GET", "/api/v1/status")
    await parts_of(app).monitoring.watches.write_facts()
    assert [(one.rollout, one.stage, one.arm) for one in database.run(exposed)] == [
        ("sse.status-stream", 100, "stream")
    ]


async def test_outside_the_sample_a_page_reports_harms_which_are_counted_apart(
    app: Quart, database: SyncDatabase
) -> None:
    watches, moment = parts_of(app).monitoring.watches, now()
    reading = '{"people":{"":1000000000}}'
    many = SumRow(begins_at=moment, span_s=60, source="web-1", updated_at=moment, reading=reading)
    database.run(Db.add, many)
    await watches.write_facts()
    ada, ada_id = await sign_up(app, "ada@example.com")
    session = await queued(app, ada_id)
    answer = await ask(ada, "GET", STATUS.format(session.id))
    assert answer.headers["Playhead-Telemetry"] == "harms"
    assert await report(ada, a_report(session.id, held=1)) == 202
    await watches.write_reports()
    (row,) = rows(database)
    assert (row.weight, row.harms) == (0, "mute")
    assert (counted(app, "watches_harmed", "mute,no"), counted(app, "watches_harmed", "mute,yes")) == (1, 0)
    assert (counted(app, "watches", "browser"), counted(app, "watch_seconds", "stream,browser")) == (0, 0)


async def test_switched_off_nothing_is_kept_of_anybody(
    tmp_path: Path, database_url: str, database: SyncDatabase
) -> None:
    async with web_app(tmp_path, database_url, TELEMETRY="off") as app:
        ada, ada_id = await sign_up(app, "ada@example.com")
        session = await queued(app, ada_id)
        answer = await ask(ada, "GET", STATUS.format(session.id))
        assert answer.headers["Playhead-Telemetry"] == "off"
        assert await report(ada, a_report(session.id, held=1)) == 202
        await parts_of(app).monitoring.watches.close()
        assert rows(database) == []
        assert database.run(exposed) == []


async def test_two_processes_count_a_report_that_both_get_once(
    tmp_path: Path, app: Quart, database_url: str, database: SyncDatabase
) -> None:
    _, ada_id = await sign_up(app, "ada@example.com")
    async with web_app(tmp_path, database_url) as other:
        apps = (app, other)
        person = User(ada_id, "ada@example.com", is_admin=False)
        for one in apps:
            parts_of(one).monitoring.watches.note_report(person, None, "0" * 16, 1, LEAST)
            topic, kind = f"of:{ada_id}", PollKind.POLL
            parts_of(one).monitoring.watches.facts.polled(
                topic, ada_id, kind, PollAnswer.CHANGED, 9, -1, is_final=False
            )
        await asyncio.gather(*(parts_of(one).monitoring.watches.close() for one in apps))
        assert sorted(counted(one, "browser_reports") for one in apps) == [0, 1]
    (row,) = rows(database)
    assert row.polls == 2


def exposed(db: Db) -> Sequence[ExposureRow]:
    return db.scalars(select(ExposureRow)).all()
