"""Feedback on both databases and over HTTP: asked once in 30 days, kept once, shown without a person."""

import asyncio
import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session as Db

from playhead.accounts.repository import set_admin
from playhead.db import SyncDatabase
from playhead.ids import new_id
from playhead.live.clock import now
from playhead.monitoring.feedback.models import FeedbackRow
from playhead.monitoring.feedback.repository import (
    ASK_AGAIN,
    Count,
    Outcome,
    answers,
    counts,
    delete_before,
    keep,
    may_ask,
)
from playhead.monitoring.feedback.routes import COMMENT_LENGTH
from playhead.web import Parts
from tests.contract.databases.app import ask, sign_up

TABS = 6
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def no_answers(database: SyncDatabase) -> None:
    database.run(lambda db: db.execute(delete(FeedbackRow)))


def rows(database: SyncDatabase) -> list[FeedbackRow]:
    return list(database.run(lambda db: db.scalars(select(FeedbackRow).order_by(FeedbackRow.nth)).all()))


def let_pass(database: SyncDatabase, by: timedelta) -> None:
    """Lets time pass, by moving all answers back."""

    def move(db: Db) -> None:
        for row in db.scalars(select(FeedbackRow)).all():
            db.execute(update(FeedbackRow).where(FeedbackRow.id == row.id).values(at=row.at - by))

    database.run(move)


@pytest.mark.parametrize("rating", [3, None])
def test_person_is_asked_again_after_30_days(database: SyncDatabase, rating: int | None) -> None:
    assert database.run(may_ask, "ada")
    assert database.run(keep, "ada", rating, "", "stream") is Outcome.KEPT
    let_pass(database, ASK_AGAIN - MINUTE)
    assert not database.run(may_ask, "ada")
    assert database.run(may_ask, "bob")
    let_pass(database, 2 * MINUTE)
    assert database.run(may_ask, "ada")
    assert database.run(keep, "ada", 5, "again", "poll") is Outcome.KEPT
    assert [(row.nth, row.rating) for row in rows(database)] == [(1, rating), (2, 5)]


@pytest.mark.parametrize(
    ("first", "second", "outcome", "kept"),
    [
        (4, 1, Outcome.ANSWERED_BEFORE, (4, "first", "stream")),
        (4, None, Outcome.ASKED_BEFORE, (4, "first", "stream")),
        (None, None, Outcome.ASKED_BEFORE, (None, "first", "stream")),
        (None, 2, Outcome.KEPT, (2, "second", "poll")),
    ],
)
def test_second_answer_fills_only_one_that_was_not_given(
    database: SyncDatabase, first: int | None, second: int | None, outcome: Outcome, kept: tuple[Any, ...]
) -> None:
    database.run(keep, "ada", first, "first", "stream")
    assert database.run(keep, "ada", second, "second", "poll") is outcome
    assert [(row.rating, row.comment, row.mode) for row in rows(database)] == [kept]


def test_tabs_that_answer_at_once_make_one_row(database: SyncDatabase) -> None:
    for person in ("ada", "bob", "cyd"):
        with ThreadPoolExecutor(TABS) as pool:
            jobs = [pool.submit(partial(database.run, keep, person, 1 + n % 5, "", "poll")) for n in range(TABS)]
            outcomes = [job.result() for job in jobs]
        assert sorted(outcomes) == [Outcome.ANSWERED_BEFORE] * (TABS - 1) + [Outcome.KEPT]
    assert [row.person for row in sorted(rows(database), key=lambda row: row.person)] == ["ada", "bob", "cyd"]


def test_answer_survives_a_question_of_the_same_moment(database: SyncDatabase) -> None:
    for number in range(10):
        person = f"p{number}"
        with ThreadPoolExecutor(2) as pool:
            given = [(None, ""), (5, "It did.")]
            jobs = [pool.submit(partial(database.run, keep, person, *one, "stream")) for one in given]
            assert jobs[1].result() is Outcome.KEPT
            jobs[0].result()
    assert [(row.rating, row.comment) for row in rows(database)] == [(5, "It did.")] * 10


def test_answers_are_counted_by_step_mode_and_rating(database: SyncDatabase) -> None:
    for person, rating, mode in (("a", 5, "stream"), ("b", 5, "stream"), ("c", None, "poll")):
        database.run(keep, person, rating, "", mode)
    let_pass(database, timedelta(days=1))
    database.run(keep, "d", 2, "", "poll")
    end = now() + MINUTE
    edges = [end - timedelta(days=days) for days in (3, 2, 1, 0)]
    found = database.run(counts, edges)
    assert sorted(found, key=str) == [Count(1, "poll", None, 1), Count(1, "stream", 5, 2), Count(2, "poll", 2, 1)]
    assert database.run(counts, [end, end + MINUTE]) == []


def test_answers_are_paged_newest_first(database: SyncDatabase) -> None:
    since = now() - MINUTE
    for number in range(5):
        database.run(keep, f"p{number}", number + 1, str(number), "stream")
    database.run(keep, "nobody", None, "", "stream")
    first, cursor = database.run(answers, since, limit=3)
    second, end = database.run(answers, since, cursor, limit=3)
    assert [one.comment for one in first + second] == ["4", "3", "2", "1", "0"]
    assert end is None
    assert len(database.run(answers, since, unanswered=True)[0]) == 6
    assert database.run(answers, now() + MINUTE) == ([], None)


def test_old_answers_are_deleted(database: SyncDatabase) -> None:
    database.run(keep, "ada", 1, "", "stream")
    let_pass(database, timedelta(days=91))
    database.run(keep, "bob", 2, "", "stream")
    assert database.run(delete_before, now() - timedelta(days=90)) == 1
    assert [row.person for row in rows(database)] == ["bob"]
    assert database.run(keep, "ada", 3, "", "stream") is Outcome.KEPT


async def admin_of(app: Quart, database: SyncDatabase) -> Client:
    client, _ = await sign_up(app, "admin@example.com")
    await asyncio.to_thread(database.run, set_admin, "admin@example.com", True)
    return client


async def send(client: Client, **given: Any) -> int:
    return (await ask(client, "POST", "/api/v1/feedback", json=given)).status_code


async def may_be_asked(client: Client) -> bool:
    answer = await ask(client, "GET", "/api/v1/feedback")
    assert answer.status_code == 200
    asked: bool = (await answer.get_json())["ask"]
    return asked


async def test_admin_sees_answers_and_nothing_of_their_people(app: Quart, database: SyncDatabase) -> None:
    people = {name: await sign_up(app, f"{name}@example.com") for name in ("ada", "bob", "cyd")}
    assert [await may_be_asked(client) for client, _ in people.values()] == [True] * 3
    assert await send(people["ada"][0], rating=5, comment=" Words\0 came at once. ", mode="stream") == 201
    assert await send(people["bob"][0], rating=2, mode="poll") == 201
    assert await send(people["cyd"][0], rating=None) == 201
    assert [await may_be_asked(client) for client, _ in people.values()] == [False] * 3

    admin = await admin_of(app, database)
    assert await may_be_asked(admin)
    answer = await ask(admin, "GET", "/api/v1/admin/feedback?range=week")
    body, document = await answer.get_data(as_text=True), await answer.get_json()
    assert document["all"] == {"count": 2, "mean": 3.5, "ratings": [0, 1, 0, 0, 1]}
    assert (document["unanswered"], document["next_cursor"]) == (1, None)
    assert {one["mode"]: one["mean"] for one in document["by_mode"]} == {"stream": 5.0, "poll": 2.0}
    assert [step["count"] for step in document["steps"]] == [0, 0, 0, 0, 0, 0, 2]
    listed = [(one["rating"], one["comment"], one["mode"]) for one in document["answers"]]
    assert listed == [(2, "", "poll"), (5, "Words came at once.", "stream")]

    file = await ask(admin, "GET", "/api/v1/admin/feedback.csv")
    text = (await file.get_data(as_text=False)).decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text, newline="")))
    assert [row[1:] for row in table[1:]] == [
        ["", "none", ""],
        ["2", "poll", ""],
        ["5", "stream", "Words came at once."],
    ]
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert file.headers["Content-Disposition"].startswith('attachment; filename="feedback-20')
    stored = await asyncio.to_thread(rows, database)
    for secret in (*(row.person for row in stored), *(person for _, person in people.values()), "example.com"):
        assert secret not in body
        assert secret not in text

    metrics = app.extensions["playhead"].monitoring.metrics.read()["feedback"]
    assert {rating: metrics[rating] for rating in ("2", "5")} == {"2": 1.0, "5": 1.0}


async def test_second_answer_is_a_conflict_and_changes_nothing(app: Quart, database: SyncDatabase) -> None:
    ada, _ = await sign_up(app, "ada@example.com")
    assert await send(ada, rating=4) == 201
    assert await send(ada, rating=1) == 409
    assert await send(ada, rating=None) == 201
    assert [row.rating for row in await asyncio.to_thread(rows, database)] == [4]


async def test_wrong_answer_is_refused_and_kept_nowhere(app: Quart, database: SyncDatabase) -> None:
    ada, _ = await sign_up(app, "ada@example.com")
    bodies: list[dict[str, Any]] = [
        {},
        {"rating": 0},
        {"rating": 6},
        {"rating": 4.5},
        {"rating": True},
        {"rating": 3, "comment": "x" * (COMMENT_LENGTH + 1)},
        {"rating": 3, "comment": None},
        {"rating": 3, "mode": "pigeon"},
    ]
    for wrong in bodies:
        assert await send(ada, **wrong) == 400, wrong
        assert await may_be_asked(ada), wrong


async def test_lone_surrogate_is_refused_and_the_longest_comment_kept(app: Quart, database: SyncDatabase) -> None:
    ada, _ = await sign_up(app, "ada@example.com")
    json = {"Content-Type": "application/json"}
    surrogate = b'{"rating":3,"comment":"\\ud800"}'
    assert (await ask(ada, "POST", "/api/v1/feedback", headers=json, data=surrogate)).status_code == 400
    assert await send(ada, rating=3, comment="😀" * COMMENT_LENGTH) == 201
    (row,) = await asyncio.to_thread(rows, database)
    assert row.comment == "😀" * COMMENT_LENGTH


async def test_long_export_is_sent_in_pieces(app: Quart, database: SyncDatabase) -> None:
    one = {"at": now(), "nth": 1, "rating": 3, "mode": "poll"}
    many = [one | {"id": new_id(), "person": f"p{n}", "comment": f"n{n}"} for n in range(1_203)]
    await asyncio.to_thread(database.run, lambda db: db.execute(insert(FeedbackRow), many))
    admin = await admin_of(app, database)
    text = await (await ask(admin, "GET", "/api/v1/admin/feedback.csv")).get_data(as_text=True)
    table = list(csv.reader(io.StringIO(text, newline="")))
    assert [row[3] for row in table[1:]] == [f"n{number}" for number in reversed(range(1_203))]


async def test_wrong_query_of_an_admin_is_refused(app: Quart, database: SyncDatabase) -> None:
    admin = await admin_of(app, database)
    for query in ("range=year", "cursor=x", "cursor=%00", "range=%00"):
        assert (await ask(admin, "GET", f"/api/v1/admin/feedback?{query}")).status_code == 400, query


async def test_reading_token_may_ask_and_not_answer(app: Quart) -> None:
    ada, _ = await sign_up(app, "ada@example.com")
    made = await ask(ada, "POST", "/api/v1/tokens", json={"name": "mine", "scope": "read"})
    token = {"Authorization": f"Bearer {(await made.get_json())['secret']}"}
    client = app.test_client()
    assert (await ask(client, "GET", "/api/v1/feedback", token)).status_code == 200
    assert (await ask(client, "POST", "/api/v1/feedback", token, json={"rating": 1})).status_code == 403
    for method in ("GET", "POST"):
        assert (await ask(client, method, "/api/v1/feedback", json={"rating": 1})).status_code == 401


async def test_answers_of_one_person_are_limited(app: Quart) -> None:
    ada, _ = await sign_up(app, "ada@example.com")
    bob, _ = await sign_up(app, "bob@example.com")
    assert [await send(ada, rating=None) for _ in range(21)][-1] == 429
    assert await send(bob, rating=1) == 201
    parts: Parts = app.extensions["playhead"]
    assert parts.monitoring.metrics.read()["feedback"]["1"] == 1.0
