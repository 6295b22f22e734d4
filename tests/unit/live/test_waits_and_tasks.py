"""Tasks publish from threads of their own, and a page only waits: by one request for all jobs, and by one for each."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from playhead.live import Live, live_job
from tests.support.asgi_client import Client
from tests.support.waiting import ANSWER_S
from tests.unit.live.jobs import Jobs

IDS = ("one", "two", "three")
STAGES = ("reading", "importing", "checking", "finishing")
Seen = dict[str, list[tuple[int, str]]]
"""Version and state of each job, in the order of the answers."""


@pytest.fixture
async def live(jobs: Jobs) -> AsyncIterator[Live[Any, str]]:
    live: Live[Any, str] = Live(jobs.url, who=lambda request: request.headers.get("x-user"))
    for job_id in IDS:
        await live.queue(job_id, owner="ada")
    yield live
    await live.aclose()


def import_rows(url: str, job_id: str) -> None:
    """A task that changes faster than anybody asks."""
    with live_job(url, job_id, owner="ada") as job:
        for stage in STAGES:
            for _ in job.track(range(50), stage=stage):
                pass
        if job_id == "two":
            job.fail("no_table", "The file has no table.")


async def waited(ada: Client, target: str, seen: Seen) -> None:
    """Ask as a page does, until all jobs of this address are final."""
    tag, cursor = '"none"', ""
    documents: list[dict[str, Any]] = []
    while not documents or any(document["state"] in ("queued", "processing") for document in documents):
        answer = await ada.get(f"{target}?after={cursor}", prefer="wait=20", if_none_match=tag)
        assert answer.status in (200, 304)
        tag = answer.headers["etag"]
        if answer.status == 200:
            documents = answer.json.get("statuses") or [answer.json]
            cursor = answer.json.get("cursor", "")
            for document in documents:
                seen.setdefault(document["id"], []).append((document["version"], document["state"]))


async def test_page_that_only_waits_sees_every_end_and_no_version_again(live: Live[Any, str], jobs: Jobs) -> None:
    ada = Client(live, x_user="ada")
    of_all: Seen = {}
    of_each: Seen = {}
    async with asyncio.timeout(ANSWER_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(waited(ada, "/status", of_all))
        for job_id in IDS:
            tasks.create_task(waited(ada, f"/jobs/{job_id}/status", of_each))
        for job_id in IDS:
            tasks.create_task(asyncio.to_thread(import_rows, jobs.url, job_id))
            live.sign_out("ada")  # another login of hers
    for seen in (of_all, of_each):
        assert {job_id: documents[-1][1] for job_id, documents in seen.items()} == {
            "one": "completed",
            "two": "failed",
            "three": "completed",
        }
        for documents in seen.values():
            versions = [version for version, _ in documents]
            assert versions == sorted(versions)
    for job_id, documents in of_each.items():
        assert documents[-1][0] == jobs.newest(job_id).version
