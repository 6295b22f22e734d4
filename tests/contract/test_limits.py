"""The counter of limits: processes share their count in Valkey, and without it each counts alone."""

import asyncio
import time

import pytest
import redis
from infra.proxies.relay import Mode, relay
from limits import parse
from structlog.testing import capture_logs

from playhead.accounts.counter import REDIS_TIMEOUT_S, Counter
from tests.support.valkey import Valkey
from tests.support.waiting import ANSWER_S, LOOK_S

CALLS = 20


async def test_processes_share_their_count_which_runs_out(own_server: Valkey) -> None:
    one, other, rate = Counter(own_server.url), Counter(own_server.url), parse("2/minute")
    assert [await counter.hit(rate, "a", "b") is None for counter in (one, other, one)] == [True, True, False]
    await one.close()
    await other.close()
    with redis.Redis.from_url(own_server.url) as client:
        (key,) = client.keys("*")
        assert key.startswith(b"playhead:limits")
        assert 0 < client.ttl(key) <= 60


async def test_nobody_is_kept_out_after_the_clock_was_set_back(own_server: Valkey) -> None:
    counter, rate = Counter(own_server.url), parse("2/minute")
    with redis.Redis.from_url(own_server.url) as client:
        for _ in range(2):
            assert await counter.hit(rate, "a") is None
        (key,) = client.keys("*")
        for n in range(2):
            client.lset(key, n, str(time.time() + 3600))
    assert [await counter.hit(rate, "a") is None for _ in range(3)] == [True, True, False]
    await counter.close()


async def test_without_valkey_a_process_counts_alone() -> None:
    counter, rate = Counter("redis://127.0.0.1:1/0"), parse("1/minute")
    assert await counter.hit(rate, "a") is None
    assert await counter.hit(rate, "a") is not None
    await counter.close()


async def test_call_is_refused_until_the_oldest_is_out_of_the_window(own_server: Valkey) -> None:
    counter, rate = Counter(own_server.url), parse("2/second")
    began = time.monotonic()
    assert [await counter.hit(rate, "a") for _ in range(3)] == [None, None, 1.0]
    async with asyncio.timeout(ANSWER_S):
        while await counter.hit(rate, "a") is not None:  # noqa: ASYNC110 - the time is what is waited for
            await asyncio.sleep(LOOK_S)
    assert time.monotonic() - began >= 1.0
    await counter.close()


@pytest.mark.parametrize(("at_once", "busy_s"), [(300, 0.004), (3, 0.4)], ids=["many", "slow"])
async def test_count_of_a_busy_process_stays_shared(own_server: Valkey, at_once: int, busy_s: float) -> None:
    one, other, rate = Counter(own_server.url), Counter(own_server.url), parse(f"{2 * at_once}/minute")

    async def call() -> float:
        waits = []
        for _ in range(2):
            until = time.monotonic() + busy_s
            while time.monotonic() < until:  # as long as a request's own work: the loop does not turn meanwhile
                pass
            waits.append(await one.hit(rate, "a"))
        return sum(wait or 0.0 for wait in waits)

    with capture_logs() as lines:
        assert set(await asyncio.gather(*(call() for _ in range(at_once)))) == {0.0}
    assert lines == []
    assert await other.hit(rate, "a") is not None
    await one.close()
    await other.close()


async def test_redis_that_does_not_answer_is_named_once_and_holds_nobody_up(own_server: Valkey) -> None:
    with relay(own_server.port) as way:
        counter, rate = Counter(own_server.url_at(way.port)), parse("1/minute")
        assert await counter.hit(rate, "a") is None
        way.behave(Mode.MUTE)
        began = time.monotonic()
        with capture_logs() as lines:
            waits = await asyncio.gather(*(counter.hit(rate, "b") for _ in range(CALLS)))
        assert time.monotonic() - began < CALLS * REDIS_TIMEOUT_S
        assert waits.count(None) == 1
        assert [(line["event"], line["error"]) for line in lines] == [
            ("limits are counted per process", f"Redis: no answer within {REDIS_TIMEOUT_S} s")
        ]
        await counter.close()
