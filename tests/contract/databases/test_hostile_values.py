"""Hostile ids and values in every route, on both databases: no response is a 5xx, and others are not affected."""

import asyncio
from io import BytesIO
from urllib.parse import quote

import pytest
from quart import Quart
from quart.datastructures import FileStorage
from quart.typing import TestClientProtocol as Client
from quart.typing import TestHTTPConnectionProtocol as Connection

from playhead.accounts.repository import set_admin
from playhead.ids import new_id
from playhead.sessions import repository
from playhead.web import Parts
from tests.contract.databases.app import OURS, PASSWORD, ask, queued, routes_with, sign_up

VALUES = [
    "\0",
    "a\0b",
    f"{new_id()}\0",
    new_id().upper(),
    f"{{{new_id()}}}",
    "' OR 1=1 --",
    "%00",
    "%s%n{0}$(id)",
    "..",
    "../../etc/passwd",
    "-1",
    "9" * 400,
    "x" * 5_000,
    "null",
    "\n",
    "\x7f",
    "\ufffe",
    "\u202eabc",
    "😀" * 40,
    "é\u0301",
]
IN_HEADERS = [
    "Bearer ",
    "Bearer \x80",
    "bytes=-0",
    "bytes=9-1",
    f"bytes=0-{'9' * 40}",
    "wait=-1",
    f"wait={'9' * 400}",
    'W/"',
    '"*"',
]
NUMBERS = [str(2**31), str(2**63), str(2**64), "1e9", "0x1"]
FLAC = b"fLaC" + bytes(60)
BYTES = ["%ED%A0%80", "%FF%FE", "%C0%80"]
"""Invalid UTF-8: a lone surrogate, a byte order mark of UTF-16, an overlong NUL."""


def targets(app: Quart, value: str) -> list[tuple[str, str]]:
    """All methods and paths that take an id or a value, with this value."""
    found = [
        (method, rule.replace("<id:id>", value).replace("<who>", value).replace("<key>", value))
        for method, rule in routes_with(app, "<id:id>", "<who>", "<key>")
    ]
    return [*found, ("GET", f"/api/v1/sessions?cursor={value}"), ("GET", f"/api/v1/status?after={value}")]


async def piece(connection: Connection) -> str:
    """Reads the next piece of a stream."""
    return (await connection.receive()).decode()


async def first_piece(client: Client, path: str) -> str:
    """Reads the first piece of a stream, and disconnects."""
    async with client.request(path, headers=OURS) as connection:
        await connection.send_complete()
        first = await piece(connection)
        await connection.disconnect()
        return first


async def test_hostile_value_is_no_5xx_and_affects_no_one_else(app: Quart) -> None:
    parts: Parts = app.extensions["playhead"]
    ada, _ = await sign_up(app, "ada@example.com")
    bob, bob_id = await sign_up(app, "bob@example.com")
    await parts.database.run(set_admin, "ada@example.com", True)
    session = await queued(app, bob_id)
    assert len(targets(app, "x")) >= 12
    async with bob.request(f"/api/v1/sessions/{session.id}/status/stream") as stream:
        await stream.send_complete()
        assert "event: hello" in await piece(stream)
        statuses: dict[str, list[int]] = {"ada": [], "bob": []}

        async def poll() -> None:
            statuses["bob"].append((await ask(bob, "GET", f"/api/v1/sessions/{session.id}/status")).status_code)

        async def attack(method: str, path: str) -> None:
            statuses["ada"].append((await ask(ada, method, path)).status_code)

        for value in [*(quote(value, safe="") for value in VALUES), *BYTES]:
            await asyncio.gather(poll(), *(attack(*target) for target in targets(app, value)), poll())
            assert "event: hello" in await first_piece(ada, f"/api/v1/status/stream?last_event_id={value}")
        assert [status for status in statuses["ada"] if status >= 500] == []
        assert statuses["ada"].count(404) > len(VALUES) * 8
        assert set(statuses["bob"]) == {200}
        await parts.publish([await parts.database.run(repository.cancel, session.id, bob_id)])
        seen = ""
        while "event: goodbye" not in seen:
            seen += await piece(stream)
        assert '"state":"canceled"' in seen


async def test_hostile_header_is_no_5xx(app: Quart) -> None:
    ada, ada_id = await sign_up(app, "ada@example.com")
    session = f"/api/v1/sessions/{(await queued(app, ada_id)).id}"
    values = [*(value for value in VALUES if value.isprintable() and value.isascii()), *IN_HEADERS]
    changes, status, audio = "/api/v1/status", f"{session}/status", f"{session}/audio"
    # Each on the routes that read it; who asks is read in the same way on all.
    read_by = {
        "Authorization": [status],
        "Cookie": [status],
        "If-None-Match": [changes, status, audio],
        "If-Range": [audio],
        "Last-Event-ID": [changes, status],
        "Prefer": [changes, status],
        "Range": [audio],
    }
    for name, paths in read_by.items():
        for value in values:
            for path in paths:
                answer = await ask(ada, "GET", path, {name: value})
                assert answer.status_code < 500, (name, value, path)


@pytest.mark.parametrize(
    "query",
    [
        "transcript?format={}",
        "transcript?from={}",
        "status/stream?segments=1&from={}",
        "status/stream?last_event_id={}",
    ],
)
async def test_hostile_query_is_no_5xx(app: Quart, query: str) -> None:
    ada, ada_id = await sign_up(app, "ada@example.com")
    session = await queued(app, ada_id)
    for value in [*(quote(value, safe="") for value in VALUES), *BYTES, *NUMBERS]:
        path = f"/api/v1/sessions/{session.id}/{query.format(value)}"
        if "stream" in path:
            assert "event: hello" in await first_piece(ada, path), value
        else:
            assert (await ask(ada, "GET", path)).status_code < 500, value


async def test_hostile_field_is_no_5xx(app: Quart) -> None:
    ada, _ = await sign_up(app, "ada@example.com")
    for value in VALUES:
        for field in ({"name": value}, {"name": [value]}, {"name": {value: 1}}, {value: value}):
            assert (await ask(ada, "POST", "/api/v1/tokens", json=field)).status_code < 500, field
        files = {"file": FileStorage(BytesIO(FLAC), filename=value)}
        for fields in ({"language": value}, {"language": "en"}, {value or "x": value}):
            answer = await ask(ada, "POST", "/api/v1/sessions", form=fields, files=files)
            assert answer.status_code < 500, fields


@pytest.mark.parametrize("route", ["login", "register"])
async def test_hostile_address_is_a_4xx(app: Quart, route: str) -> None:
    client = app.test_client()
    for value in [*VALUES, "ada@example.com\0", "a\0@b.cc", "\u0430da@example.com", "ad\u200ba@example.com"]:
        for email in (value, f"{value}@example.org"):
            body = {"email": email, "password": PASSWORD}
            status = (await ask(client, "POST", f"/api/v1/auth/{route}", json=body)).status_code
            assert status in ({400, 201} if route == "register" else {401}), email


BODIES = [
    b"[" * 100_000,
    b'{"x":' * 2_000 + b"1" + b"}" * 2_000,
    rb'{"email":"\ud800@example.org","password":"correct horse","name":"\ud800"}',
    b'{"email":"\xff@example.org","password":"correct horse","name":"\xff"}',
    b"",
    b"null",
    b'{"email":1e999}',
    b'{"email":' + b"9" * 5_000 + b"}",
]


async def test_body_that_is_not_json_is_invalid(app: Quart) -> None:
    client, _ = await sign_up(app, "ada@example.com")
    for route in ("auth/login", "auth/register", "tokens"):
        for body in BODIES:
            answer = await ask(client, "POST", f"/api/v1/{route}", {"Content-Type": "application/json"}, data=body)
            assert (answer.status_code, (await answer.get_json())["code"]) == (400, "invalid"), (route, body[:40])
