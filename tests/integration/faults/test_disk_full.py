"""Fault: the disk is full, for recordings and for SQLite. Reading works, and writing recovers."""

import resource
from typing import Any

import httpx

from tests.support.readers import Reader, all_have, following
from tests.support.site import Person, Site, Web
from tests.support.waiting import ANSWER_S

NOTHING = 1024
"""The limit of a file's size in bytes: less than a page of a database."""
FILE = {"file": ("talk.flac", b"fLaC" + bytes(64 * 1024))}


async def test_full_disk_stops_writes_only_and_they_recover(site: Site) -> None:
    ada = site.person()
    with site.web(HEARTBEAT_S="1") as web, site.worker(site.session(ada)) as worker:
        waiting = site.session(ada)
        reader = Reader(web.port, ada, worker.session_id)
        async with following([reader]):
            with worker.at_work():
                await all_have([reader], worker.newest.version + 1)
                before = recordings(site)
                resource.prlimit(web.program.pid, resource.RLIMIT_FSIZE, (NOTHING, resource.RLIM_INFINITY))
                assert await asked(web, ada, "POST", "/sessions", files=FILE) == 503
                assert await asked(web, ada, "POST", f"/sessions/{waiting}/cancel") == 503
                assert await asked(web, ada, "GET", f"/sessions/{waiting}") == 200
                assert recordings(site) == before
                await all_have([reader], worker.newest.version + 1)
                resource.prlimit(web.program.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
                assert await asked(web, ada, "POST", f"/sessions/{waiting}/cancel") == 202
                assert await asked(web, ada, "POST", "/sessions", files=FILE) == 201
                await all_have([reader], worker.newest.version + 1)
            worker.finish()
        assert len(reader.visits) == 1
        reader.agrees_with(worker)


async def asked(web: Web, person: Person, method: str, path: str, **body: Any) -> int:
    """Sends a request; returns the status code."""
    async with httpx.AsyncClient(headers=person.headers, timeout=ANSWER_S) as client:
        return (await client.request(method, f"{web.url}/api/v1{path}", **body)).status_code


def recordings(site: Site) -> set[str]:
    return {str(path) for path in (site.folder / "audio").rglob("*") if path.is_file()}
