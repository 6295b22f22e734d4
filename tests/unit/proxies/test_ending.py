"""How the tasks of a proxy's connections end."""

import asyncio
from collections.abc import Coroutine

from infra.proxies.ending import end_all


async def test_task_that_has_just_ended_does_not_hold_up_the_end() -> None:
    running: dict[asyncio.Task[None], str] = {}
    stopped: list[str] = []

    async def end_now() -> None:
        await asyncio.sleep(0)

    task = asyncio.ensure_future(end_now())
    task.add_done_callback(running.pop)
    running[task] = "one"
    ending = asyncio.ensure_future(_after_two_turns(end_all(running, stopped.append)))
    await ending
    assert not running
    assert stopped == ["one"]


async def _after_two_turns(ending: Coroutine[None, None, None]) -> None:
    """Begins when the task before is done and its callbacks are still to run."""
    await asyncio.sleep(0)
    await ending


async def test_task_that_comes_meanwhile_is_ended_too() -> None:
    running: dict[asyncio.Task[None], str] = {}

    def begin(name: str) -> None:
        task = asyncio.ensure_future(asyncio.sleep(60))
        running[task] = name
        task.add_done_callback(running.pop)

    begin("first")
    next(iter(running)).add_done_callback(lambda _: begin("second"))
    await end_all(running, lambda _: None)
    assert not running
