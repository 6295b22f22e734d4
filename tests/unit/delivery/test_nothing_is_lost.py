"""Streams with words through random faults: each reader ends with the final status and with every segment once."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from playhead.live.broker.ports import Gap
from playhead.live.inbox import Signal
from playhead.sessions.status import Stage
from tests.support.fakes import a_status
from tests.unit.delivery.world import World

STAGES = [Stage.DECODING, Stage.TRANSCRIBING, Stage.RETRYING, Stage.FINALIZING]
STEP = st.one_of(
    st.tuples(st.sampled_from(["words", "turns"]), st.integers(0, 6)),
    st.tuples(st.sampled_from(["attempt", "publish", "gap", "heartbeat", "gone", "back", "join"]), st.just(0)),
)


@settings(max_examples=75, deadline=None)
@given(st.lists(STEP, max_size=40), st.sampled_from(STAGES))
def test_every_stream_ends_with_the_final_status_and_every_segment_once(
    schedule: list[tuple[str, int]], stage: Stage
) -> None:
    asyncio.run(_one_session(schedule, stage))


async def _one_session(schedule: list[tuple[str, int]], stage: Stage) -> None:
    world, version = World(per_process=99, per_user=99), 1_000_001
    readings = [world.open(segments_from=0)]
    for step, number in schedule:
        match step:
            case "words":
                version += 1
                world.commit(a_status(stage, version), words=number)
            case "attempt":
                version = (version // 1_000_000 + 1) * 1_000_000 + 1
                world.commit(a_status(Stage.RETRYING, version))
            case "publish":
                world.publish()
            case "gap":
                world.hub.deliver(Gap())
            case "heartbeat":
                world.signal(Signal.HEARTBEAT)
            case "gone" | "back":
                world.store.gone = step == "gone"
            case "join":
                readings.append(world.open(segments_from=len(readings) % 3))
            case "turns":
                for _ in range(number):
                    await asyncio.sleep(0)
    world.store.gone = False
    world.commit(a_status(Stage.COMPLETED, version + 1), words=1)
    world.hub.deliver(Gap())
    for reading in readings:
        await reading.ends()
        assert reading.versions == sorted(set(reading.versions))
        assert reading.versions[-1] == version + 1
        assert reading.goodbye["reason"] == "final"
    total = len(world.store.segments)
    assert readings[0].words == list(range(total))
    for number, reading in enumerate(readings[1:], start=1):
        assert reading.words == list(range(number % 3, total))
    assert (world.hub.readers, world.hub.watched) == (0, 0)
