from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from quart import Blueprint, Quart
from structlog.testing import capture_logs

from playhead.accounts.access import public
from playhead.accounts.limits import limited, unlimited
from playhead.config import Settings
from playhead.db import Database
from tests.unit.accounts.rooms import accounts_of, app_of, code, settings_in, sign_up


def gates() -> Blueprint:
    blueprint = Blueprint("gates", __name__)

    @blueprint.get("/client")
    @public("a test")
    @limited("2/minute", by="client")
    async def by_client() -> str:
        return "in"

    @blueprint.get("/user")
    @public("a test")
    @limited("2/minute", by="user")
    async def by_user() -> str:
        return "in"

    @blueprint.get("/each/<id>")
    @public("a test")
    @limited("5/minute", by="user", each="2/minute")
    async def of_each(id: str) -> str:
        return id

    @blueprint.get("/free")
    @public("a test")
    @unlimited("a test")
    async def free() -> str:
        return "in"

    return blueprint


@pytest.fixture
async def app(settings: Settings, database: Database) -> AsyncIterator[Quart]:
    app = app_of(settings, database, accounts_of(database), gates())
    async with app.test_app():
        yield app


async def test_third_call_waits(app: Quart) -> None:
    client = app.test_client()
    assert [(await client.get("/api/v1/client")).status_code for _ in range(3)] == [200, 200, 429]
    refused = await client.get("/api/v1/client")
    assert await code(refused) == (429, "too_many_requests")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    detail = (await refused.get_json())["detail"]
    assert detail == f"Too many requests: try again in {refused.headers['Retry-After']} s."
    assert [(await client.get("/api/v1/free")).status_code for _ in range(3)] == [200, 200, 200]


async def test_strangers_who_go_on_asking_wait_and_who_is_signed_in_does_not(
    settings: Settings, database: Database
) -> None:
    app = app_of(settings, database, accounts_of(database), refusals="2/minute")
    async with app.test_app():
        ada, eve = app.test_client(), app.test_client()
        await sign_up(ada)
        answers = [await code(await eve.get("/api/v1/tokens", headers={"Authorization": "Bearer x"})) for _ in range(3)]
        assert answers == [(401, "not_signed_in")] * 2 + [(429, "too_many_requests")]
        assert (await ada.get("/api/v1/tokens")).status_code == 200


async def test_people_behind_one_address_count_apart(app: Quart) -> None:
    ada, eve = app.test_client(), app.test_client()
    await sign_up(ada)
    await sign_up(eve, "eve@example.org")
    assert [(await ada.get("/api/v1/user")).status_code for _ in range(3)] == [200, 200, 429]
    assert (await eve.get("/api/v1/user")).status_code == 200
    assert (await app.test_client().get("/api/v1/user")).status_code == 200


async def test_ids_in_the_path_count_apart_up_to_the_limit_of_the_person(app: Quart) -> None:
    ada, eve = app.test_client(), app.test_client()
    await sign_up(ada)
    await sign_up(eve, "eve@example.org")
    asked = ["x", "x", "x", "y", "z", "y"]
    answers = [(await ada.get(f"/api/v1/each/{one}")).status_code for one in asked]
    assert answers == [200, 200, 429, 200, 200, 429]
    refused = await ada.get("/api/v1/each/w")
    assert await code(refused) == (429, "too_many_requests")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert (await eve.get("/api/v1/each/x")).status_code == 200


async def test_invented_address_buys_nothing(app: Quart) -> None:
    client = app.test_client()
    headers = [{"X-Forwarded-For": f"10.0.0.{n}"} for n in range(3)]
    assert [(await client.get("/api/v1/client", headers=h)).status_code for h in headers] == [200, 200, 429]


@pytest.mark.parametrize(
    ("seen", "last"),
    [
        (["1.1.1.1, 9.9.9.9, 7.7.7.7", "2.2.2.2, 9.9.9.9, 7.7.7.7", "3.3.3.3, 9.9.9.9, 7.7.7.7"], 429),
        (["9.9.9.1, 7.7.7.7", "9.9.9.2, 7.7.7.7", "9.9.9.3, 7.7.7.7"], 200),
        (["2001:db8::1, ::1", "2001:db8::2, ::1", "2001:db8::3, ::1"], 429),
        (["::ffff:9.9.9.9, ::1", "9.9.9.9, ::1", "9.9.9.9, ::1"], 429),
        (["unknown, ::1", "unknown, ::1", "unknown, ::1"], 429),
        (["7.7.7.1", "7.7.7.2", "7.7.7.3"], 429),
        (["9.9.9.9:1, ::1", "9.9.9.9:65535, ::1", "9.9.9.9, ::1"], 429),
        (["9.9.9.1:80, ::1", "9.9.9.2:80, ::1", "9.9.9.3:80, ::1"], 200),
        (["[2001:db8::1]:1, ::1", "[2001:db8::2]:2, ::1", "2001:db8::3, ::1"], 429),
        (["[2001:db8:1::1]:1, ::1", "[2001:db8:2::1], ::1", "[2001:db8:3::1]:1, ::1"], 200),
        (['for="[2001:db8::1]:1", ::1', 'For="[2001:db8::2]:2", ::1', "fe80::1%eth0, ::1"], 200),
        (['for="[2001:db8::1]:1", ::1', 'For="[2001:db8::2]:2", ::1', '"2001:db8::3", ::1'], 429),
        (["x1, ::1", "x2:80, ::1", "[x3]:80, ::1"], 429),
        (["999.9.9.1, ::1", "unknown, ::1", ", ::1"], 429),
    ],
    ids=[
        "chosen by the client",
        "seen by the proxy",
        "one IPv6 customer",
        "mapped IPv4",
        "no address",
        "too few hops",
        "ports",
        "ports of many",
        "brackets",
        "brackets of many",
        "quotes of many",
        "quotes",
        "junk",
        "other junk",
    ],
)
async def test_trusted_proxy_says_who_calls(database: Database, tmp_path: Path, seen: list[str], last: int) -> None:
    app = app_of(settings_in(tmp_path, trusted_hops=2), database, gates())
    async with app.test_app():
        client = app.test_client()
        calls = [await client.get("/api/v1/client", headers={"X-Forwarded-For": hops}) for hops in seen]
    assert [call.status_code for call in calls] == [200, 200, last]


@pytest.mark.parametrize(
    ("environment", "hops", "warnings"), [("production", 0, 1), ("production", 1, 0), ("development", 0, 0)]
)
async def test_proxy_that_is_not_trusted_is_warned_of_once(
    tmp_path: Path, database: Database, environment: str, hops: int, warnings: int
) -> None:
    app = app_of(settings_in(tmp_path, environment=environment, trusted_hops=hops), database, gates())
    with capture_logs() as lines:
        for _ in range(3):
            await app.test_client().get("/api/v1/free", headers={"X-Forwarded-For": "192.0.2.1"})
    assert len([line for line in lines if "TRUSTED_HOPS" in line["event"]]) == warnings
