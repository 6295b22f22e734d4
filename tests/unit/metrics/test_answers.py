"""The time since the last answer grows while there is none, and counts the worst of several."""

import asyncio

import pytest

from playhead.metrics.answers import Answers
from playhead.metrics.catalog import REDIS_AGE
from playhead.metrics.metrics import Metrics
from tests.support.clock import Clock


class Server:
    """Answers, unless it is away."""

    def __init__(self) -> None:
        self.is_away = False

    async def ask(self) -> None:
        if self.is_away:
            raise ConnectionError("away")


class Asked:
    """Two servers that are asked, with their gauge."""

    def __init__(self) -> None:
        self.metrics, self.clock, self.servers = Metrics(), Clock(), (Server(), Server())
        self.answers = Answers(self.metrics, REDIS_AGE, [server.ask for server in self.servers], self.clock)

    @property
    def age_s(self) -> object:
        return self.metrics.read()[REDIS_AGE.name][""]

    async def after(self, seconds: float) -> None:
        self.clock.now += seconds
        await self.answers.refresh()


async def test_age_is_that_of_the_last_answer() -> None:
    asked = Asked()
    await asked.after(10)
    assert asked.age_s == 0.0
    asked.clock.now += 4
    assert asked.age_s == 4.0


async def test_one_of_several_that_is_away_counts() -> None:
    asked = Asked()
    await asked.after(10)
    asked.servers[1].is_away = True
    await asked.after(10)
    await asked.after(10)
    assert asked.age_s == 20.0
    asked.servers[1].is_away = False
    await asked.after(10)
    assert asked.age_s == 0.0


async def test_age_of_what_never_answered_is_that_of_the_process() -> None:
    asked = Asked()
    asked.servers[0].is_away = True
    await asked.after(70)
    assert asked.age_s == 70.0


async def test_what_is_not_there_has_no_age() -> None:
    metrics = Metrics()
    answers = Answers(metrics, REDIS_AGE, [])
    await answers.refresh()
    assert metrics.read() == {}


async def test_error_that_is_no_missing_answer_is_raised() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Answers(Metrics(), REDIS_AGE, [fail]).refresh()


async def test_server_that_hangs_counts_as_away() -> None:
    metrics, clock = Metrics(), Clock()

    async def hang() -> None:
        await asyncio.Event().wait()

    answers = Answers(metrics, REDIS_AGE, [hang], clock, limit_s=0.01)
    clock.now += 30
    await answers.refresh()
    assert metrics.read()[REDIS_AGE.name] == {"": 30.0}
