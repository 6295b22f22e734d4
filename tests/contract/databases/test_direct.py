"""Direct answers on both databases: the same as Quart's for whoever is signed in, and none for whoever is not."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from infra.proxies.relay import Mode, relay
from itsdangerous import URLSafeTimedSerializer
from quart import Quart
from sqlalchemy import update

from playhead.accounts import administration
from playhead.accounts.guards import CookieSerializer, new_token
from playhead.accounts.models import LoginRow, Scope
from playhead.db import SyncDatabase
from playhead.ids import new_id
from playhead.live.clock import now
from playhead.live.endpoints import TRANSPORT
from tests.contract.databases.app import web_app
from tests.contract.databases.both_ways import ALL, BothWays, parts_of, person, status_of

LONG_AGO = now() - timedelta(days=99)


async def test_status_by_cookie_is_quarts_with_a_tag_and_without(app: Quart) -> None:
    ada = await person(app)
    for target in (status_of(ada.waiting), status_of(ada.canceled), ALL, f"{ALL}?after=1"):
        whole = await ada.by_cookie.alike(target)
        assert (whole.status, whole.headers["content-type"]) == (200, "application/json")
        known = await ada.by_cookie.alike(target, If_None_Match=whole.headers["etag"])
        assert (known.status, known.body, known.headers["etag"]) == (304, b"", whole.headers["etag"])
    assert "playhead-poll-after-ms" not in (await ada.by_cookie.alike(status_of(ada.canceled))).headers
    every = msgspec.json.decode((await ada.by_cookie.alike(f"{ALL}?after=1")).body)
    assert {one["session_id"] for one in every["statuses"]} == {ada.waiting.id, ada.canceled.id}


@pytest.mark.parametrize("scope", ["read", "write", "canary"])
async def test_status_by_token_is_quarts_for_every_scope(app: Quart, scope: Scope) -> None:
    ada = await person(app)
    token = await ada.by_token(scope)
    assert (await token.alike(status_of(ada.waiting))).status == 200
    assert (await token.alike(ALL)).status == 200
    await token.alike_stream(f"{status_of(ada.canceled)}/stream", "hello", "status", "goodbye")


async def test_streams_begin_as_quarts(app: Quart) -> None:
    ada = await person(app)
    one, both = f"{status_of(ada.waiting)}/stream", ada.by_cookie
    begun = await both.alike_stream(one, "hello", "status")
    assert (begun.status, begun.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert begun.headers["cache-control"] == "no-store, no-transform"
    assert ada.waiting.id.encode() in begun.body
    assert await both.alike_stream(one, "hello", "status", Last_Event_ID=str(ada.waiting.status.version)) == begun
    ended = await both.alike_stream(f"{status_of(ada.canceled)}/stream", "hello", "status", "goodbye")
    assert b'"canceled"' in ended.body
    await both.alike_stream(f"{ALL}/stream", "hello", "status", "status")
    await both.alike_stream(f"{ALL}/stream", "hello", "status", "status", Last_Event_ID="1")


async def test_end_that_the_reader_has_seen_is_quarts_204(app: Quart) -> None:
    ada = await person(app)
    target, version = f"{status_of(ada.canceled)}/stream", str(ada.canceled.status.version)
    for answer in (
        await ada.by_cookie.alike(target, Last_Event_ID=version),
        await ada.by_cookie.alike(f"{target}?last_event_id={version}"),
    ):
        assert (answer.status, answer.headers[TRANSPORT.lower()]) == (204, "poll; reason=final")


async def test_session_that_is_not_theirs_is_left_to_quart(app: Quart) -> None:
    ada, bob = await person(app), await person(app, "bob")
    for other in (bob.waiting.id, new_id(), "no-id", ada.waiting.id.upper()):
        for target in (f"/api/v1/sessions/{other}/status", f"/api/v1/sessions/{other}/status/stream"):
            answer = await ada.by_cookie.left_to_quart(target)
            assert (answer.status, answer.json["code"]) == (404, "session_not_found")


async def test_who_is_not_signed_in_is_left_to_quart(app: Quart) -> None:
    ada = await person(app)
    name, _, value = ada.cookie.partition("=")
    other_key = CookieSerializer("o" * 32, "quart auth salt").dumps("secret")
    unknown = CookieSerializer(app.secret_key, "quart auth salt").dumps("secret")
    signed = URLSafeTimedSerializer(app.secret_key or "", "another salt").dumps("secret")
    forged = value[:-3] + ("AAA" if value[-3:] != "AAA" else "BBB")
    cookies = [f"{name}={made}" for made in ("", "x", forged, other_key, unknown, signed, f'"{value}')]
    for cookie in ["", f"other={value}", *cookies]:
        for target in (ALL, f"{ALL}/stream", status_of(ada.waiting), f"{status_of(ada.waiting)}/stream"):
            answer = await BothWays(app, Cookie=cookie).left_to_quart(target)
            assert (answer.status, answer.json["code"]) == (401, "not_signed_in"), cookie


async def test_token_that_is_none_is_left_to_quart_whatever_the_cookie(app: Quart) -> None:
    ada = await person(app)
    for made in (new_token(), "", "x"):
        both = BothWays(app, Cookie=ada.cookie, Authorization=f"bearer  {made} ")
        assert (await both.left_to_quart(ALL)).status == 401
    expired = await ada.by_token(ends_in=-timedelta(seconds=1))
    assert (await expired.left_to_quart(ALL)).status == 401
    assert (await BothWays(app, Cookie=ada.cookie, Authorization="Basic eDp4").alike(ALL)).status == 200


@pytest.mark.parametrize("ended", [{"expires_at": LONG_AGO}, {"used_at": LONG_AGO}], ids=["expired", "idle"])
async def test_login_that_ended_is_left_to_quart(app: Quart, database: SyncDatabase, ended: dict[str, Any]) -> None:
    ada = await person(app)
    assert (await ada.by_cookie.alike(ALL)).status == 200
    database.run(lambda db: db.execute(update(LoginRow).values(**ended)))
    for target in (ALL, f"{status_of(ada.waiting)}/stream"):
        assert (await ada.by_cookie.left_to_quart(target)).status == 401


async def test_disabled_account_is_left_to_quart_which_tells_tokens_why(app: Quart) -> None:
    ada = await person(app)
    token = await ada.by_token()
    await parts_of(app).database.run(administration.disable, ada.id)
    for target in (ALL, f"{status_of(ada.waiting)}/stream"):
        refused = await token.left_to_quart(target)
        assert (refused.status, refused.json["code"]) == (403, "account_disabled")
        assert (await ada.by_cookie.left_to_quart(target)).status == 401


async def test_ticket_and_origin_are_left_to_quart(tmp_path: Path, database_url: str, database: SyncDatabase) -> None:
    page = "https://page.example"
    async with web_app(
        tmp_path, database_url, PUBLIC_URL=page, STREAM_ORIGIN="https://streams.example", STREAM_ORIGIN_WHEN="always"
    ) as app:
        ada = await person(app)
        stream = f"{status_of(ada.canceled)}/stream"
        refused = await ada.by_cookie.left_to_quart(f"{stream}?ticket=none")
        assert (refused.status, refused.json["code"]) == (401, "ticket_refused")
        for origin in (page, "https://evil.example", "null"):
            assert (await ada.by_cookie.left_to_quart(ALL, Origin=origin)).status == 200


async def test_signed_in_by_a_secure_cookie_has_quarts_headers(
    tmp_path: Path, database_url: str, database: SyncDatabase
) -> None:
    async with web_app(tmp_path, database_url, PUBLIC_URL="https://page.example") as app:
        ada = await person(app)
        assert ada.cookie.startswith("__Host-playhead=")
        answers = [
            await ada.by_cookie.alike(ALL),
            await ada.by_cookie.alike_stream(f"{status_of(ada.canceled)}/stream", "hello", "status", "goodbye"),
        ]
        for answer in answers:
            assert answer.headers["strict-transport-security"] == "max-age=31536000"
        plain = BothWays(app, Cookie=ada.cookie.removeprefix("__Host-"))
        assert (await plain.left_to_quart(ALL)).status == 401


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_database_that_is_away_is_left_to_quart(
    tmp_path: Path, database_url: str, database: SyncDatabase
) -> None:
    port = database.engine.url.port
    assert port is not None
    with relay(port) as way:
        async with web_app(tmp_path, database_url.replace(f":{port}/", f":{way.port}/")) as app:
            ada = await person(app)
            way.behave(Mode.CUT)
            for target in (ALL, f"{status_of(ada.waiting)}/stream"):
                answer = await ada.by_cookie.left_to_quart(target)
                assert (answer.status, answer.json["code"]) == (503, "database_gone")
                assert answer.headers["retry-after"] == "2"
            way.behave(Mode.PASS)
            assert (await ada.by_cookie.alike(ALL)).status == 200
