"""The examples in `wire/` are what the service says, to the field; the browser's tests read the same files."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from playhead.delivery import words
from playhead.live import events
from playhead.live.events import StatusEvents
from playhead.live.job import Job
from playhead.live.policy import GoodbyeReason, Mode, Reason, Transport, goodbye
from playhead.sessions.models import Segment
from playhead.sessions.sentences import with_message
from playhead.sessions.status import Stage, decode, encode

WIRE = Path(__file__).parent / "wire"
STATUSES = sorted(WIRE.glob("status.*.json"))
JOBS = sorted(WIRE.glob("job.*.json"))
SEGMENTS = [
    Segment(29, 240.1, 243.9, "It was the best of times,"),
    Segment(30, 243.9, 246.5, "it was the worst of times."),
]
SAID = {
    "hello": lambda: events.hello(Transport(Mode.STREAM, Reason.FLAG_ON), 15.0, 600.0),
    "segments": lambda: words.event(SEGMENTS),
    "patch": lambda: events.patch(1000018, example("event.patch")),
    "heartbeat": lambda: events.heartbeat(1000017),
    "goodbye.final": lambda: events.goodbye(goodbye(GoodbyeReason.FINAL)),
    "goodbye.max_age": lambda: events.goodbye(goodbye(GoodbyeReason.MAX_AGE)),
    "goodbye.draining": lambda: events.goodbye(goodbye(GoodbyeReason.DRAINING), lambda: 1710),
    "goodbye.kill_switch": lambda: events.goodbye(goodbye(GoodbyeReason.KILL_SWITCH), lambda: 3000),
    "goodbye.flag_off": lambda: events.goodbye(goodbye(GoodbyeReason.FLAG_OFF, long_poll=True), lambda: 420),
    "goodbye.replaced": lambda: events.goodbye(goodbye(GoodbyeReason.REPLACED, long_poll=True), lambda: 420),
    "goodbye.signed_out": lambda: events.goodbye(goodbye(GoodbyeReason.SIGNED_OUT)),
}


def example(name: str) -> Any:
    return msgspec.json.decode((WIRE / f"{name}.json").read_bytes())


@pytest.mark.parametrize("path", STATUSES, ids=lambda path: path.stem)
def test_status_comes_back_with_every_field_and_no_other(path: Path) -> None:
    document = msgspec.json.decode(path.read_bytes())
    again = msgspec.json.decode(encode(decode(path.read_bytes())))
    assert datetime.fromisoformat(again.pop("updated_at")) == datetime.fromisoformat(document.pop("updated_at"))
    assert again == document
    assert list(again) == list(document)


@pytest.mark.parametrize("path", JOBS, ids=lambda path: path.stem)
def test_job_comes_back_with_every_field_and_no_other(path: Path) -> None:
    document = msgspec.json.decode(path.read_bytes())
    again = msgspec.json.decode(msgspec.json.encode(msgspec.json.decode(path.read_bytes(), type=Job[Any])))
    assert datetime.fromisoformat(again.pop("updated_at")) == datetime.fromisoformat(document.pop("updated_at"))
    assert again == document
    assert list(again) == list(document)


@pytest.mark.parametrize("path", STATUSES, ids=lambda path: path.stem)
def test_status_says_what_its_numbers_say(path: Path) -> None:
    status = decode(path.read_bytes())
    assert with_message(status) == status


EVENTS = StatusEvents(encode)


def test_there_is_an_example_of_every_stage_of_a_session() -> None:
    assert {decode(path.read_bytes()).stage for path in STATUSES} == set(Stage)


@pytest.mark.parametrize("name", SAID)
def test_event_is_sent_as_its_example(name: str) -> None:
    expected = example(f"event.{name}")
    block = SAID[name]().decode()
    fields = dict(re.findall(r"^(\w+): (.*)$", block, re.MULTILINE))
    assert fields.pop("event") == name.partition(".")[0]
    sent = msgspec.json.decode(fields.pop("data"))
    for document in (sent, expected):
        if "server_time" in document:
            assert datetime.fromisoformat(document.pop("server_time")).utcoffset() is not None
    assert sent == expected
    assert fields == {"hello": {"retry": "2000"}, "patch": {"id": "1000018"}}.get(name, {})


def test_there_is_an_example_of_every_event_but_the_status() -> None:
    assert {path.stem.removeprefix("event.") for path in WIRE.glob("event.*.json")} == set(SAID)


def test_status_event_carries_the_document_and_its_version() -> None:
    status = decode((WIRE / "status.transcribing.json").read_bytes())
    assert EVENTS.whole(status).decode() == f"event: status\nid: 1000017\ndata: {encode(status).decode()}\n\n"
    assert EVENTS.whole(status) is EVENTS.whole(decode(encode(status)))
