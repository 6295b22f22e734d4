"""How the alerts stand, over HTTP and by the command, on both kinds of database."""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from quart import Quart
from quart.typing import TestClientProtocol as Client

from playhead.accounts.repository import set_admin
from playhead.cli import main
from playhead.db import SyncDatabase
from playhead.monitoring.alerts.table import ALERTS
from tests.contract.databases.app import ask, sign_up, web_app
from tests.support.alerting import forget, look

ADMIN = "admin@example.com"
PATH = "/api/v1/admin/alerts"


async def admin_of(app: Quart, database: SyncDatabase) -> Client:
    client, _ = await sign_up(app, ADMIN)
    await asyncio.to_thread(database.run, set_admin, ADMIN, True)
    return client


async def read(client: Client) -> Any:
    answer = await ask(client, "GET", PATH)
    assert answer.status_code == 200
    return await answer.get_json()


@pytest.fixture
def calm(database: SyncDatabase) -> SyncDatabase:
    """A database without incidents, at which nobody has looked."""
    forget(database)
    return database


def alerts(*words: str) -> Result:
    return CliRunner().invoke(main, ["alerts", *words], catch_exceptions=False)


@pytest.fixture
def on_database(calm: SyncDatabase, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SyncDatabase:
    """The database that the command asks."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("ALERT_WEBHOOK", raising=False)
    return calm


async def test_before_the_first_look_nobody_watches(app: Quart, calm: SyncDatabase) -> None:
    found = await read(await admin_of(app, calm))
    assert (found["watching"], found["looked_at"], found["open"], found["history"]) == (False, None, [], [])
    assert [one["name"] for one in found["alerts"]] == [one.name for one in ALERTS]


async def test_incidents_are_open_then_past(tmp_path: Path, database_url: str, calm: SyncDatabase) -> None:
    webhook = "http://127.0.0.1:1/hook"
    begun = look(calm, "RedisAway", "DiskFull")
    looked = look(calm, "DiskFull")
    async with web_app(tmp_path, database_url, ALERT_WEBHOOK=webhook, TELEMETRY="off") as app:
        found = await read(await admin_of(app, calm))
    assert (found["watching"], found["webhook"], found["telemetry"]) == (True, True, False)
    assert datetime.fromisoformat(found["looked_at"]) == looked
    (open_one,), (past_one,) = found["open"], found["history"]
    assert (open_one["alert"], open_one["ended_at"], open_one["notice"]) == ("DiskFull", None, "waiting")
    assert (past_one["alert"], past_one["summary"]) == ("RedisAway", "Redis has not answered for 74 s.")
    assert [datetime.fromisoformat(past_one[name]) for name in ("begun_at", "ended_at")] == [begun, looked]
    assert [one["name"] for one in found["alerts"] if one["state"] == "firing"] == ["DiskFull"]


async def test_only_admins_see_alerts(app: Quart, calm: SyncDatabase) -> None:
    client, _ = await sign_up(app, "bob2@example.com")
    assert (await ask(client, "GET", PATH)).status_code == 403
    assert (await ask(app.test_client(), "GET", PATH)).status_code == 401


def test_command_says_that_nothing_is_wrong(on_database: SyncDatabase) -> None:
    look(on_database)
    found = alerts()
    assert (found.exit_code, found.output) == (0, f"Nothing is wrong. {len(ALERTS)} alerts are watched.\n")


def test_command_has_what_is_wrong_and_what_to_do(on_database: SyncDatabase) -> None:
    begun = look(on_database, "RedisAway")
    found = alerts()
    assert found.exit_code == 1
    assert found.output.splitlines() == [
        f"RedisAway (act now) since {begun:%Y-%m-%d %H:%M:%S} UTC: Redis has not answered for 74 s.",
        "  People notice: Progress comes late, and new recordings are not transcribed.",
        "  What to do: playhead alerts runbook RedisAway",
    ]


def test_command_says_that_nobody_watches(on_database: SyncDatabase) -> None:
    found = alerts()
    assert found.exit_code == 1
    assert found.output.startswith("NOBODY WATCHES: there was no look yet.")


def test_command_lists_what_is_watched_also_for_programs(on_database: SyncDatabase) -> None:
    look(on_database, "RedisAway")
    lines = alerts("--all").output.splitlines()[3:]
    assert [line.split()[0] for line in lines] == [one.name for one in ALERTS]
    assert next(line.split()[1:] for line in lines if line.startswith("RedisAway")) == ["page", "74", "s", "firing"]
    found = alerts("--json")
    assert (found.exit_code, json.loads(found.output)["open"][0]["alert"]) == (1, "RedisAway")


def test_command_lists_the_past(on_database: SyncDatabase) -> None:
    assert alerts("history").output == "There was no incident in the last 90 days.\n"
    begun = look(on_database, "RedisAway")
    look(on_database)
    assert alerts("history").output == (
        f"{begun:%Y-%m-%d %H:%M:%S} UTC, 0 s  RedisAway: Redis has not answered for 74 s.\n"
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_runbooks_are_served_to_everybody_and_nothing_beside_them(app: Quart) -> None:
    client = app.test_client()
    for slug in sorted({one.runbook for one in ALERTS}):
        answer = await ask(client, "GET", f"/runbooks/{slug}")
        assert (answer.status_code, answer.content_type) == (200, "text/plain; charset=utf-8"), slug
        assert (await answer.get_data(as_text=True)).startswith("# ")
    for other in ("README", "gone", "redis-away.md", ".."):
        assert (await ask(client, "GET", f"/runbooks/{other}")).status_code == 404
