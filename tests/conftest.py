"""For all tests: tracebacks in logs are plain, the garbage collector stays on and has little to look at, and Hypothesis
has no limits of time. What a test that is rerun left open does not fail the run."""

import gc
import sys
from contextlib import suppress

import pytest

with suppress(ImportError):  # where only the live status is installed
    from hypothesis import HealthCheck, settings

    # Both limits are times (200 ms for an example, 1 s for the first inputs) and a busy machine breaks them. Here,
    # because tests take their settings from this as they are imported.
    settings.register_profile("playhead", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("playhead")


def pytest_configure() -> None:
    """Prints a logged traceback as the product does: with Rich, as structlog does by itself, one takes 0.5 s of CPU."""
    with suppress(ImportError):  # where only the live status is installed
        from structlog.dev import ConsoleRenderer, plain_traceback

        ConsoleRenderer.get_active().exception_formatter = plain_traceback


def pytest_collection_finish() -> None:
    """Keeps 500,000 objects of modules and collected tests out of later collections: 1.5 s of CPU at the end alone."""
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Checks that the garbage collector is on: without it the process of the unit tests grew to 3.5 GB."""
    is_on = gc.isenabled()
    gc.enable()  # for the tests after it
    assert is_on, "this test left the garbage collector off"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Frees, before a rerun, what the failed test left open: its warnings would fail the run after the last test."""
    if getattr(item, "execution_count", 1) == 1:
        return
    sys.last_value = sys.last_traceback = None  # they hold its frames
    if sys.version_info >= (3, 12):
        sys.last_exc = None
    hook, sys.unraisablehook = sys.unraisablehook, lambda unraisable: None
    gc.collect()
    sys.unraisablehook = hook
