"""A web process works behind nginx, which reuses a connection for the requests of several people."""

from pathlib import Path

import httpx

from tests.support.nginx import nginx
from tests.support.site import Site, Web

ANSWER_S = 5.0
"""Well under the 60 s that nginx waits for an answer."""


def test_head_on_a_stream_does_not_block_the_next_request(site: Site, web: Web, tmp_path: Path) -> None:
    person = site.person()
    path = f"/api/v1/sessions/{site.session(person)}/status/stream"
    with (
        nginx(tmp_path / "nginx", [web]) as port,
        httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers=person.headers, timeout=ANSWER_S, trust_env=False
        ) as client,
    ):
        for _ in range(3):
            head = client.head(path)
            assert (head.status_code, head.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
            assert client.get("/api/v1/me").json()["transport"]["capacity"]["own_streams"] == 0
