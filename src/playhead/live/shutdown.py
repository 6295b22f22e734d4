"""Calls back when the server is told to end, on any server: an open stream must end before it waits for connections."""

import asyncio
import contextlib
import multiprocessing
import signal
from collections.abc import Callable
from types import FrameType

LOOK_S = 0.1
"""Seconds between two looks at Hypercorn's event: as often as Hypercorn itself looks."""


def on_sigterm(callback: Callable[[], None]) -> None:
    """Call `callback` on SIGTERM and SIGINT, then the handler that was there. Call it in the event loop.

    Servers handle these signals themselves, and then wait for open connections without telling the app. Outside the
    main thread Python sets no handlers, and nothing is done.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def handle(number: int, frame: FrameType | None, before: object = before) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(callback)
            if callable(before):
                before(number, frame)
            elif before is signal.SIG_DFL:
                signal.signal(number, signal.SIG_DFL)
                signal.raise_signal(number)

        if before is not signal.SIG_IGN:  # Hypercorn's children ignore SIGINT
            with contextlib.suppress(ValueError):  # not the main thread
                signal.signal(number, handle)


async def on_hypercorn_shutdown(callback: Callable[[], None]) -> None:
    """Call `callback` when the parent of this process, Hypercorn's command line, was told to end.

    Hypercorn's children get no signal: they look at an event, which is an argument of their process. On every other
    server it returns at once.
    """
    process = multiprocessing.current_process()
    event = getattr(process, "_kwargs", {}).get("shutdown_event")  # private to multiprocessing: a test looks at it
    if event is None or not callable(getattr(event, "is_set", None)):
        return
    while not event.is_set():  # noqa: ASYNC110 - the event of another process
        await asyncio.sleep(LOOK_S)
    callback()
