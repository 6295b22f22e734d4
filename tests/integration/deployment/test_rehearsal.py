"""A small deployment: two web processes behind nginx, two workers, a PostgreSQL with 20 connections, recordings in S3.

After a migration each process is restarted, one after the other, while readers follow: nothing is lost or fails.
"""

import asyncio
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from playhead.sessions import transcript
from playhead.sessions.status import State
from tests.support.house import WORDS_WORKER
from tests.support.nginx import nginx
from tests.support.postgres import Postgres
from tests.support.programs import Program
from tests.support.quick_worker import WORDS
from tests.support.readers import EVERY_WORD, Reader, following, measured
from tests.support.s3 import BUCKET, KEYS, REGION, s3_server
from tests.support.site import PLAYHEAD, Person, Site, Web, site_on
from tests.support.valkey import valkey
from tests.support.waiting import async_until

SLOTS = 17
"""What a PostgreSQL with 20 connections leaves to roles that are not superusers."""
WEBS, WORKERS = 2, 2
BUDGET = {"DATABASE_POOL": "3", "WEB_PROCESSES": str(WEBS), "WORKER_PROCESSES": str(WORKERS)}
"""As in infra/render/README.md, for two web processes and this PostgreSQL; a rolling restart adds one at a time."""
PEOPLE, SESSIONS_EACH, STREAMS_EACH = 4, 3, 5
RECORDING = b"ID3 0"
"""Begins as an MP3 does; for the worker of words it means no fault."""
LOOK_S = 0.05


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, str]]:
    """Runs an S3 server; yields the settings for its bucket."""
    with s3_server() as client:
        yield KEYS | {"STORAGE_URL": f"s3://{BUCKET}?endpoint={client.meta.endpoint_url}&region={REGION}"}


@pytest.fixture
def narrow(postgres: Postgres) -> Iterator[str]:
    """The URL of a database for a role with `SLOTS` connections."""
    with postgres.narrow(SLOTS) as url:
        yield url


@dataclass
class Deployment:
    """A site, and the settings that all its processes share."""

    site: Site
    settings: dict[str, str]

    def web(self, port: int = 0) -> AbstractContextManager[Web]:
        return self.site.web(port, **self.settings)

    def worker(self) -> AbstractContextManager[Program]:
        return self.site.program(WORDS_WORKER, "worker", **self.settings)

    def migrate(self) -> Program:
        with self.site.program([*PLAYHEAD, "migrate"], "migrate", **self.settings) as running:
            assert running.process.wait(60) == 0, running.err
            return running


def upload(port: int, person: Person) -> str:
    answer = httpx.post(
        f"http://127.0.0.1:{port}/api/v1/sessions",
        headers=person.headers,
        files={"file": ("talk.mp3", RECORDING)},
        trust_env=False,
        verify=False,
        timeout=30,
    )
    assert answer.status_code == 201, answer.text
    session_id: str = answer.json()["id"]
    return session_id


async def most_connections(url: str, until: asyncio.Event) -> int:
    """The highest number of connections to the database until the event, without this one."""
    most = 0
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as watcher:
        while not until.is_set():
            rows = await watcher.execute("SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()")
            (count,) = await rows.fetchone() or (0,)
            most = max(most, count)
            await asyncio.sleep(LOOK_S)
    return most


async def test_rolling_restart_of_everything_loses_nothing(narrow: str, s3: dict[str, str], tmp_path: Path) -> None:
    with ExitStack() as stack:
        redis = stack.enter_context(valkey(tmp_path / "valkey"))
        site = stack.enter_context(site_on(narrow, tmp_path, redis))
        deployment = Deployment(site, s3 | BUDGET)
        webs = [stack.enter_context(deployment.web()) for _ in range(WEBS)]
        workers = [stack.enter_context(deployment.worker()) for _ in range(WORKERS)]
        port = stack.enter_context(nginx(tmp_path / "nginx", webs))
        people = site.people(PEOPLE)
        uploads = [
            (person, await asyncio.to_thread(upload, port, person)) for person in people for _ in range(SESSIONS_EACH)
        ]
        readers = [Reader(port, person, session_id) for person, session_id in uploads for _ in range(STREAMS_EACH)]
        over = asyncio.Event()
        counting = asyncio.create_task(most_connections(narrow, over))
        async with following(readers):
            await async_until(lambda: all(reader.statuses for reader in readers), "all have a status")
            await asyncio.to_thread(deployment.migrate)
            for web in webs:
                assert await asyncio.to_thread(web.program.end, signal.SIGTERM) == 0
                await asyncio.to_thread(stack.enter_context, deployment.web(web.port))
            for worker in workers:
                fresh = await asyncio.to_thread(stack.enter_context, deployment.worker())
                await asyncio.to_thread(fresh.wait_for, "ready.")
                await asyncio.to_thread(worker.end, signal.SIGTERM)
            late = await asyncio.to_thread(upload, port, people[0])
            last = Reader(port, people[0], late)
            await last.follow()
        over.set()
        most = await counting
        refused = Counter(status for reader in readers for status in reader.refusals)
        measured.info("at most %d connections; %d streams; refused: %s", most, len(readers), dict(refused))
        assert most <= SLOTS
        for reader in [*readers, last]:
            assert reader.statuses[-1].state is State.COMPLETED
            assert [word.text for word in reader.words] == WORDS
        for _, session_id in uploads:
            stored = site.database.run(transcript.segments, session_id, 0, EVERY_WORD)
            assert [segment.text for segment in stored] == WORDS
