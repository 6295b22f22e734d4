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


async def test_calls_of_one_moment_count_each_by_its_own_limit(own_server: Valkey) -> None:
    counter, other, one, two = Counter(own_server.url), Counter(own_server.url), parse("1/minute"), parse("2/hour")
    calls = [(one, "a"), (two, "a"), (one, "a"), (two, "a"), (two, "a"), (one, "b")]
    waits = await asyncio.gather(*(counter.hit(rate, key) for rate, key in calls))
    assert [wait is None for wait in waits] == [True, True, False, True, False, True]
    assert 0 < (waits[2] or 0.0) <= 60 < (waits[4] or 0.0) <= 3600
    assert await other.hit(one, "b") is not None
    await counter.close()
    await other.close()


async def test_key_that_cannot_be_counted_hurts_no_other_call_of_its_moment(own_server: Valkey) -> None:
    counter, other, rate = Counter(own_server.url), Counter(own_server.url), parse("1/minute")
    with redis.Redis.from_url(own_server.url) as client:
        assert await counter.hit(rate, "broken") is None
        (key,) = client.keys("*")
        client.set(key, "no list")
    people = ["a", "broken", "b"]
    with capture_logs() as lines:
        assert await asyncio.gather(*(counter.hit(rate, one) for one in people)) == [None] * 3
    assert [line["error"].split()[:2] for line in lines] == [["Redis:", "WRONGTYPE"]]
    assert [await other.hit(rate, one) is None for one in ("a", "b")] == [False, False]
    await counter.close()
    await other.close()


async def test_server_that_forgets_the_script_gets_it_again(own_server: Valkey) -> None:
    counter, rate = Counter(own_server.url), parse("1/minute")
    with redis.Redis.from_url(own_server.url) as client, capture_logs() as lines:
        assert await counter.hit(rate, "a") is None
        client.script_flush()
        assert await counter.hit(rate, "a") is not None
        own_server.kill()
        own_server.start()
        assert await counter.hit(rate, "b") is None
        assert await counter.hit(rate, "b") is not None
        ran = client.info("commandstats")
    assert lines == []
    assert (ran["cmdstat_evalsha"]["calls"], ran["cmdstat_eval"]["calls"]) == (2, 1)
    await counter.close()


async def test_answer_that_came_too_late_is_not_taken_for_a_later_one(own_server: Valkey) -> None:
    counter, rate = Counter(own_server.url, pause_s=0), parse("1/minute")
    assert await counter.hit(rate, "a") is None
    with own_server.hung(), capture_logs():
        assert await counter.hit(rate, "a") is None  # counted here, since Valkey's refusal does not come
    assert [await counter.hit(rate, key) is None for key in ("b", "a", "c")] == [True, False, True]
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
