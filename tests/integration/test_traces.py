"""One trace shows a session from its upload to what its page reported, over real processes and OTLP over HTTP."""

from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from playhead.ids import new_id
from playhead.sessions import repository
from playhead.sessions.models import NewSession
from playhead.sessions.status import State, Status
from playhead.tracing.ids import attempt_of
from playhead.transcription.enqueue import Queue
from tests.support.collector import Collector, Span, collector
from tests.support.event_stream import parse
from tests.support.house import WORDS_WORKER
from tests.support.programs import Program
from tests.support.site import Person, Site, Web, site_on
from tests.support.stored import read_status
from tests.support.valkey import valkey
from tests.support.waiting import until

RECORDING = b"ID3 0"
"""What an upload takes for an MP3 file, and a worker of words transcribes without a fault."""
CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
LOST = "7c9a3e1f5b2d4c608e1a2b3c4d5e6f70"
FAILED = "8d0b4f206c3e5d719f2b3c4d5e6f7081"
REPORT = {
    "page": "0123456789abcdef",
    "seq": 1,
    "transport": "stream",
    "elapsed_s": 3,
    "seconds": {"stream": [2, 2]},
    "lag_ms": {"stream": [0, 0, 0, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 90]},
}


@pytest.fixture(scope="module")
def spans() -> Iterator[Collector]:
    with collector() as receiving:
        yield receiving


@pytest.fixture(scope="module")
def traced_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("traced")
    with valkey(folder / "valkey") as redis, site_on(f"sqlite:///{folder}/db", folder, redis) as site:
        yield site


@pytest.fixture(scope="module")
def traced_web(traced_site: Site, spans: Collector) -> Iterator[Web]:
    with traced_site.web(**spans.settings, LOG_FORMAT="json") as web:
        yield web


@pytest.fixture(scope="module")
def traced_worker(traced_site: Site, traced_web: Web, spans: Collector) -> Iterator[Program]:
    with traced_site.program(WORDS_WORKER, "worker", **spans.settings, LOG_FORMAT="json") as worker:
        worker.wait_for("ready.")
        yield worker


def upload(web: Web, person: Person) -> dict[str, object]:
    headers = person.headers | {"traceparent": CALLER}
    files = {"file": ("talk.mp3", RECORDING, "audio/mpeg")}
    answer = httpx.post(f"{web.url}/api/v1/sessions", headers=headers, files=files)
    assert answer.status_code == httpx.codes.CREATED, answer.text
    session: dict[str, object] = answer.json()
    return session


def stored(site: Site, person: Person, trace_id: str, recording: bytes | None) -> str:
    """Creates a session with a trace, and with a recording if one is given, and sends it to the worker."""
    session_id = new_id()
    if recording is not None:
        (site.folder / "audio").mkdir(exist_ok=True)
        (site.folder / "audio" / session_id).write_bytes(recording)
    site.database.run(
        repository.create,
        NewSession(
            id=session_id,
            owner_id=person.id,
            filename="talk.mp3",
            size_bytes=9,
            audio_key=session_id,
            trace_id=trace_id,
        ),
    )
    with closing(Queue(site.redis.url)) as queue:
        queue.send(session_id)
    site.database.run(repository.mark_enqueued, session_id)
    return session_id


def final(site: Site, session_id: str) -> Status:
    until(lambda: site.database.run(read_status, session_id).is_final, "the session is final")
    return site.database.run(read_status, session_id)


def only(spans: list[Span]) -> Span:
    (span,) = spans
    return span


def test_one_trace_from_upload_to_page(
    traced_site: Site, traced_web: Web, traced_worker: Program, spans: Collector
) -> None:
    person = traced_site.person()
    session = upload(traced_web, person)
    session_id, status = str(session["id"]), session["status"]
    assert isinstance(status, dict)
    trace_id = status["trace_id"]
    url = f"{traced_web.url}/api/v1/sessions/{session_id}/status/stream"
    received = parse(httpx.get(url, headers=person.headers, timeout=60).content)
    streamed = [event for event in received if event.event == "status"]
    assert all(f'"trace_id":"{trace_id}"' in event.data for event in streamed)
    assert '"completed"' in streamed[-1].data

    def report(who: Person, seq: int, reported: str) -> None:
        body = REPORT | {"session_id": session_id, "seq": seq, "gaps": seq, "trace_id": reported}
        answer = httpx.post(f"{traced_web.url}/api/v1/telemetry", headers=who.headers, json=body)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text

    report(traced_site.person(), 1, trace_id)  # not theirs
    report(person, 1, LOST)  # of another session
    report(person, 2, trace_id)
    # Spans are sent in their order, so one of a report that is not to be there would come before.
    until(lambda: any(span.attributes.get("playhead.gaps") == 2 for span in spans.of(trace_id)), "the report is there")
    until(lambda: {"playhead.stream", "playhead.attempt"} <= {span.name for span in spans.of(trace_id)})

    root = only(spans.of(trace_id, "POST /api/v1/sessions"))
    assert (root.parent_id, root.links, root.service) == ("", [tuple(CALLER.split("-")[1:3])], "playhead-web")
    assert root.attributes["http.response.status_code"] == httpx.codes.CREATED
    attempt = only(spans.of(trace_id, "playhead.attempt"))
    assert (attempt.parent_id, attempt.service, attempt.links) == (root.span_id, "playhead-worker", [])
    assert attempt.attributes["playhead.outcome"] == "completed"
    assert not attempt.is_error
    stages = [
        span.name for span in spans.of(trace_id) if span.parent_id == attempt.span_id and "publish" not in span.name
    ]
    assert stages == [f"playhead.{s}" for s in ("decoding", "loading_model", "transcribing", "finalizing")]
    published = spans.of(trace_id, "publish status")
    by_worker = [span for span in published if span.service == "playhead-worker"]
    assert {span.attributes["playhead.stage"] for span in by_worker} >= {"transcribing", "completed"}
    assert {span.parent_id for span in by_worker} == {attempt.span_id}
    assert len(by_worker) <= len(stages) + 1 < attempt.attributes["playhead.statuses"]
    queued = [span for span in published if span.service == "playhead-web"]
    assert [(span.attributes["playhead.stage"], span.parent_id) for span in queued] == [("queued", root.span_id)]
    stream = only(spans.of(trace_id, "playhead.stream"))
    assert (stream.parent_id, stream.events) == (root.span_id, ["first event"])
    assert (stream.attributes["playhead.outcome"], stream.attributes["playhead.goodbye"]) == ("goodbye", "final")
    page = only(spans.of(trace_id, "playhead.page"))
    assert (page.parent_id, page.attributes["playhead.session_id"]) == (root.span_id, session_id)
    assert page.attributes["playhead.lag.stream.buckets"] == REPORT["lag_ms"]["stream"][:-1]  # type: ignore[index]
    assert spans.of(LOST) == []


def test_without_a_collector_a_status_has_no_trace(site: Site, web: Web) -> None:
    session = upload(web, site.person())
    assert isinstance(session["status"], dict)
    assert "trace_id" not in session["status"]


def test_attempt_after_a_lost_one_is_linked_to_it(traced_site: Site, traced_worker: Program, spans: Collector) -> None:
    session_id = stored(traced_site, traced_site.person(), LOST, b"crash 1")
    assert final(traced_site, session_id).attempt == 2
    until(lambda: spans.of(LOST, "playhead.attempt"))
    attempt = only(spans.of(LOST, "playhead.attempt"))
    assert attempt.attributes["playhead.attempt"] == 2
    assert attempt.links == [(LOST, f"{attempt_of(int(LOST, 16), 1):016x}")]


def test_failed_attempt_has_error_status(traced_site: Site, traced_worker: Program, spans: Collector) -> None:
    session_id = stored(traced_site, traced_site.person(), FAILED, None)
    assert final(traced_site, session_id).state is State.FAILED
    until(lambda: spans.of(FAILED, "playhead.attempt"))
    attempt = only(spans.of(FAILED, "playhead.attempt"))
    assert attempt.is_error
    assert (attempt.attributes["error.type"], attempt.attributes["playhead.outcome"]) == ("audio_missing", "failed")
    assert f'"trace_id": "{FAILED}"' in traced_worker.err
    assert "ended span" not in traced_worker.err
