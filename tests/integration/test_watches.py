"""A person who streams from two web processes, and whose page reports to both, is one watch that is counted once."""

from contextlib import ExitStack

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from playhead.monitoring.watches.digest import person_digest, subject_digest
from playhead.monitoring.watches.models import WatchRow
from playhead.monitoring.watches.repository import kept_of
from tests.support.site import Site, Web
from tests.support.waiting import ANSWER_S, until

REPORT = {"page": "0123456789abcdef", "seq": 1, "transport": "stream", "elapsed_s": 3, "seconds": {"stream": [2, 1.5]}}


def test_watch_over_two_processes_is_one(site: Site, web: Web, other_web: Web) -> None:
    reader = site.person()
    session_id = site.session(reader)
    secret_key = (site.folder / "secret_key").read_text()
    key = person_digest(secret_key, reader.id), subject_digest(secret_key, session_id)

    def row(db: Db) -> WatchRow | None:
        return db.scalar(select(WatchRow).where(WatchRow.person == key[0], WatchRow.subject == key[1]))

    def has(**expected: object) -> bool:
        found = site.database.run(row)
        return found is not None and {name: getattr(found, name) for name in expected} == expected

    with ExitStack() as stack:
        for one in (web, other_web):
            url = f"{one.url}/api/v1/sessions/{session_id}/status/stream"
            stream = stack.enter_context(httpx.stream("GET", url, headers=reader.headers))
            assert next(stream.iter_lines()).startswith("retry")
            body = REPORT | {"session_id": session_id}
            answer = httpx.post(f"{one.url}/api/v1/telemetry", headers=reader.headers, json=body)
            assert (answer.status_code, answer.content) == (202, b"")
        until(lambda: has(streams=2, established=2, arm="stream", stage=100), "both streams are noted", ANSWER_S)
    until(lambda: has(last_version=1), "the version that was read is noted", ANSWER_S)
    until(lambda: not has(reported_at=None), "a report is added", ANSWER_S)
    found = site.database.run(row)
    assert found is not None
    assert found.stream_s > 0
    kept = kept_of(found.report)
    assert (kept.sums.seconds, kept.pages) == ({"stream": (2.0, 1.5)}, {REPORT["page"]: 1})
