"""A gate that fails: open streams go on, none begins, requests are answered, and the log has it once."""

import logging
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest

from playhead.live.asgi import Live
from playhead.live.broker.connect import open_sender
from playhead.live.broker.ports import Sender
from playhead.live.clock import now
from playhead.live.gate_guard import GuardedGate
from playhead.live.job import Job, State
from playhead.live.policy import Reason
from tests.support.asgi_client import Client
from tests.support.waiting import async_until
from tests.unit.live.switched_gate import SwitchedGate


@pytest.fixture
def gate() -> SwitchedGate:
    return SwitchedGate()


@pytest.fixture
def publish() -> tuple[str, Callable[[int, State], None]]:
    url = f"memory://{uuid4()}"
    sender: Sender[Job[Any]] = open_sender(url)

    def publish(version: int, state: State) -> None:
        job: Job[Any] = Job(id="one", owner="ada", version=version, state=state, stage="a", updated_at=now())
        sender.send([(job, job.owner)])

    publish(1, State.PROCESSING)
    return url, publish


@pytest.fixture
async def ada(gate: SwitchedGate, publish: tuple[str, Any]) -> AsyncIterator[Client]:
    live: Live[Job[Any], str] = Live(publish[0], who=lambda request: "ada", gate=gate)
    yield Client(live)
    await live.aclose()


async def test_open_stream_outlives_a_gate_that_fails(
    ada: Client, gate: SwitchedGate, publish: tuple[str, Any]
) -> None:
    async with ada.open("/jobs/one/status/stream") as stream:
        await stream.has("hello", "status")
        gate.fails, asked = True, gate.asked
        gate.notify()
        await async_until(lambda: gate.asked > asked)
        publish[1](2, State.COMPLETED)
        await async_until(lambda: stream.is_complete)
    assert [event.last_event_id for event in stream.events if event.event == "status"] == ["1", "2"]
    assert '"final"' in stream.events[-1].data


async def test_open_stream_ends_once_the_gate_answers_again(ada: Client, gate: SwitchedGate) -> None:
    async with ada.open("/jobs/one/status/stream") as stream:
        await stream.has("hello", "status")
        gate.fails, asked = True, gate.asked
        gate.notify()
        await async_until(lambda: gate.asked > asked)
        gate.fails, gate.answer = False, Reason.KILL_SWITCH
        gate.notify()
        await async_until(lambda: stream.is_complete)
    assert '"kill_switch"' in stream.events[-1].data


async def test_no_stream_begins_while_the_gate_fails(ada: Client, gate: SwitchedGate) -> None:
    gate.fails = True
    for route in ("/jobs/one/status/stream", "/status/stream"):
        answer = await ada.get(route)
        assert (answer.status, answer.headers["playhead-transport"]) == (204, "poll; reason=flags_unavailable")


async def test_poll_is_answered_at_once_while_the_gate_fails(ada: Client, gate: SwitchedGate) -> None:
    gate.fails = True
    answer = await ada.get("/jobs/one/status")
    assert (answer.status, answer.json["version"]) == (200, 1)
    again = await ada.get("/jobs/one/status", if_none_match=answer.headers["etag"], prefer="wait=20")
    assert (again.status, again.headers["playhead-transport"]) == (304, "poll; reason=flags_unavailable")


async def test_failure_is_logged_once_until_the_gate_answers(
    ada: Client, gate: SwitchedGate, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "playhead.live.gate_guard")
    gate.fails = True
    for _ in range(3):
        await ada.get("/jobs/one/status/stream")
    assert caplog.text.count("the gate fails at may_stream") == 1
    gate.fails = False
    await ada.get("/jobs/one/status/stream", method="HEAD")
    assert caplog.text.count("the gate answers may_stream again") == 1
    gate.fails = True
    await ada.get("/jobs/one/status/stream")
    assert caplog.text.count("the gate fails at may_stream") == 2


def test_every_question_has_a_safe_answer(gate: SwitchedGate) -> None:
    guarded: GuardedGate[str] = GuardedGate(gate)
    gate.fails = True
    assert guarded.may_stream("ada") is Reason.FLAGS_UNAVAILABLE
    assert guarded.may_stream("ada", is_streaming=True) is Reason.FLAG_ON
    assert guarded.may_wait("ada") is False
    assert guarded.tuning("ada").heartbeat_s > 0
    guarded.on_change(lambda: None)()
