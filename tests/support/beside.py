"""Runs something in a thread beside a test, which fails if that fails."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def beside(work: Callable[[], None], end: Callable[[], None], name: str) -> Iterator[None]:
    """Runs `work` in a thread for the time of the block, and raises its error after it.

    Args:
        work: returns soon after `end` was called.
        name: of the thread.
    """
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as failure:  # noqa: BLE001 - raised in the test's thread
            failures.append(failure)

    thread = threading.Thread(target=run, name=name, daemon=True)  # else it could hold the process at its end
    thread.start()
    try:
        yield
    finally:
        end()
        thread.join()
    if failures:
        raise failures[0]


@contextmanager
def repeated(work: Callable[[], None], interval_s: float, name: str) -> Iterator[None]:
    """Calls `work` again and again beside the block, with this pause before each call."""
    over = threading.Event()

    def work_on() -> None:
        while not over.wait(interval_s):
            work()

    with beside(work_on, over.set, name):
        yield
