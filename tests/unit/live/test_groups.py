"""What is due for many at once takes turns of the event loop."""

import asyncio

from playhead.live.groups import in_groups


async def test_others_go_on_between_two_groups() -> None:
    done: list[int] = []
    seen: list[int] = []

    async def work() -> None:
        async for item in in_groups(range(7), 3):
            done.append(item)  # noqa: PERF401 - it is looked at meanwhile

    working = asyncio.create_task(work())
    while not working.done():
        await asyncio.sleep(0)
        seen.append(len(done))
    assert seen == [3, 6, 7]
    assert done == [*range(7)]


async def test_no_item_is_taken_before_its_group_so_that_none_is_lost() -> None:
    """Who is canceled between two groups has had all that was taken."""
    left = iter(range(4))
    had: list[int] = []

    async def work() -> None:
        async for item in in_groups(left, 2):
            had.append(item)  # noqa: PERF401 - it is canceled meanwhile

    working = asyncio.create_task(work())
    await asyncio.sleep(0)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert [*had, *left] == [*range(4)]
