"""Readers that follow a job as the contract says, while its gate is switched at random: all get the final status."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import uuid4

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from playhead.live.asgi import Limits, Live
from playhead.live.broker.connect import open_sender
from playhead.live.broker.ports import Sender
from playhead.live.clock import now
from playhead.live.job import Job, State
from playhead.live.policy import Reason
from tests.support.asgi_client import Client, Response
from tests.support.waiting import async_until
from tests.unit.live.switched_gate import SwitchedGate

STATUS = "/jobs/one/status"
WITHOUT_STREAM = {"wait", "poll"}
NEXT = {
    "final": {"none"},
    "draining": {"stream"},
    "flag_off": WITHOUT_STREAM,
    "kill_switch": WITHOUT_STREAM,
    "replaced": WITHOUT_STREAM,
    "flags_unavailable": {"poll"},
}
"""What a reader may be asked to do next, by the reason of its goodbye (contract, §5)."""
REFUSALS = [Reason.FLAG_OFF, Reason.KILL_SWITCH, Reason.FLAGS_UNAVAILABLE]


@dataclass(frozen=True, kw_only=True)
class Round:
    """What happens between two pauses: the gate is switched, with or without a notice, and statuses are published."""

    answer: Reason
    long_poll: bool
    fails: bool
    is_noticed: bool
    published: int
    turns: int
    """Of the event loop: a request takes 10 to 30."""


ROUND = st.builds(
    Round,
    answer=st.just(Reason.FLAG_ON) | st.sampled_from(REFUSALS),
    long_poll=st.booleans(),
    fails=st.sampled_from([False, False, False, True]),
    is_noticed=st.sampled_from([True, True, False]),
    published=st.integers(0, 3),
    turns=st.integers(0, 100),
)


class Follower:
    """Follows the job as a browser does, without its delays."""

    def __init__(self, client: Client, *, patches: bool) -> None:
        self.versions: list[int] = []
        """Of every document that it received, in order."""
        self.goodbyes: list[dict[str, Any]] = []
        self.is_final = False
        self._client = client
        self._query = "?patches=1" if patches else ""
        self._etag = ""
        self._streams_again = True

    async def follow(self) -> None:
        """Until the final status."""
        mode = await self._poll()
        while not self.is_final:
            if mode == "stream" and self._streams_again:
                mode = await self._stream()
            else:
                mode = await self._poll("wait=20" if mode == "wait" else "")
            await asyncio.sleep(0)

    async def _poll(self, prefer: str = "") -> str:
        headers = {"if_none_match": self._etag} | ({"prefer": prefer} if prefer else {})
        answer = await self._client.get(STATUS, **headers)
        assert answer.status in (200, 304), answer
        if answer.status == 200:
            self._etag = answer.headers["etag"]
            self._take(answer.json)
        return _mode(answer)

    async def _stream(self) -> str:
        answer = await self._client.get(f"{STATUS}/stream{self._query}", last_event_id=str(self.versions[-1]))
        if answer.status != 200:
            assert answer.status in (204, 503), answer
            mode = _mode(answer)
            assert mode != "stream"
            return mode
        received = [msgspec.json.decode(event.data) for event in answer.events if event.event in ("status", "patch")]
        assert all(one["version"] < other["version"] for one, other in pairwise(received))
        for document in received:
            self._take(document)
        assert answer.names[-1] == "goodbye", answer.names
        self.goodbyes.append(goodbye := msgspec.json.decode(answer.events[-1].data))
        assert goodbye["next"] in NEXT[goodbye["reason"]], goodbye
        assert goodbye["next"] == "none" or goodbye["retry_after_ms"] >= 0, goodbye
        assert self.is_final or goodbye["next"] != "none", goodbye
        self._streams_again &= goodbye["reason"] != "replaced"  # they would take turns
        return str(goodbye["next"])

    def _take(self, document: dict[str, Any]) -> None:
        self.versions.append(document["version"])
        self.is_final |= document.get("state") == State.COMPLETED


def _mode(answer: Response) -> str:
    return answer.headers["playhead-transport"].partition(";")[0]


@settings(max_examples=75, deadline=None)
@given(st.lists(ROUND, max_size=12), st.sampled_from([1, 10]), st.booleans())
def test_every_follower_ends_with_the_final_status(rounds: list[Round], streams_per_job: int, drains: bool) -> None:
    asyncio.run(_follow_one(rounds, Limits(streams_per_job=streams_per_job), drains=drains))


async def _follow_one(rounds: Sequence[Round], limits: Limits, *, drains: bool) -> None:
    url, gate, version = f"memory://{uuid4()}", SwitchedGate(), 1
    sender: Sender[Job[Any]] = open_sender(url)
    live: Live[Job[Any], str] = Live(url, who=lambda request: "ada", gate=gate, limits=limits)

    def publish(state: State) -> None:
        job: Job[Any] = Job(id="one", owner="ada", version=version, state=state, stage="a", updated_at=now())
        sender.send([(job, job.owner)])

    publish(State.PROCESSING)
    followers = [Follower(Client(live), patches=patches) for patches in (False, True)]
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        for follower in followers:
            tasks.create_task(follower.follow())
        await async_until(lambda: all(follower.versions for follower in followers))
        for each in rounds:
            gate.answer, gate.long_poll, gate.fails = each.answer, each.long_poll, each.fails
            if each.is_noticed:
                gate.notify()
            for _ in range(each.published):
                version += 1
                publish(State.PROCESSING)
            for _ in range(each.turns):
                await asyncio.sleep(0)
        if drains:
            live.drain()
        version += 1
        publish(State.COMPLETED)
    for follower in followers:
        assert follower.versions == sorted(follower.versions)
        assert follower.versions[-1] == version
    await live.aclose()
