"""Fault: a web process and a worker start before the migration of their release. They wait and lose nothing."""

import httpx

from playhead import schema_revision
from playhead.migrations import upgrade
from tests.support.house import WORDS_WORKER, House
from tests.support.migrated import downgrade
from tests.support.ports import free_port
from tests.support.programs import program, ready
from tests.support.quick_worker import WORDS
from tests.support.site import WEB
from tests.support.waiting import until


def test_web_and_worker_wait_for_their_tables(house: House) -> None:
    session_id = house.upload("words 0")
    downgrade(str(house.environ["DATABASE_URL"]), "0002")
    port = free_port()
    web = f"http://127.0.0.1:{port}"
    with (
        program(WEB, house.environ | {"PORT": str(port)}, house.folder / "web") as running,
        house.worker(WORDS_WORKER) as worker,
        httpx.Client(base_url=web, trust_env=False, verify=False) as client,
    ):
        until(lambda: "waits for its tables" in running.err and "waits for its tables" in worker.err)
        until(lambda: answers(client))
        answer = client.get("/readyz")
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert answer.json()["database"]
        assert not answer.json()["schema"]
        why = f"the tables are of revision 2, older than this release's {schema_revision.NEWEST}: run playhead migrate"
        assert f"schema: {why}" in answer.json()["degraded"]
        refused = client.get("/api/v1/sessions")
        assert (refused.status_code, refused.json()["code"]) == (503, "database_gone")
        upgrade(str(house.environ["DATABASE_URL"]))
        until(lambda: ready(web), "the web is ready")
        house.completes(session_id, WORDS)
        assert house.status(session_id).attempt == 1
        assert worker.err.count("waits for its tables") == running.err.count("waits for its tables") == 1


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").is_success
    except httpx.TransportError:
        return False
