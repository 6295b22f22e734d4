"""The counter of limits: processes share their count in Valkey, and without it each counts alone."""

import redis
from limits import parse

from playhead.accounts.limits import Counter
from tests.support.valkey import Valkey


async def test_processes_share_their_count_which_runs_out(own_server: Valkey) -> None:
    one, other, rate = Counter(own_server.url), Counter(own_server.url), parse("2/minute")
    assert [await counter.hit(rate, "a", "b") is None for counter in (one, other, one)] == [True, True, False]
    await one.close()
    await other.close()
    with redis.Redis.from_url(own_server.url) as client:
        (key,) = client.keys("*")
        assert key.startswith(b"playhead:limits")
        assert 0 < client.ttl(key) <= 60


async def test_without_valkey_a_process_counts_alone() -> None:
    counter, rate = Counter("redis://127.0.0.1:1/0"), parse("1/minute")
    assert await counter.hit(rate, "a") is None
    assert await counter.hit(rate, "a") is not None
    await counter.close()
