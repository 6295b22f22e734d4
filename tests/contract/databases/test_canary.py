"""The session of a canary: driven by a web process to its end, and invisible to whatever deals with other sessions."""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from quart import Quart
from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Db

from playhead.accounts.guards import digest, new_token
from playhead.accounts.models import Scope
from playhead.accounts.repository import create_token, set_admin
from playhead.canary.driver import STATUSES, Canaries, Timings
from playhead.db import Database, SyncDatabase
from playhead.errors import Problem
from playhead.ids import new_id
from playhead.monitoring import retention
from playhead.monitoring.watches.models import WatchRow
from playhead.sessions import attempts, canaries, measured_speed, repository, revisions, transcript
from playhead.sessions.advance import advance
from playhead.sessions.models import NewSession, Segment, Session, SessionRow
from playhead.sessions.queue import planned, size
from playhead.sessions.status import Stage, State, Status
from playhead.sessions.usage import Usage, usage_of
from playhead.web import Parts
from tests.contract.databases.app import ask, sign_up
from tests.contract.databases.sessions import LetPass, Queue
from tests.support.waiting import async_until

AT_ONCE = Timings(first_s=0, pause_s=0)
BODY = {"stream": {"outcome": "failed", "why": "mute"}, "poll": {"outcome": "passed"}}


def begin(database: SyncDatabase, owner_id: str = "ada") -> Session:
    return database.run(canaries.begin, new_id(), owner_id, "audio/none")


def rows(database: SyncDatabase) -> Sequence[SessionRow]:
    return database.run(lambda db: db.scalars(select(SessionRow).order_by(SessionRow.id)).all())


class Driven:
    """Canaries whose tasks a test awaits; keeps what was published."""

    def __init__(self, database: Database, timings: Timings = AT_ONCE) -> None:
        self.published: list[Status] = []
        self.tasks: list[asyncio.Task[None]] = []

        async def publish(sessions: Sequence[Session]) -> None:
            self.published += [session.status for session in sessions]

        def run(name: str, work: Any) -> None:
            self.tasks.append(asyncio.create_task(work(), name=name))

        self.canaries = Canaries(database=database, publish=publish, run=run, timings=timings)


@pytest.fixture
async def web(database: SyncDatabase, database_url: str) -> Any:
    database_of_web = Database(database_url)
    yield database_of_web
    await database_of_web.close()


async def test_session_is_committed_and_published_step_by_step(web: Database, database: SyncDatabase) -> None:
    driven = Driven(web)
    session = await driven.canaries.begin("ada")
    await asyncio.gather(*driven.tasks)
    versions = [status.version for status in driven.published]
    assert versions == list(range(1_000_001, 1_000_001 + STATUSES + 2))
    assert [status.state for status in driven.published] == [State.UPLOADING] * (STATUSES + 1) + [State.COMPLETED]
    stored = database.run(repository.get, session.id, "ada")
    assert stored.status == driven.published[-1]
    assert [segment.index for segment in database.run(transcript.segments, session.id)] == [0]


async def test_process_that_ends_leaves_a_final_session(web: Database, database: SyncDatabase) -> None:
    driven = Driven(web, Timings(first_s=0, pause_s=60))
    session = await driven.canaries.begin("ada")
    await async_until(lambda: len(driven.published) == 2)
    driven.tasks[0].cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await driven.tasks[0]
    assert database.run(repository.get, session.id, "ada").status.state is State.COMPLETED
    assert driven.published[-1].is_final


@pytest.mark.parametrize("end", [repository.cancel, repository.remove])
async def test_session_that_its_owner_ends_is_driven_no_further(
    web: Database, database: SyncDatabase, end: Any
) -> None:
    driven = Driven(web, Timings(first_s=0, pause_s=60))
    session = await driven.canaries.begin("ada")
    await async_until(lambda: len(driven.published) == 2)
    database.run(end, session.id, "ada")
    driven.tasks[0].cancel()
    await asyncio.gather(*driven.tasks, return_exceptions=True)
    assert not driven.published[-1].is_final
    assert [row.state for row in rows(database)] == ([State.CANCELED] if end is repository.cancel else [])


def test_nothing_that_deals_with_sessions_sees_it(database: SyncDatabase, queue: Queue, let_pass: LetPass) -> None:
    canary = begin(database)
    waiting = queue("ada")
    let_pass(timedelta(minutes=30))
    found = database.run(size, 60.0)
    assert (found.waiting, found.running, found.stalled) == (1, 0, 0)
    assert database.run(usage_of, ["ada"])["ada"] == Usage(bytes=waiting.size_bytes, queued=1)
    recovered = database.run(attempts.recover)
    assert (recovered.send, recovered.changed) == ([waiting.id], [])
    assert [one for one, _ in database.run(planned)] == [waiting.id]
    claimed = database.run(attempts.claim_next, "whisper")
    assert claimed is not None
    assert claimed.id == waiting.id
    assert database.run(attempts.claim_next, "whisper") is None
    before = canary.status
    after = advance(before, stage=Stage.COMPLETED, progress=1.0, segments=1)
    database.run(canaries.save, before, after, [Segment(0, 0.0, 1.0, "a")])
    assert database.run(measured_speed.newest) == []
    assert database.run(usage_of, ["ada"])["ada"].audio_s == 0


def test_canceled_one_cannot_be_queued(database: SyncDatabase) -> None:
    canary = begin(database)
    assert database.run(repository.cancel, canary.id, "ada").status.state is State.CANCELED
    with pytest.raises(Problem, match="deleted"):
        database.run(revisions.retry, canary.id, "ada")


def test_one_is_under_way_for_an_account_and_the_last_one_goes(database: SyncDatabase, let_pass: LetPass) -> None:
    first = begin(database)
    begin(database, "bob")
    with pytest.raises(Problem) as refused:
        begin(database)
    assert refused.value.status == 429
    assert 0 < (refused.value.retry_after_s or 0) <= canaries.LASTS.total_seconds()
    let_pass(canaries.LASTS)
    second = begin(database)
    assert first.id not in {row.id for row in rows(database)}
    assert {row.owner_id for row in rows(database)} == {"ada", "bob"}
    database.run(canaries.save, second.status, advance(second.status, stage=Stage.COMPLETED))
    third = begin(database)
    assert [row.id for row in rows(database) if row.owner_id == "ada"] == [third.id]


async def test_of_many_calls_at_once_one_begins(web: Database, database: SyncDatabase) -> None:
    driven = Driven(web, Timings(first_s=60))
    outcomes = await asyncio.gather(*(driven.canaries.begin("ada") for _ in range(5)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Problem"] * 4 + ["Session"]
    assert len(rows(database)) == 1
    for task in driven.tasks:
        task.cancel()
    await asyncio.gather(*driven.tasks, return_exceptions=True)


def test_what_a_dead_process_left_is_deleted_after_an_hour(
    database: SyncDatabase, queue: Queue, let_pass: LetPass
) -> None:
    queue()
    begin(database)
    let_pass(canaries.ABANDONED / 2)
    assert database.run(canaries.delete_abandoned) == 0
    let_pass(canaries.ABANDONED)
    assert database.run(canaries.delete_abandoned) == 1
    assert [row.state for row in rows(database)] == [State.QUEUED]


async def token(app: Quart, user_id: str, scope: Scope) -> dict[str, str]:
    secret = new_token()
    await parts_of(app).database.run(create_token, user_id, scope, digest(secret), scope)
    return {"Authorization": f"Bearer {secret}"}


def parts_of(app: Quart) -> Parts:
    parts: Parts = app.extensions["playhead"]
    return parts


def counted(app: Quart) -> Any:
    return parts_of(app).monitoring.metrics.read().get("canary_rounds", {})


async def test_only_its_own_kind_of_token_runs_a_canary(app: Quart) -> None:
    ada, ada_id = await sign_up(app, "ada@example.com")
    await parts_of(app).database.run(set_admin, "ada@example.com", True)
    stranger = app.test_client()
    refused = await ask(ada, "POST", "/api/v1/canary")
    assert (refused.status_code, (await refused.get_json())["code"]) == (403, "token_scope")
    for scope in ("read", "write"):
        headers = await token(app, ada_id, scope)
        assert (await ask(stranger, "POST", "/api/v1/canary", headers)).status_code == 403
    assert (await ask(stranger, "POST", "/api/v1/canary")).status_code == 401
    made = await ask(ada, "POST", "/api/v1/tokens", json={"name": "a", "scope": "canary"})
    assert made.status_code == 400


async def test_its_token_reads_and_does_nothing_else(app: Quart) -> None:
    _, ada_id = await sign_up(app, "ada@example.com")
    await parts_of(app).database.run(set_admin, "ada@example.com", True)
    headers, client = await token(app, ada_id, "canary"), app.test_client()
    begun = await ask(client, "POST", "/api/v1/canary", headers)
    session = await begun.get_json()
    assert (begun.status_code, session["engine"], session["status"]["state"]) == (201, "canary", "uploading")
    assert (await ask(client, "GET", f"/api/v1/sessions/{session['id']}/status", headers)).status_code == 200
    report = {"page": "0" * 16, "seq": 1, "transport": "stream", "session_id": session["id"]}
    assert (await ask(client, "POST", "/api/v1/telemetry", headers, json=report)).status_code == 202
    ticket = await ask(client, "POST", "/api/v1/tickets", headers, json={"session_id": session["id"]})
    assert (await ticket.get_json())["code"] == "no_stream_origin"
    for method, path in (("POST", "cancel"), ("POST", "retry"), ("DELETE", "")):
        answer = await ask(client, method, f"/api/v1/sessions/{session['id']}/{path}".rstrip("/"), headers)
        assert (await answer.get_json())["code"] == "token_scope"
    for path in ("admin/users", "admin/health", "admin/paths"):
        assert (await ask(client, "GET", f"/api/v1/{path}", headers)).status_code == 403
    assert (await ask(client, "POST", "/api/v1/tokens", headers, json={"name": "a"})).status_code == 403


async def test_outcomes_are_counted_by_leg_and_only_of_own_canaries(app: Quart) -> None:
    _, ada_id = await sign_up(app, "ada@example.com")
    headers, client = await token(app, ada_id, "canary"), app.test_client()
    session = await (await ask(client, "POST", "/api/v1/canary", headers)).get_json()
    path = f"/api/v1/canary/{session['id']}/outcome"
    assert (await ask(client, "POST", path, headers, json=BODY)).status_code == 204
    assert counted(app) == {"stream,failed": 1, "poll,passed": 1}
    fields: dict[str, Any] = {"filename": "a", "size_bytes": 1, "audio_key": "audio/1"}
    other = await parts_of(app).database.run(repository.create, NewSession(id=new_id(), owner_id=ada_id, **fields))
    _, bob_id = await sign_up(app, "bob@example.com")
    of_bob = await parts_of(app).canaries.begin(bob_id)
    for other_id in (other.id, of_bob.id, new_id()):
        assert (await ask(client, "POST", f"/api/v1/canary/{other_id}/outcome", headers, json=BODY)).status_code == 404
    bad = {**BODY, "poll": {"outcome": "perfect"}}
    assert (await ask(client, "POST", path, headers, json=bad)).status_code == 400
    assert counted(app) == {"stream,failed": 1, "poll,passed": 1}


async def test_flood_begins_one_session(app: Quart, database: SyncDatabase) -> None:
    _, ada_id = await sign_up(app, "ada@example.com")
    headers, client = await token(app, ada_id, "canary"), app.test_client()
    answers = [await ask(client, "POST", "/api/v1/canary", headers) for _ in range(20)]
    assert [answer.status_code for answer in answers] == [201] + [429] * 19
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers[1:])
    assert len(rows(database)) == 1


async def test_what_a_canary_watches_counts_in_no_rollout_and_goes_after_a_day(app: Quart) -> None:
    database = parts_of(app).database
    await database.run(lambda db: db.execute(delete(WatchRow)))
    _, ada_id = await sign_up(app, "ada@example.com")
    headers, client = await token(app, ada_id, "canary"), app.test_client()
    session = await (await ask(client, "POST", "/api/v1/canary", headers)).get_json()
    await ask(client, "GET", f"/api/v1/sessions/{session['id']}/status", headers)
    await parts_of(app).monitoring.watches.write_facts()

    def watches(db: Db) -> list[tuple[str, int]]:
        return [(row.rollout, row.weight) for row in db.scalars(select(WatchRow))]

    def let_a_day_pass(db: Db) -> None:
        for row in db.scalars(select(WatchRow)):
            row.begun_at -= retention.KEPT_OF_CANARIES

    assert await database.run(watches) == [("playhead-canary", 1)]
    await database.run(retention.delete_old)
    assert len(await database.run(watches)) == 1
    await database.run(let_a_day_pass)
    await database.run(retention.delete_old)
    assert await database.run(watches) == []
