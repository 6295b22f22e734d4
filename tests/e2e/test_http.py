"""Registers, uploads, follows and reads over HTTP; compares the transcript with the recording's text."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import jiwer
import msgspec
import pytest
from httpx_sse import connect_sse

from playhead.sessions.status import Status, decode
from tests.support.speech import JFK, TWO_CITIES, text_of, words

FORM = {"X-Requested-With": "playhead"}
PASSWORD = "correct horse battery"
LONGEST_S = 90
WER_MAX = 0.1
"""Word error rate of the small English model on clear speech; measured: 0.02."""
NOISE = ("noise.flac", b"fLaC" + bytes(range(256)) * 64)
"""Begins as a recording does."""
PLACES = {"site": TWO_CITIES, "deployed": JFK}


@pytest.fixture(scope="module", params=PLACES)
def running(request: pytest.FixtureRequest) -> tuple[str, Path]:
    """The address of `playhead up` on SQLite or of a platform's processes on PostgreSQL, and a recording for it."""
    return request.getfixturevalue(request.param), PLACES[request.param]


@pytest.fixture(scope="module")
def address(running: tuple[str, Path]) -> str:
    return running[0]


@pytest.fixture(scope="module")
def recording(running: tuple[str, Path]) -> Path:
    return running[1]


@pytest.fixture(scope="module")
def person(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers=FORM, timeout=LONGEST_S) as client:
        made = client.post("/api/v1/auth/register", json={"email": "ada@example.org", "password": PASSWORD})
        assert made.status_code == 201
        yield client


def test_upload_is_transcribed_while_it_is_followed(person: httpx.Client, recording: Path) -> None:
    expected = words(text_of(recording))
    made = person.post("/api/v1/sessions", files={"file": (recording.name, recording.read_bytes())})
    assert made.status_code == 201, made.text
    session = made.json()
    assert made.headers["Location"] == session["links"]["self"]
    assert session["status"]["state"] == "queued"

    statuses: list[Status] = []
    received: list[dict[str, object]] = []
    names: list[str] = []
    with connect_sse(person, "GET", session["links"]["stream"] + "?segments=1") as stream:
        assert stream.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert stream.response.headers["Playhead-Transport"] == "stream; reason=flag_on"
        for event in stream.iter_sse():
            names.append(event.event)
            if event.event == "status":
                statuses.append(decode(event.data))
                assert event.id == str(statuses[-1].version)
            if event.event == "segments":
                received += msgspec.json.decode(event.data)["segments"]

    assert names[:2] == ["hello", "status"]
    assert names[-1] == "goodbye"
    versions = [status.version for status in statuses]
    assert versions == sorted(set(versions))
    assert statuses[-1].state == "completed"
    assert statuses[-1].progress == 1
    assert statuses[-1].segments == len(received)
    assert [segment["index"] for segment in received] == list(range(len(received)))
    moving = [status for status in statuses if status.stage == "transcribing"]
    assert [s.position_s for s in moving] == sorted(s.position_s or 0 for s in moving)
    assert any(status.eta_s is not None for status in moving)

    live = words(" ".join(str(segment["text"]) for segment in received))
    assert jiwer.wer(expected, live) <= WER_MAX

    transcript = person.get(session["links"]["transcript"], params={"format": "txt"})
    assert words(transcript.text) == live
    for form, mark in (("srt", " --> "), ("vtt", "WEBVTT"), ("json", '"segments"')):
        answer = person.get(session["links"]["transcript"], params={"format": form})
        assert answer.status_code == 200
        assert mark in answer.text

    status = person.get(session["links"]["status"])
    assert decode(status.content) == statuses[-1]
    unchanged = person.get(session["links"]["status"], headers={"If-None-Match": status.headers["ETag"]})
    assert unchanged.status_code == 304
    assert unchanged.content == b""
    assert unchanged.headers["Playhead-Transport"] == "poll; reason=final"

    again = person.get(session["links"]["stream"], headers={"Last-Event-ID": str(versions[-1])})
    assert again.status_code == 204


def test_upload_without_audio_is_rejected_or_fails(person: httpx.Client) -> None:
    refused = person.post("/api/v1/sessions", files={"file": ("notes.mp3", b"these are no sounds at all, only words")})
    assert refused.status_code == 415
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "unsupported_media"

    taken = person.post("/api/v1/sessions", files={"file": NOISE})
    assert taken.status_code == 201
    with connect_sse(person, "GET", taken.json()["links"]["stream"]) as stream:
        last = [decode(event.data) for event in stream.iter_sse() if event.event == "status"][-1]
    assert last.state == "failed"
    assert last.error is not None
    assert last.error.code == "unreadable"
    assert last.message == last.error.message


def test_sessions_of_other_people_are_absent(address: str, person: httpx.Client) -> None:
    mine = person.post("/api/v1/sessions", files={"file": NOISE}).json()
    with httpx.Client(base_url=address, headers=FORM) as other:
        for path in ("self", "status", "stream", "transcript", "audio"):
            assert other.get(mine["links"][path]).status_code == 401
        other.post("/api/v1/auth/register", json={"email": "eve@example.org", "password": PASSWORD})
        for path in ("self", "status", "stream", "transcript", "audio"):
            answer = other.get(mine["links"][path])
            assert (answer.status_code, answer.json()["code"]) == (404, "session_not_found")
