"""The routes about the rollout on both databases: for admins alone, with reasons, and the second of two is refused."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client
from sqlalchemy import delete

from playhead.accounts.repository import set_admin
from playhead.db import SyncDatabase
from playhead.rollout.models import DecisionRow, RolloutRow
from playhead.web import Parts
from tests.contract.databases.app import ask, sign_up

ROLLOUT = "/api/v1/admin/rollout"
EVE = "eve@example.org"
NEED_REASON = ("hold", "stop", "emergency")
MALFORMED: list[tuple[str, dict[str, Any]]] = [
    *((action, {}) for action in NEED_REASON),
    *((action, {"reason": " \n "}) for action in NEED_REASON),
    ("move", {"share": 5}),
    ("move", {"reason": "why"}),
    *(("move", {"reason": "why", "share": share}) for share in (-1, 101, 10**400, 5.5, "five", True, None)),
    ("start", {"reason": 201 * "x"}),
    ("start", {"reason": "a\0b"}),
    ("start", {"reason": None}),
    ("start", {"dry_run": "no"}),
]


@pytest.fixture
async def admin(app: Quart, database: SyncDatabase) -> Client:
    """An admin, on a site without rollouts."""
    database.run(lambda db: [db.execute(delete(table)) for table in (DecisionRow, RolloutRow)])
    client, _ = await sign_up(app, EVE)
    parts: Parts = app.extensions["playhead"]
    await parts.database.run(set_admin, EVE, True)
    return client


async def order(client: Client, action: str, **given: Any) -> tuple[int, Any]:
    answer = await ask(client, "POST", f"{ROLLOUT}/{action}", json=given)
    return answer.status_code, await answer.get_json()


async def shown(client: Client) -> Any:
    answer = await ask(client, "GET", ROLLOUT)
    assert answer.status_code == 200
    return await answer.get_json()


def decided(document: Any) -> list[tuple[str, str, str, str]]:
    return [(one["decision"], one["state"], one["by"], one["reason"]) for one in document["decisions"]]


async def test_nobody_but_admins_sees_or_orders(app: Quart) -> None:
    stranger, _ = await sign_up(app, "mallory@example.org")
    assert (await ask(stranger, "GET", ROLLOUT)).status_code == 403
    assert (await order(stranger, "emergency", reason="fun"))[1]["code"] == "admins_only"
    assert (await ask(app.test_client(), "GET", ROLLOUT)).status_code == 401


async def test_slider_and_plan_are_shown_without_a_rollout(admin: Client) -> None:
    document = await shown(admin)
    assert (document["flag"], document["share"], document["is_allowed"]) == ("sse.status-stream", 100, True)
    assert document["source"] in document["location"]
    assert document["plan"]["problems"] == []
    assert (document["rollout"], document["trouble"], document["decisions"]) == (None, None, [])


async def test_dry_run_is_started_held_resumed_and_stopped(admin: Client) -> None:
    status, document = await order(admin, "start", reason="try  it\n")
    assert (status, document["rollout"]["is_dry_run"], document["share"]) == (200, True, 100)
    assert document["rollout"]["reason"] == "try it"
    held = (await order(admin, "hold", reason="lunch"))[1]["rollout"]
    assert (held["state"], held["held_by"], held["needs_person"]) == ("held", "person", True)
    assert (await order(admin, "resume"))[1]["rollout"]["state"] == "running"
    status, document = await order(admin, "stop", reason="enough")
    assert (status, document["rollout"], document["past"][0]["outcome"]) == (200, None, "stopped")
    assert [one[0] for one in decided(document)] == ["stop", "resume", "hold", "start"]
    assert decided(document)[0] == ("stop", "acted", EVE, "enough")


async def test_rollout_that_acts_moves_the_slider(admin: Client) -> None:
    _, document = await order(admin, "start", reason="go", dry_run=False)
    rollout = document["rollout"]
    assert (document["share"], document["group"]) == (5, f"sse.status-stream.r{rollout['id']}")
    status, document = await order(admin, "move", reason="quick", share=25)
    assert (status, document["share"], document["rollout"]["stage"]) == (200, 25, 2)
    assert document["decisions"][0]["share_from"] == 5
    await order(admin, "stop", reason="enough")
    assert (await shown(admin))["share"] == 25


async def test_second_of_two_starts_is_refused(admin: Client) -> None:
    outcomes = await asyncio.gather(*(order(admin, "start", reason=str(number)) for number in range(2)))
    assert sorted(status for status, _ in outcomes) == [200, 409]
    refused = next(body for status, body in outcomes if status == 409)
    assert (refused["code"], refused["detail"]) == ("rollout_refused", "A rollout is running already: stop it first.")
    assert len((await shown(admin))["decisions"]) == 1


async def test_order_without_a_rollout_is_refused(admin: Client) -> None:
    for action in ("hold", "resume", "move", "stop", "lift"):
        status, body = await order(admin, action, reason="why", share=5)
        assert (action, status, body["code"]) == (action, 409, "rollout_refused")
    assert (await shown(admin))["decisions"] == []


async def test_emergency_is_kept_among_the_decisions_until_it_is_lifted(admin: Client) -> None:
    _, document = await order(admin, "emergency", reason="melts")
    assert (document["emergency"]["by"], document["emergency"]["reason"]) == (EVE, "melts")
    status, document = await order(admin, "lift", reason="over")
    assert (status, document["emergency"]) == (200, None)
    assert decided(document) == [("lift", "acted", EVE, "over"), ("emergency", "acted", EVE, "melts")]
    assert document["decisions"][0]["rollout"] is None


async def test_malformed_order_is_refused_and_nothing_changes(admin: Client) -> None:
    for action, given in MALFORMED:
        status, body = await order(admin, action, **given)
        assert (action, given, status, body["code"]) == (action, given, 400, "invalid")
    document = await shown(admin)
    assert (document["rollout"], document["emergency"], document["decisions"]) == (None, None, [])


async def test_unknown_order_is_not_found(admin: Client) -> None:
    assert (await order(admin, "explode", reason="why"))[0] == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # with PostgreSQL the flags are in the database
async def test_slider_that_cannot_be_read_is_a_trouble(admin: Client, tmp_path: Path) -> None:
    tmp_path.joinpath("flags.json").write_text("{")
    document = await shown(admin)
    assert (document["share"], document["group"], document["is_allowed"]) == (None, None, None)
    assert "flags.json" in document["trouble"] or "The flags cannot be used" in document["trouble"]
    assert (await order(admin, "start", reason="go"))[1]["code"] == "rollout_refused"
