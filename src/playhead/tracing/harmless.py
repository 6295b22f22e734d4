"""Keeps faults of the tracing away from what is traced."""

import functools
from collections.abc import Callable
from typing import ParamSpec

from playhead import log

Args = ParamSpec("Args")


def harmless(record: Callable[Args, None]) -> Callable[Args, None]:
    """Makes a function whose exceptions are suppressed; the first one is logged."""
    has_failed = False

    @functools.wraps(record)
    def call(*args: Args.args, **named: Args.kwargs) -> None:
        nonlocal has_failed
        try:
            record(*args, **named)
        except Exception:  # noqa: BLE001 - what is traced goes on
            if not has_failed:
                has_failed = True
                log.get(__name__).exception("something was not traced; further errors of it are not logged")

    return call
