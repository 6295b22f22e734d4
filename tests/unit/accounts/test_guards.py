import time
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha512
from pathlib import Path

import pytest
from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer
from quart import Blueprint, Quart
from quart_auth import AuthUser

from playhead.accounts.access import admin_only, public, signed_in
from playhead.accounts.guards import COOKIE_LENGTH, LOGIN_LIFETIME, CookieSerializer, caller, caller_login, digest
from playhead.accounts.logins import create_login
from playhead.accounts.models import Credential
from playhead.accounts.repository import set_admin
from playhead.config import Settings
from playhead.db import Database
from tests.unit.accounts.rooms import OURS, accounts_of, app_of, code, logins_of, settings_in, sign_up


def doors() -> Blueprint:
    blueprint = Blueprint("doors", __name__)

    @blueprint.get("/open")
    @public("a test")
    async def open_door() -> str:
        return caller().email

    @blueprint.get("/members")
    @signed_in
    async def members() -> str:
        return caller_login().digest

    @blueprint.get("/admins")
    @admin_only
    async def admins() -> str:
        return "come in"

    @blueprint.get("/forgotten")
    async def forgotten() -> str:
        return "come in"

    @blueprint.post("/change")
    @public("a test")
    async def change() -> str:
        return "changed"

    return blueprint


@pytest.fixture
async def app(settings: Settings, database: Database) -> AsyncIterator[Quart]:
    app = app_of(settings, database, accounts_of(database), doors())
    app.add_url_rule("/hall", "hall", lambda: "for all")
    async with app.test_app():
        yield app


async def test_stranger_is_asked_to_sign_in(app: Quart) -> None:
    client = app.test_client()
    for door in ("open", "members", "admins", "forgotten"):
        assert await code(await client.get(f"/api/v1/{door}")) == (401, "not_signed_in")
    assert (await client.get("/hall")).status_code == 200


async def test_only_an_admin_enters_where_admins_belong_or_nobody_said_who(app: Quart, database: Database) -> None:
    client = app.test_client()
    await sign_up(client)
    for door in ("admins", "forgotten"):
        assert await code(await client.get(f"/api/v1/{door}")) == (403, "admins_only")
    await database.run(set_admin, "ada@example.org", True)
    for door in ("admins", "forgotten"):
        assert (await client.get(f"/api/v1/{door}")).status_code == 200


async def test_stream_can_ask_whether_its_login_still_holds(app: Quart, database: Database) -> None:
    client = app.test_client()
    await sign_up(client)
    login = await (await client.get("/api/v1/members")).get_data(as_text=True)
    assert await logins_of(database).load(Credential("login", login))
    await client.post("/api/v1/auth/logout", headers=OURS)
    assert not await logins_of(database).load(Credential("login", login))


async def test_login_runs_out(app: Quart, database: Database) -> None:
    person = await sign_up(app.test_client())
    await database.run(create_login, person, digest("secret"), timedelta(seconds=-1))
    assert await logins_of(database).load(Credential("login", digest("secret"))) is None
    # The next login of the same person sweeps it away.
    await database.run(create_login, person, digest("other"), timedelta(days=1))
    assert await logins_of(database).load(Credential("login", digest("other")))


@pytest.mark.parametrize(
    ("headers", "admitted"),
    [
        ({}, False),
        ({"X-Requested-With": "XMLHttpRequest"}, False),
        (OURS, True),
        ({**OURS, "Sec-Fetch-Site": "same-origin"}, True),
        ({**OURS, "Sec-Fetch-Site": "none"}, True),
        ({**OURS, "Sec-Fetch-Site": "same-site"}, False),
        ({**OURS, "Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({"Authorization": "Bearer ph_unknown"}, True),
        ({"Authorization": "Basic abc"}, False),
    ],
)
async def test_other_sites_pages_change_nothing(app: Quart, headers: dict[str, str], admitted: bool) -> None:
    response = await app.test_client().post("/api/v1/change", headers=headers)
    assert response.status_code == (200 if admitted else 403)
    if not admitted:
        assert await code(response) == (403, "cross_site")


async def test_cookie_that_we_did_not_sign_is_ignored(app: Quart) -> None:
    client = app.test_client()
    client.set_cookie("localhost", "playhead", "InNlY3JldCI.forged.signature")
    assert (await client.get("/api/v1/members")).status_code == 401


@pytest.mark.parametrize("ahead", [timedelta(seconds=2), timedelta(hours=1), -2 * LOGIN_LIFETIME])
async def test_cookie_holds_as_long_as_its_login_whenever_it_was_signed(
    app: Quart, database: Database, ahead: timedelta
) -> None:
    class Another(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time() + ahead.total_seconds())

    client = app.test_client()
    person = await sign_up(client)
    as_quart_auth = URLSafeTimedSerializer(
        str(app.secret_key), "quart auth salt", signer=Another, signer_kwargs={"digest_method": sha512}
    )
    for secret, lifetime, status in (("secret", 1, 200), ("old", -1, 401)):
        await database.run(create_login, person, digest(secret), timedelta(seconds=60 * lifetime))
        client.set_cookie("localhost", "playhead", str(as_quart_auth.dumps(secret)))
        assert (await client.get("/api/v1/members")).status_code == status


async def test_wrong_token_is_not_saved_by_a_good_cookie(app: Quart) -> None:
    client = app.test_client()
    await sign_up(client)
    assert (await client.get("/api/v1/members", headers={"Authorization": "Bearer ph_no"})).status_code == 401


async def test_cookie_over_tls_is_bound_to_the_host(database: Database, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, public_url="https://playhead.example")
    app = app_of(settings, database, accounts_of(database))
    body = {"email": "ada@example.org", "password": "correct horse battery"}
    async with app.test_app():
        response = await app.test_client().post("/api/v1/auth/register", json=body, headers=OURS)
    browser, cookie = sorted(response.headers.getlist("Set-Cookie"), key=lambda cookie: "__Host-" in cookie)
    assert browser.startswith("__Secure-playhead-browser=")
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(browser.split("; "))
    assert cookie.startswith("__Host-playhead=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_route_with_two_access_rules_is_refused() -> None:
    with pytest.raises(ValueError, match="two access rules"):
        public("a test")(signed_in(lambda: AuthUser(None)))


def test_cookie_that_was_made_long_is_valid_and_not_kept() -> None:
    serializer = CookieSerializer("the key of this site", "quart auth salt")
    cookie = str(serializer.dumps("a secret"))
    assert len(cookie) < COOKIE_LENGTH / 2
    kept = cookie + "~" * 4 * ((COOKIE_LENGTH - len(cookie)) // 4)
    for each, hits in ((cookie, 1), (kept, 2), (kept + "~" * 4, 2)):
        assert [serializer.loads(each) for _ in range(2)] == ["a secret"] * 2
        assert serializer._read.cache_info().hits == hits  # noqa: SLF001


def test_forged_cookie_is_refused_after_the_right_one_was_read() -> None:
    serializer = CookieSerializer("the key of this site", "quart auth salt")
    cookie = str(serializer.dumps("a secret"))
    assert [serializer.loads(cookie) for _ in range(2)] == ["a secret"] * 2
    for forged in ("x" + cookie, cookie[1:], cookie + "x"):
        with pytest.raises(BadSignature):
            serializer.loads(forged)
    with pytest.raises(BadSignature):
        CookieSerializer("the key of another site", "quart auth salt").loads(cookie)
