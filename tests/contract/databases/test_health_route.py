"""How it goes, over HTTP and on both kinds of database: the sums of all processes."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client
from sqlalchemy import delete
from sqlalchemy.orm import Session as Db

from playhead.accounts.repository import set_admin
from playhead.db import SyncDatabase
from playhead.metrics.catalog import STREAMS_OPEN, STREAMS_OPENED
from playhead.metrics.metrics import Metrics
from playhead.monitoring.sums.models import SumRow
from playhead.monitoring.sums.recorder import Recorder
from playhead.monitoring.sums.routes import rows
from playhead.web import Parts
from tests.contract.databases.app import ask, sign_up
from tests.support.databases import listening
from tests.support.measured import Fault, fill

ADMIN = "admin@example.com"
PATH = "/api/v1/admin/health"


@pytest.fixture
async def admin(app: Quart, database: SyncDatabase) -> Client:
    """A signed-in client of an admin, on a site without sums."""
    client, _ = await sign_up(app, ADMIN)
    await asyncio.to_thread(database.run, set_admin, ADMIN, True)
    await asyncio.to_thread(database.run, lambda db: db.execute(delete(SumRow)))
    return client


async def read(client: Client, name: str = "hour", **given: Any) -> Any:
    answer = await ask(client, "GET", f"{PATH}?range={name}", **given)
    assert answer.status_code == 200
    return await answer.get_json()


async def test_site_without_sums_is_quiet(admin: Client) -> None:
    found = await read(admin)
    assert (found["state"], found["processes"]) == ("quiet", {"web": 0, "worker": 0})
    assert {check["state"] for check in found["checks"]} == {"quiet"}
    assert set(found["now"].values()) == {None}
    assert len(found["at"]) == 60
    assert all(series == [None] * 60 for series in found["series"].values())


async def test_each_range_has_its_steps_until_now(admin: Client) -> None:
    for name, steps in {"now": 10, "hour": 60, "day": 96, "month": 120}.items():
        found = await read(admin, name)
        since, until = datetime.fromisoformat(found["from"]), datetime.fromisoformat(found["until"])
        assert found["at"] == [since.timestamp() + found["step_s"] * step for step in range(steps)]
        assert 0 <= until.timestamp() - found["at"][-1] < found["step_s"]


async def test_unknown_range_is_invalid(admin: Client) -> None:
    answer = await ask(admin, "GET", f"{PATH}?range=year")
    assert (answer.status_code, (await answer.get_json())["code"]) == (400, "invalid")


async def test_sums_of_all_processes_are_added(admin: Client, app: Quart, database: SyncDatabase) -> None:
    for kind, opened in (("web", 3), ("web", 4), ("worker", 0)):
        metrics = Metrics()
        metrics.add(STREAMS_OPENED, amount=opened)
        metrics.gauge(STREAMS_OPEN, lambda value=float(opened): value)  # type: ignore[misc]  # bound now
        await asyncio.to_thread(Recorder(metrics, kind).write_sync, database)  # type: ignore[arg-type]
    found = await read(admin)
    assert found["processes"] == {"web": 2, "worker": 1}
    assert found["totals"]["streams_opened"] == 7
    assert found["now"]["streams_open"] == 7


async def test_process_itself_is_among_them(admin: Client, app: Quart) -> None:
    parts: Parts = app.extensions["playhead"]
    await parts.monitoring.write_sums()
    assert (await read(admin))["processes"] == {"web": 1, "worker": 0}


async def test_fault_is_found(admin: Client, database: SyncDatabase) -> None:
    await asyncio.to_thread(fill, database, Fault.MUTE, people=400, days=0.03)
    found = await read(admin)
    assert found["state"] == "bad"
    assert found["checks"][0]["id"] == "uptime"
    assert {"harm": "mute"}.items() <= found["shares"]["harms"][0].items()


async def test_token_that_may_only_read_gets_it(admin: Client, app: Quart) -> None:
    made = await ask(admin, "POST", "/api/v1/tokens", json={"name": "watcher", "scope": "read"})
    secret = (await made.get_json())["secret"]
    found = await read(app.test_client(), headers={"Authorization": f"Bearer {secret}"})
    assert found["state"] == "quiet"


async def test_row_of_another_release_is_skipped(admin: Client, database: SyncDatabase) -> None:
    await asyncio.to_thread(fill, database, people=400, days=0.02)
    before = (await read(admin, "now"))["totals"]["watches"]

    def add(db: Db) -> None:
        row = db.query(SumRow).order_by(SumRow.begins_at.desc()).limit(1).one()
        for number, text in enumerate(("", "[]", '{"watches": 3}', '{"watches": {"browser": [1]}, "new": {"": 1}}')):
            fields = {"begins_at": row.begins_at, "span_s": 60, "updated_at": row.updated_at - timedelta(hours=1)}
            db.add(SumRow(source=f"other-{number}", reading=text, **fields))

    await asyncio.to_thread(database.run, add)
    assert (await read(admin, "hour"))["totals"]["watches"] >= before > 0


def test_range_is_read_by_its_index(database: SyncDatabase) -> None:
    statements: list[tuple[str, Any]] = []

    def note(*given: Any) -> None:
        statements.append(given[2:4])

    with listening(database, "before_cursor_execute", note):
        database.run(rows, "hour")
    statement, parameters = statements[-1]
    is_sqlite = database.engine.dialect.name == "sqlite"
    with database.engine.connect() as connection:
        if not is_sqlite:  # it would scan a small table
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        plan = str(connection.exec_driver_sql(f"{explain} {statement}", parameters).all())
    assert ("SEARCH sums USING INDEX" if is_sqlite else "Index Cond: (begins_at >=") in plan
