"""Concurrent calls for single keys share one read."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping

import pytest

from playhead.live.loader import BUSY_KEYS, MAX_KEYS, SETTLED_AT_ONCE, Loader
from tests.support.waiting import async_until


class Store:
    """A store whose reads take a turn of the event loop, and see what is stored when they begin."""

    def __init__(self) -> None:
        self.held: dict[str, int] = {}
        self.reads: list[list[str]] = []
        self.gone = False

    async def read(self, keys: Collection[str]) -> Mapping[str, int]:
        self.reads.append(list(keys))
        seen = {key: self.held[key] for key in keys if key in self.held}
        await asyncio.sleep(0.01)
        if self.gone:
            raise ConnectionError("gone")
        return seen


@pytest.fixture
def store() -> Store:
    return Store()


async def test_concurrent_calls_share_one_read(store: Store) -> None:
    store.held = {"a": 1, "b": 2}
    loader = Loader(store.read)
    assert await asyncio.gather(*map(loader.load, "abcab")) == [1, 2, None, 1, 2]
    assert store.reads == [["a", "b", "c"]]


async def test_call_sees_everything_stored_before_it(store: Store) -> None:
    loader = Loader(store.read)
    early = asyncio.create_task(loader.load("a"))
    await async_until(lambda: store.reads)
    store.held["a"] = 1
    assert await loader.load("a") == 1
    assert await early is None
    assert len(store.reads) == 2


async def test_failure_is_raised_to_all_callers_of_that_read_only(store: Store) -> None:
    store.gone = True
    loader = Loader(store.read)
    outcomes = await asyncio.gather(*map(loader.load, "ab"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ConnectionError] * 2
    store.gone, store.held = False, {"a": 1}
    assert await loader.load("a") == 1


async def test_canceled_caller_does_not_affect_the_others(store: Store) -> None:
    store.held = {"a": 1}
    loader = Loader(store.read)
    leaving, staying = asyncio.create_task(loader.load("a")), asyncio.create_task(loader.load("a"))
    await async_until(lambda: store.reads)
    leaving.cancel()
    assert await staying == 1
    assert leaving.cancelled()


async def test_keys_beyond_the_limit_take_another_read(store: Store) -> None:
    loader = Loader(store.read)
    await asyncio.gather(*(loader.load(str(number)) for number in range(MAX_KEYS + 1)))
    assert [len(keys) for keys in store.reads] == [MAX_KEYS, 1]


async def test_callers_of_a_large_read_do_not_all_go_on_in_one_turn() -> None:
    async def read(keys: Collection[str]) -> Mapping[str, int]:
        return dict.fromkeys(keys, 1)

    loader, turn, turns = Loader(read), 0, Counter[int]()

    async def ask(key: str) -> None:
        await loader.load(key)
        turns[turn] += 1

    asking = asyncio.gather(*(ask(str(number)) for number in range(10 * SETTLED_AT_ONCE)))
    while not asking.done():
        turn += 1
        await asyncio.sleep(0)
    assert turns.total() == 10 * SETTLED_AT_ONCE
    assert max(turns.values()) <= SETTLED_AT_ONCE


async def test_exception_as_a_value_is_raised_for_its_key_only() -> None:
    async def read(keys: Collection[str]) -> Mapping[str, int | Exception]:
        return {key: ValueError(key) if key == "b" else 1 for key in keys}

    outcomes = await asyncio.gather(*map(Loader(read).load, "ab"), return_exceptions=True)
    assert outcomes[0] == 1
    assert isinstance(outcomes[1], ValueError)


async def test_faulty_keys_do_not_affect_the_others() -> None:
    reads: list[int] = []

    async def read(keys: Collection[str]) -> Mapping[str, int]:
        reads.append(len(keys))
        if bad := {"3", "7"} & set(keys):
            raise ValueError(min(bad))
        return dict.fromkeys(keys, 1)

    names = [str(number) for number in range(64)]
    outcomes = await asyncio.gather(*map(Loader(read).load, names), return_exceptions=True)
    assert [name for name, outcome in zip(names, outcomes, strict=True) if outcome != 1] == ["3", "7"]
    assert [str(outcomes[3]), str(outcomes[7])] == ["3", "7"]
    assert sum(reads) < 8 * len(names)  # halves, not all keys again for each faulty one


async def test_read_that_fails_for_every_key_is_repeated_rarely() -> None:
    reads: list[int] = []

    async def read(keys: Collection[str]) -> Mapping[str, int]:
        reads.append(len(keys))
        raise ValueError("no such table")

    asked = map(Loader(read).load, map(str, range(MAX_KEYS)))
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert {str(outcome) for outcome in outcomes} == {"no such table"}
    assert len(reads) < MAX_KEYS / 10


async def test_canceled_loader_cancels_its_callers(store: Store) -> None:
    loader = Loader(store.read)
    asking = asyncio.create_task(loader.load("a"))
    await async_until(lambda: store.reads)
    (reading,) = [task for task in asyncio.all_tasks() if task.get_name() == "loader"]
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


@pytest.mark.parametrize(("first", "reads"), [(BUSY_KEYS, 2), (BUSY_KEYS - 1, 3)])
async def test_reads_of_a_storm_gather_the_calls_of_several_turns(store: Store, first: int, reads: int) -> None:
    loader = Loader(store.read)
    calls = [asyncio.create_task(loader.load(str(number))) for number in range(first)]
    await async_until(lambda: store.reads)
    calls.append(asyncio.create_task(loader.load("early")))
    await calls[0]
    for _ in range(3):
        await asyncio.sleep(0)
    calls.append(asyncio.create_task(loader.load("late")))
    await asyncio.gather(*calls)
    assert len(store.reads) == reads
