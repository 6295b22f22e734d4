"""Calls back when the server is told to end, on any server: an open stream must end before it waits for connections."""

import asyncio
import contextlib
import multiprocessing
import signal
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType
from typing import Any

LOOK_S = 0.1
"""Seconds between two looks at Hypercorn's event: as often as Hypercorn itself looks."""


def on_sigterm(callback: Callable[[], None]) -> Callable[[], None]:
    """Call `callback` on SIGTERM and SIGINT, then the handler that was there; returns the undo.

    Call it in the event loop. Servers handle these signals themselves, and then wait for open connections without
    telling the app. Outside the main thread Python sets no handlers, and nothing is done.
    """
    loop = asyncio.get_running_loop()
    undo = ExitStack()
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def handle(number: int, frame: FrameType | None, before: object = before) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(callback)
            if callable(before):
                before(number, frame)
            # Hypercorn's parent terminates all children as soon as one has ended: the others are draining then.
            elif before is signal.SIG_DFL and not _is_ending(_hypercorn_event()):
                signal.signal(number, signal.SIG_DFL)
                signal.raise_signal(number)

        if before is not signal.SIG_IGN:  # Hypercorn's children ignore SIGINT
            with contextlib.suppress(ValueError):  # not the main thread
                signal.signal(number, handle)
                undo.callback(_restore, number, handle, before)
    return undo.close


async def on_hypercorn_shutdown(callback: Callable[[], None]) -> None:
    """Call `callback` when the parent of this process, Hypercorn's command line, was told to end.

    On every other server it returns at once.
    """
    event = _hypercorn_event()
    if event is None:
        return
    while not _is_ending(event):  # noqa: ASYNC110 - the event of another process
        await asyncio.sleep(LOOK_S)
    callback()


def _hypercorn_event() -> Any:
    """The event at which Hypercorn's children look, because they get no signal: an argument of their process."""
    process = multiprocessing.current_process()
    event = getattr(process, "_kwargs", {}).get("shutdown_event")  # private to multiprocessing: a test looks at it
    return event if callable(getattr(event, "is_set", None)) else None


def _is_ending(event: Any) -> bool:
    return event is not None and bool(event.is_set())


def _restore(number: signal.Signals, handle: object, before: Any) -> None:
    """Set the handler that was there before, unless another has taken the place since."""
    if signal.getsignal(number) is handle:
        with contextlib.suppress(ValueError):  # not the main thread
            signal.signal(number, before)
