"""Direct answers where streams may not begin, or begin otherwise; limits, metrics and uses counted as Quart's.

On SQLite alone: who is signed in, and what is read, is tried on both in `test_direct.py`.
"""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from limits import parse
from quart import Quart
from sqlalchemy import select, update

from playhead.accounts.counter import Counter
from playhead.accounts.limits import EXTENSION
from playhead.accounts.models import LoginRow, TokenRow
from playhead.db import SyncDatabase
from playhead.delivery.routes import POLLS, POLLS_OF_ONE
from playhead.live.broker.ports import Published
from playhead.live.endpoints import TRANSPORT
from playhead.sessions import attempts
from playhead.sessions.facts import Draft
from playhead.sessions.models import Segment
from playhead.sessions.status import Stage, State, Status
from tests.contract.databases.app import web_app
from tests.contract.databases.both_ways import ALL, Person, parts_of, person, status_of
from tests.contract.databases.sessions import after
from tests.support.flags_data import FlagsData
from tests.support.waiting import async_until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
STREAMS_A_MINUTE = 120
ONE = "/api/v1/sessions/<id:id>/status"
"""The rule of a poll, which is the label of its metric."""


def stream_of(ada: Person) -> str:
    return f"{status_of(ada.waiting)}/stream"


async def changed(ada: Person, segments: int = 0) -> Status:
    """Ada's waiting session as it is while it is transcribed, stored with so many segments."""
    database = parts_of(ada.app).database
    claimed = await database.run(attempts.claim, ada.waiting.id, "engine")
    status = msgspec.structs.replace(after(claimed.status, Stage.COMPLETED, State.COMPLETED), segments=segments)
    words = [Segment(number, number, number + 1, f"word {number}") for number in range(segments)]
    await database.run(attempts.save, status, words, draft=Draft(is_complete=True, segments=segments))
    return status


@pytest.mark.parametrize(("flag", "reason"), [("sse.status-stream", "flag_off"), ("sse.allowed", "kill_switch")])
async def test_flag_that_is_off_is_quarts_204(
    tmp_path: Path, database_url: str, database: SyncDatabase, flag: str, reason: str
) -> None:
    FlagsData().turn(flag, on=False).save(tmp_path / "flags.json")
    async with web_app(tmp_path, database_url) as app:
        ada = await person(app)
        for target in (stream_of(ada), f"{ALL}/stream"):
            answer = await ada.by_cookie.alike(target)
            assert (answer.status, answer.headers[TRANSPORT.lower()]) == (204, f"wait; reason={reason}")


@pytest.fixture
async def small(tmp_path: Path, database_url: str, database: SyncDatabase) -> AsyncIterator[Quart]:
    """An app with a place for one stream."""
    async with web_app(tmp_path, database_url, STREAMS_PER_PROCESS="1") as app:
        yield app


@pytest.mark.parametrize(("why", "mode"), [("at_capacity", "wait"), ("draining", "poll")])
async def test_process_without_a_place_is_quarts_503(small: Quart, why: str, mode: str) -> None:
    ada, hub = await person(small), parts_of(small).hub
    with contextlib.ExitStack() as readers:
        if why == "draining":
            hub.drain()
        else:
            readers.enter_context(hub.subscribe("s", "bob"))
        for target in (stream_of(ada), f"{ALL}/stream"):
            answer = await ada.by_cookie.alike(target)
            assert (answer.status, msgspec.json.decode(answer.body)["code"]) == (503, why)
            assert (answer.headers["retry-after"], answer.headers[TRANSPORT.lower()]) == ("5", f"{mode}; reason={why}")
            assert answer.headers["content-type"] == "application/problem+json"
        assert (await ada.by_cookie.alike(ALL)).status == 200


async def test_changes_come_as_patches_where_they_are_asked_for(app: Quart) -> None:
    ada = await person(app)
    status = msgspec.structs.replace(ada.waiting.status, version=ada.waiting.status.version + 1, message="later")

    def publish() -> None:
        parts_of(app).hub.deliver(Published(ada.waiting.id, status))

    begun = ("hello", "status")
    patched = await ada.by_cookie.alike_stream(f"{stream_of(ada)}?patches=1", *begun, then=publish, later="patch")
    assert b'"message":"later"' in patched.body
    await ada.by_cookie.alike_stream(f"{stream_of(ada)}?patches=0", *begun, then=publish, later="status")


async def test_words_come_where_they_are_asked_for(app: Quart) -> None:
    ada = await person(app)
    await changed(ada, segments=3)
    whole = ("hello", "segments", "status", "goodbye")
    answer = await ada.by_cookie.alike_stream(f"{stream_of(ada)}?segments=1&from=1&from=0", *whole)
    assert (b"word 1" in answer.body, b"word 0" in answer.body) == (True, False)
    await ada.by_cookie.alike_stream(f"{stream_of(ada)}?segments=1&from=3&revision=7", *whole)
    await ada.by_cookie.alike_stream(f"{stream_of(ada)}?from=1", "hello", "status", "goodbye")


async def test_stream_origin_is_in_the_headers_as_quarts(
    tmp_path: Path, database_url: str, database: SyncDatabase
) -> None:
    streams = "https://streams.example"
    origins = {"PUBLIC_URL": "https://page.example", "STREAM_ORIGIN": streams, "STREAM_ORIGIN_WHEN": "always"}
    async with web_app(tmp_path, database_url, **origins) as app:
        ada = await person(app)
        poll = await ada.by_cookie.alike(status_of(ada.waiting))
        assert streams in poll.headers["content-security-policy"]
        refused = await ada.by_cookie.alike(stream_of(ada))
        assert (refused.status, refused.headers[TRANSPORT.lower()]) == (204, poll.headers[TRANSPORT.lower()])
        assert "ticket" in refused.headers[TRANSPORT.lower()]
        await ada.by_cookie.alike(stream_of(ada), Host="streams.example")


async def test_tables_of_another_release_are_left_to_quart(app: Quart) -> None:
    ada = await person(app)
    parts_of(app).schema.misfit = "it is older"
    answer = await ada.by_cookie.left_to_quart(ALL)
    assert (answer.status, answer.json["code"]) == (503, "database_gone")


async def test_streams_of_a_minute_are_as_many_in_all_by_either_way(
    tmp_path: Path, database_url: str, database: SyncDatabase
) -> None:
    FlagsData().turn("sse.status-stream", on=False).save(tmp_path / "flags.json")
    async with web_app(tmp_path, database_url) as app:
        ada = await person(app)
        for _ in range(STREAMS_A_MINUTE // 2):
            assert (await ada.by_cookie.alike(stream_of(ada))).status == 204
        direct, quart = await ada.by_cookie.direct(stream_of(ada)), await ada.by_cookie.quart(stream_of(ada))
        assert direct is not None
        assert (direct.status, quart.status) == (429, 429)


async def test_refusal_of_too_many_calls_is_quarts(app: Quart) -> None:
    ada, counter = await person(app), counter_of(app)
    for _ in range(parse(POLLS_OF_ONE).amount):
        await counter.hit(parse(POLLS_OF_ONE), "status.get_status", ada.id, ada.waiting.id)
    answer = await ada.by_cookie.alike(status_of(ada.waiting))
    assert (answer.status, msgspec.json.decode(answer.body)["code"]) == (429, "too_many_requests")
    assert {"retry-after", TRANSPORT.lower()} <= answer.headers.keys()
    assert (await ada.by_cookie.alike(status_of(ada.canceled))).status == 200
    assert (await ada.by_cookie.alike(ALL)).status == 200


async def test_refused_call_is_counted_once(app: Quart) -> None:
    ada, counter = await person(app), counter_of(app)
    for _ in range(parse(POLLS_OF_ONE).amount):
        await counter.hit(parse(POLLS_OF_ONE), "status.get_status", ada.id, ada.waiting.id)
    for _ in range(parse(POLLS).amount - 2):
        await counter.hit(parse(POLLS), "status.get_status", ada.id)
    statuses = []
    for session in (ada.waiting, ada.canceled, ada.canceled):
        answer = await ada.by_cookie.direct(status_of(session))
        statuses.append((answer or await ada.by_cookie.quart(status_of(session))).status)
    assert statuses == [429, 200, 429]


def counter_of(app: Quart) -> Counter:
    counter: Counter = app.extensions[EXTENSION]
    return counter


async def test_each_answer_is_counted_with_the_route_and_class_of_quarts(small: Quart) -> None:
    ada = await person(small)
    tag = (await ada.by_cookie.alike(status_of(ada.waiting))).headers["etag"]
    await ada.by_cookie.alike(status_of(ada.waiting), If_None_Match=tag)
    await ada.by_cookie.alike(ALL)
    await ada.by_cookie.alike_stream(stream_of(ada), "hello", "status")
    with parts_of(small).hub.subscribe("s", "bob"):
        await ada.by_cookie.alike(stream_of(ada))
        await ada.by_cookie.alike(f"{ALL}/stream")
    await ada.by_cookie.left_to_quart("/api/v1/sessions/none/status")
    counts = parts_of(small).monitoring.metrics.read()["requests"]
    assert {key: count for key, count in counts.items() if "/status" in key} == {
        f"{ONE},2xx": 2.0,
        f"{ONE},3xx": 2.0,
        f"{ONE},4xx": 1.0,
        f"{ONE}/stream,2xx": 2.0,
        f"{ONE}/stream,5xx": 2.0,
        f"{ALL},2xx": 2.0,
        f"{ALL}/stream,5xx": 2.0,
    }


async def test_use_of_a_login_and_of_a_token_is_noted(app: Quart, database: SyncDatabase) -> None:
    ada = await person(app)
    token = await ada.by_token()
    database.run(lambda db: db.execute(update(LoginRow).values(used_at=None)))
    for client in (ada.by_cookie, token):
        assert (answer := await client.direct(ALL)) is not None
        assert answer.status == 200

    of_login, of_token = select(LoginRow.used_at), select(TokenRow.last_used_at)

    def is_noted() -> bool:
        return None not in database.run(lambda db: (db.scalar(of_login), db.scalar(of_token)))

    await async_until(is_noted)
