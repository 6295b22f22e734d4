"""Behind nginx, which keeps its connections to a web process and sends one person's request after another's on them."""

from pathlib import Path

import httpx

from tests.support.nginx import nginx
from tests.support.site import Site, Web

ANSWER_S = 5.0
"""nginx itself waits 60 s for an answer that does not come."""


def test_head_on_a_stream_does_not_hold_up_the_next_request(site: Site, web: Web, tmp_path: Path) -> None:
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
