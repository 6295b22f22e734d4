"""Those who look at the slider are answered in time, with its present state or the last one."""

import asyncio

import pytest

from playhead.db import DatabaseGone
from playhead.rollout.ports import Position, Refused, Unreachable
from playhead.rollout.slider_reading import FRESH_S, SliderReader
from tests.support.clock import Clock

PLACE = "Unleash at https://unleash.example.org, environment production"
PATIENCE_S = 0.05
ENOUGH_S = 5.0


class Slider:
    """At `position`; fails with `error` if there is one, and hangs while `answers` is not set."""

    kind, location, limit = "unleash", PLACE, ""

    def __init__(self) -> None:
        self.position = Position(5, "group")
        self.error: Exception | None = None
        self.answers = asyncio.Event()
        self.answers.set()
        self.reads = 0

    async def read(self) -> Position:
        self.reads += 1
        await self.answers.wait()
        if self.error:
            raise self.error
        return self.position

    async def is_allowed(self) -> bool:
        return True

    async def move(self, to: Position) -> None:
        self.position = to


class World:
    def __init__(self, patience_s: float = ENOUGH_S) -> None:
        self.slider, self.clock = Slider(), Clock()
        self.clock.now = 1000.0
        self.reader = SliderReader(self.slider, patience_s, self.clock)

    async def shown(self, *, anew: bool = False) -> tuple[int | None, str]:
        reading = await self.reader.look(anew=anew)
        return reading.share, reading.trouble


async def test_slider_is_read_once_for_all_who_look_at_a_time() -> None:
    world = World()
    assert await asyncio.gather(*(world.shown() for _ in range(5))) == 5 * [(5, "")]
    world.slider.position = Position(10, "group")
    assert await world.shown() == (5, "")
    assert world.slider.reads == 1
    world.clock.now += FRESH_S
    assert await world.shown() == (10, "")
    assert world.slider.reads == 2


async def test_slider_is_read_again_after_an_order() -> None:
    world = World()
    await world.shown()
    await world.slider.move(Position(0, "group"))
    assert await world.shown(anew=True) == (0, "")


async def test_last_reading_is_shown_while_the_slider_hangs() -> None:
    world = World(PATIENCE_S)
    await world.shown()
    world.slider.answers.clear()
    world.clock.now += FRESH_S
    for _ in range(3):
        share, trouble = await world.shown()
        assert share == 5
        assert trouble.startswith(f"{PLACE} does not answer. What is shown is of ")
    assert world.slider.reads == 2  # one hangs, and no other is begun
    world.slider.answers.set()


async def test_slider_that_hangs_from_the_start_is_unknown() -> None:
    world = World(PATIENCE_S)
    world.slider.answers.clear()
    assert await world.shown() == (None, f"{PLACE} does not answer.")
    world.slider.answers.set()


@pytest.mark.parametrize(
    "error",
    [Unreachable("It is away."), Refused("It is away."), DatabaseGone("It is away.")],
)
async def test_error_of_the_store_becomes_a_trouble(error: Exception) -> None:
    world = World()
    world.slider.error = error
    assert await world.shown() == (None, "It is away.")
    world.slider.error = None
    world.clock.now += FRESH_S
    assert await world.shown() == (5, "")
