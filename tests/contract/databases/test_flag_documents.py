"""The emergency switch: it is in the database, so all processes see it and it outlives a restart."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from quart import Quart
from sqlalchemy import insert
from sqlalchemy.engine import make_url

from playhead.db import SyncDatabase
from playhead.flags.answers.gate import StreamAnswer
from playhead.flags.file import documents
from playhead.flags.file.documents import DocumentRow
from playhead.web import Parts
from tests.contract.databases.app import web_app
from tests.contract.databases.flags_command import Flags, flags_on
from tests.support.waiting import async_until


@pytest.fixture
def emergency(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flags:
    return flags_on(database_url, str(tmp_path / "elsewhere"), monkeypatch)


def allowed(app: Quart) -> StreamAnswer:
    parts: Parts = app.extensions["playhead"]
    return parts.gate.streams_allowed("ada", False)


async def test_emergency_is_obeyed_until_it_is_lifted(app: Quart, emergency: Flags) -> None:
    client = app.test_client()
    assert allowed(app) is StreamAnswer.FLAG_ON
    output = emergency("emergency", "off", "--reason", "the proxy melts", "--by", "ops").stdout
    assert "the emergency switch holds all streams off since " in output
    assert " by ops: the proxy melts.\n" in output
    await async_until(lambda: allowed(app) is StreamAnswer.KILL_SWITCH)
    (degraded,) = (await (await client.get("/readyz")).get_json())["degraded"]
    assert degraded.startswith("flags: the emergency switch holds all streams off since ")
    assert "ops" not in degraded
    assert " by ops: the proxy melts. Until it is lifted" in emergency("list").stderr
    assert emergency("emergency", "lift").stdout == "The emergency is over: the flags decide.\n"
    await async_until(lambda: allowed(app) is StreamAnswer.FLAG_ON)
    assert (await (await client.get("/readyz")).get_json())["degraded"] == []
    assert emergency("emergency", "lift").stdout == "There was no emergency.\n"
    assert "EMERGENCY" not in emergency("list").stderr


async def test_emergency_is_read_before_the_first_request(
    database: SyncDatabase, database_url: str, tmp_path: Path
) -> None:
    database.run(documents.switch_off, "ops", "")
    async with web_app(tmp_path, database_url) as app:
        assert allowed(app) is StreamAnswer.KILL_SWITCH


async def test_no_stream_before_the_emergency_switch_was_read(database_url: str, tmp_path: Path) -> None:
    nowhere = make_url(database_url).set(database=str(tmp_path / "no" / "database")).render_as_string(False)
    async with web_app(tmp_path, nowhere) as app:
        assert allowed(app) is StreamAnswer.FLAGS_UNAVAILABLE
        assert not (await app.extensions["playhead"].ready())["flags"]


def test_second_switch_off_replaces_the_reason(database: SyncDatabase) -> None:
    for reason in ("one", "two"):
        database.run(documents.switch_off, "ops", reason)
    found = database.run(documents.shared).emergency
    assert found is not None
    assert (found.by, found.reason) == ("ops", "two")


def test_several_people_turn_the_switch_at_once(database: SyncDatabase) -> None:
    with ThreadPoolExecutor(8) as pool:
        pulled = [pool.submit(database.run, documents.switch_off, f"ops {number}", "") for number in range(8)]
        assert all(one.result() for one in pulled)
        lifted = [pool.submit(database.run, documents.lift) for _ in range(8)]
        assert sum(one.result() is not None for one in lifted) == 1


def test_unreadable_emergency_entry_counts_as_emergency(database: SyncDatabase) -> None:
    row = {"name": documents.EMERGENCY, "document": "{", "changed_at": datetime.now(UTC)}
    database.run(lambda db: db.execute(insert(DocumentRow).values(**row)))
    assert database.run(documents.shared).emergency is not None
