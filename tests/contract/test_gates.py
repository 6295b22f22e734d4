"""One suite for every gate: what `live.gate.Gate` promises, and what each of them adds."""

import contextlib
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from UnleashClient.events import BaseEvent, UnleashEventType

from playhead.adapters.live_unleash import UnleashGate
from playhead.live.asgi import Live
from playhead.live.broker.connect import open_sender
from playhead.live.broker.ports import Sender
from playhead.live.clock import now
from playhead.live.file_gate import FileGate
from playhead.live.gate import HEARTBEAT_S, MAX_AGE_S, Everybody, Gate
from playhead.live.job import Job, State
from playhead.live.policy import Reason
from tests.support.asgi_client import Client
from tests.support.switchboards import ALLOWED, STREAM, FileBoard, Switchboard, UnleashBoard, document
from tests.support.waiting import START_S, async_until, until

PEOPLE = [f"user-{number}" for number in range(1_000)]
IN_FORCE_S = 30.0
"""A change must be in force within 2 s; the rest is for a loaded machine."""


@dataclass(frozen=True)
class Person:
    id: str


@pytest.fixture(autouse=True)
def loopback_past_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[FileBoard]:
    with contextlib.closing(FileBoard(tmp_path)) as board:
        yield board


@pytest.fixture
def unleash(tmp_path: Path) -> Iterator[UnleashBoard]:
    with contextlib.closing(UnleashBoard(tmp_path)) as board:
        yield board


@pytest.fixture(params=["file", "unleash"])
def board(request: pytest.FixtureRequest) -> Switchboard:
    board: Switchboard = request.getfixturevalue(request.param)
    return board


@pytest.fixture(params=["everybody", "file", "unleash"])
def gate(request: pytest.FixtureRequest) -> Gate[Any]:
    return Everybody() if request.param == "everybody" else request.getfixturevalue(request.param).gate()


def streaming(gate: Gate[str]) -> set[str]:
    return {person for person in PEOPLE if gate.may_stream(person) is Reason.FLAG_ON}


def test_who_may_everything_streams_and_waits(gate: Gate[Any]) -> None:
    for person in ("ada", Person("ada")):
        assert gate.may_stream(person) is Reason.FLAG_ON
        assert gate.may_wait(person) is True
        assert (gate.tuning(person).heartbeat_s, gate.tuning(person).max_age_s) == (HEARTBEAT_S, MAX_AGE_S)


def test_listener_can_be_undone(gate: Gate[Any]) -> None:
    undo = gate.on_change(lambda: None)
    undo()
    undo()


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ({"allowed": False}, Reason.KILL_SWITCH),
        ({"allowed": False, "stream": 0}, Reason.KILL_SWITCH),
        ({"stream": 0}, Reason.FLAG_OFF),
    ],
)
def test_change_is_in_force_soon(board: Switchboard, flags: dict[str, Any], reason: Reason) -> None:
    gate = board.gate()
    assert gate.may_stream("ada") is Reason.FLAG_ON
    board.turn(**flags)
    until(lambda: gate.may_stream("ada") is reason, timeout_s=IN_FORCE_S)
    assert gate.may_wait("ada") is True
    board.turn()
    until(lambda: gate.may_stream("ada") is Reason.FLAG_ON, timeout_s=IN_FORCE_S)


def test_waiting_is_a_switch_of_its_own(board: Switchboard) -> None:
    gate = board.gate()
    board.turn(wait=False)
    until(lambda: not gate.may_wait("ada"), timeout_s=IN_FORCE_S)
    assert gate.may_stream("ada") is Reason.FLAG_ON


def test_listener_is_called_when_the_change_is_in_force(board: Switchboard) -> None:
    gate = board.gate()
    answers: list[Reason] = []
    gate.on_change(lambda: answers.append(gate.may_stream("ada")))
    board.turn(allowed=False)
    until(lambda: Reason.KILL_SWITCH in answers, timeout_s=IN_FORCE_S)


def test_failing_listener_does_not_keep_others_from_a_change(board: Switchboard) -> None:
    gate = board.gate()
    calls: list[str] = []

    def fail() -> None:
        calls.append("failing")
        raise RuntimeError("of the app")

    undone = gate.on_change(lambda: calls.append("undone"))
    gate.on_change(fail)
    gate.on_change(lambda: calls.append("last"))
    undone()

    def are_called_after(answer: Reason) -> bool:
        # Unleash's client also reports its first fetch, so the answer has to have changed as well.
        return gate.may_stream("ada") is answer and {"failing", "last"} <= set(calls)

    for allowed, answer in ((False, Reason.KILL_SWITCH), (True, Reason.FLAG_ON)):
        calls.clear()
        board.turn(allowed=allowed)
        until(partial(are_called_after, answer), timeout_s=IN_FORCE_S)
        assert "undone" not in calls


def test_share_of_people_is_theirs_in_every_process(board: Switchboard) -> None:
    board.turn(stream=25)
    first, second = board.gate(), board.gate()
    quarter = streaming(first)
    assert 0.2 < len(quarter) / len(PEOPLE) < 0.3
    assert streaming(second) == quarter
    assert {first.may_stream(person) for person in PEOPLE} == {Reason.FLAG_ON, Reason.FLAG_OFF}
    board.turn(stream=60)
    until(lambda: len(streaming(first)) > len(quarter), timeout_s=IN_FORCE_S)
    assert streaming(first) > quarter
    board.turn(stream=25)
    until(lambda: streaming(first) == quarter, timeout_s=IN_FORCE_S)


def test_flags_that_cannot_be_read_leave_the_last_answers(board: Switchboard, caplog: pytest.LogCaptureFixture) -> None:
    board.turn(stream=25, wait=False)
    gate = board.gate()
    quarter = streaming(gate)
    board.break_off()
    until(lambda: [record for record in caplog.records if record.levelno >= logging.WARNING])
    assert streaming(gate) == quarter
    assert gate.may_wait("ada") is False


async def test_open_stream_ends_at_the_kill_switch(board: Switchboard) -> None:
    url = f"memory://{uuid4()}"
    sender: Sender[Job[Any]] = open_sender(url)
    job: Job[Any] = Job(id="one", owner="ada", version=1, state=State.PROCESSING, stage="importing", updated_at=now())
    sender.send([(job, job.owner)])
    live: Live[Job[Any], str] = Live(url, who=lambda request: "ada", gate=board.gate())
    try:
        async with Client(live).open("/jobs/one/status/stream") as stream:
            await stream.has("hello", "status")
            board.turn(allowed=False)
            await async_until(lambda: stream.is_complete, timeout_s=IN_FORCE_S)
        assert '"reason":"kill_switch","next":"wait"' in stream.events[-1].data
        again = await Client(live).get("/jobs/one/status/stream")
        assert (again.status, again.headers["playhead-transport"]) == (204, "wait; reason=kill_switch")
    finally:
        await live.aclose()


MALFORMED = {
    "": "malformed",
    "{": "malformed",
    "[]": "malformed",
    "{}": "`stream`",
    '{"stream": "25"}': r"\$\.stream",
    '{"stream": 101}': r"\$\.stream",
    '{"stream": -1}': r"\$\.stream",
    '{"stream": null}': r"\$\.stream",
    '{"stream": true, "alowed": false}': "`alowed`",
    '{"stream": true, "wait": 1}': r"\$\.wait",
}


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_file_is_an_error_at_the_start(file: FileBoard, text: str) -> None:
    file.write(text)
    with pytest.raises(ValueError, match=f"gate.json is malformed: .*{MALFORMED[text].replace('malformed', '')}"):
        FileGate(file.path)


def test_missing_file_is_an_error_at_the_start(file: FileBoard) -> None:
    file.path.unlink()
    with pytest.raises(ValueError, match=r"gate\.json cannot be read: No such file"):
        FileGate(file.path)


@pytest.mark.parametrize(("stream", "reason"), [("true", Reason.FLAG_ON), ("false", Reason.FLAG_OFF)])
def test_file_may_say_all_or_nobody(file: FileBoard, stream: str, reason: Reason) -> None:
    file.write(f'{{"stream": {stream}}}')
    gate = file.gate()
    assert {gate.may_stream(person) for person in PEOPLE} == {reason}
    assert gate.may_wait("ada") is True


def test_broken_file_is_logged_once_with_its_name(file: FileBoard, caplog: pytest.LogCaptureFixture) -> None:
    gate = file.gate()
    changes: list[None] = []
    gate.on_change(lambda: changes.append(None))
    file.write("{")
    until(lambda: "gate.json is malformed" in caplog.text)
    file.break_off()
    until(lambda: "gate.json cannot be read: No such file" in caplog.text)
    assert gate.may_stream("ada") is Reason.FLAG_ON
    assert changes == []
    file.turn(stream=0)
    until(lambda: changes, timeout_s=IN_FORCE_S)
    assert gate.may_stream("ada") is Reason.FLAG_OFF
    assert [record.levelname for record in caplog.records if record.levelno >= logging.WARNING] == ["ERROR", "ERROR"]


FORKED = """
import os, sys, time
from playhead.live.file_gate import FileGate
gate = FileGate(sys.argv[1], look_s=0.05)
assert gate.may_stream("ada") == "flag_on"
if (child := os.fork()) == 0:
    open(sys.argv[1], "w").write('{"stream": false}')
    ends_at = time.monotonic() + 10
    while gate.may_stream("ada") == "flag_on" and time.monotonic() < ends_at:
        time.sleep(0.01)
    os._exit(gate.may_stream("ada") != "flag_off")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_file_is_read_in_a_process_that_was_forked(file: FileBoard) -> None:
    command = [sys.executable, "-W", "ignore", "-c", FORKED, str(file.path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=START_S, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "rollouts", [{}, {ALLOWED: 100}, {STREAM: 100}], ids=["no flags", "no flag to stream", "no kill switch"]
)
def test_nobody_streams_or_waits_without_the_flags(unleash: UnleashBoard, rollouts: dict[str, float]) -> None:
    unleash.server.document = document(rollouts)
    gate = unleash.gate()
    assert gate.may_stream("ada") is Reason.FLAGS_UNAVAILABLE
    assert gate.may_wait("ada") is False


def test_everybody_waits_where_no_flag_is_named_for_it(unleash: UnleashBoard) -> None:
    gate = UnleashGate(unleash.client(), stream=STREAM, allowed=ALLOWED)
    assert gate.may_stream("ada") is Reason.FLAGS_UNAVAILABLE, "the client has not fetched anything"
    assert gate.may_wait("ada") is True
    assert unleash.server.fetches == 0


def test_question_is_answered_without_the_network(unleash: UnleashBoard) -> None:
    unleash.turn(stream=25)
    cache = unleash.bootstrapped()
    gate = UnleashGate(unleash.client(cache=cache), stream=STREAM, allowed=ALLOWED)
    assert 0.2 < len(streaming(gate)) / len(PEOPLE) < 0.3
    assert unleash.server.fetches == 0


@pytest.mark.parametrize(("callback", "lines"), [(None, 1), (print, 0)], ids=["none", "some"])
def test_client_without_a_callback_is_warned_of(
    unleash: UnleashBoard, caplog: pytest.LogCaptureFixture, callback: Callable[..., None] | None, lines: int
) -> None:
    UnleashGate(unleash.client(event_callback=callback), stream=STREAM, allowed=ALLOWED)
    assert caplog.text.count("has no event_callback") == lines


@pytest.mark.parametrize("kind", UnleashEventType)
def test_only_events_of_other_flags_are_a_change(unleash: UnleashBoard, kind: UnleashEventType) -> None:
    """A question about a flag with impression data is an event as well: it must not check all streams."""
    gate = UnleashGate(unleash.client(), stream=STREAM, allowed=ALLOWED)
    changes: list[UnleashEventType] = []
    gate.on_change(lambda: changes.append(kind))
    gate.changed(BaseEvent(kind, uuid4()))
    assert changes == ([kind] if kind in (UnleashEventType.FETCHED, UnleashEventType.READY) else [])
