"""Many ask for one thing each, one read answers them all."""

import asyncio
from collections.abc import Collection, Mapping

import pytest

from playhead.loader import AT_ONCE, Loader
from tests.support.waiting import async_until


class Store:
    """Reads take a turn, and see what is stored when they begin."""

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


async def test_those_who_ask_at_once_are_answered_by_one_read(store: Store) -> None:
    store.held = {"a": 1, "b": 2}
    loader = Loader(store.read)
    assert await asyncio.gather(*map(loader.load, "abcab")) == [1, 2, None, 1, 2]
    assert store.reads == [["a", "b", "c"]]


async def test_what_was_stored_before_the_question_is_in_the_answer(store: Store) -> None:
    loader = Loader(store.read)
    early = asyncio.create_task(loader.load("a"))
    await async_until(lambda: store.reads)
    store.held["a"] = 1
    assert await loader.load("a") == 1
    assert await early is None
    assert len(store.reads) == 2


async def test_failure_is_everybodys_and_not_the_next_ones(store: Store) -> None:
    store.gone = True
    loader = Loader(store.read)
    outcomes = await asyncio.gather(*map(loader.load, "ab"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ConnectionError] * 2
    store.gone, store.held = False, {"a": 1}
    assert await loader.load("a") == 1


async def test_who_leaves_takes_nothing_from_the_others(store: Store) -> None:
    store.held = {"a": 1}
    loader = Loader(store.read)
    leaving, staying = asyncio.create_task(loader.load("a")), asyncio.create_task(loader.load("a"))
    await async_until(lambda: store.reads)
    leaving.cancel()
    assert await staying == 1
    assert leaving.cancelled()


async def test_too_many_for_one_read_take_several(store: Store) -> None:
    loader = Loader(store.read)
    await asyncio.gather(*(loader.load(str(number)) for number in range(AT_ONCE + 1)))
    assert [len(keys) for keys in store.reads] == [AT_ONCE, 1]


async def test_exception_in_place_of_a_value_is_only_its_keys() -> None:
    async def read(keys: Collection[str]) -> Mapping[str, int | Exception]:
        return {key: ValueError(key) if key == "b" else 1 for key in keys}

    outcomes = await asyncio.gather(*map(Loader(read).load, "ab"), return_exceptions=True)
    assert outcomes[0] == 1
    assert isinstance(outcomes[1], ValueError)


async def test_fault_of_some_keys_is_theirs_alone() -> None:
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
    assert sum(reads) < 8 * len(names)  # halves, not all keys again for each


async def test_fault_of_the_read_itself_costs_few_reads() -> None:
    reads: list[int] = []

    async def read(keys: Collection[str]) -> Mapping[str, int]:
        reads.append(len(keys))
        raise ValueError("no such table")

    asked = map(Loader(read).load, map(str, range(AT_ONCE)))
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert {str(outcome) for outcome in outcomes} == {"no such table"}
    assert len(reads) < AT_ONCE / 10


async def test_loader_that_is_canceled_keeps_nobody_waiting(store: Store) -> None:
    loader = Loader(store.read)
    asking = asyncio.create_task(loader.load("a"))
    await async_until(lambda: store.reads)
    (reading,) = [task for task in asyncio.all_tasks() if task.get_name() == "loader"]
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
