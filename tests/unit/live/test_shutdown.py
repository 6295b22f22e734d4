"""The notice that the server ends: by a signal, or by the event of Hypercorn's parent."""

import asyncio
import multiprocessing
import os
import signal
from multiprocessing.synchronize import Event

import pytest

from playhead.live.shutdown import on_hypercorn_shutdown, on_sigterm
from tests.support.waiting import ANSWER_S, START_S

NUMBERS = [signal.SIGTERM, signal.SIGINT]


@pytest.mark.parametrize("number", NUMBERS)
async def test_callback_and_the_handler_before_are_called(number: signal.Signals) -> None:
    called: list[object] = []
    notified = asyncio.Event()
    before = signal.signal(number, lambda given, frame: called.append(given))
    try:
        undo = on_sigterm(notified.set)
        signal.raise_signal(number)
        async with asyncio.timeout(ANSWER_S):
            await notified.wait()
        undo()
    finally:
        signal.signal(number, before)
    assert called == [number]


@pytest.mark.parametrize("number", NUMBERS)
async def test_undo_restores_the_handler_before_unless_another_came(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    try:
        on_sigterm(nothing)()
        assert signal.getsignal(number) is before
        undo = on_sigterm(nothing)
        signal.signal(number, other)
        undo()
        assert signal.getsignal(number) is other
    finally:
        signal.signal(number, before)


def nothing() -> None:
    """A callback."""


def other(number: int, frame: object) -> None:
    """A handler."""


@pytest.mark.parametrize("is_ending", [False, True], ids=["alone", "with its parent"])
def test_terminated_child_of_hypercorn_drains_if_its_parent_ends(is_ending: bool) -> None:
    spawning = multiprocessing.get_context("spawn")
    event, began, ended = spawning.Event(), spawning.Event(), spawning.Event()
    child = spawning.Process(target=child_of_hypercorn, args=(began, ended), kwargs={"shutdown_event": event})
    child.start()
    assert began.wait(START_S)
    if is_ending:
        event.set()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGTERM)
    child.join(ANSWER_S)
    assert (child.exitcode, ended.is_set()) == ((0, True) if is_ending else (-signal.SIGTERM, False))


def child_of_hypercorn(began: Event, ended: Event, shutdown_event: Event) -> None:
    asyncio.run(serve(began, ended))


async def serve(began: Event, ended: Event) -> None:
    on_sigterm(nothing)
    began.set()
    await on_hypercorn_shutdown(ended.set)


async def test_other_servers_have_no_event() -> None:
    async with asyncio.timeout(ANSWER_S):
        await on_hypercorn_shutdown(lambda: pytest.fail("nobody ends"))
