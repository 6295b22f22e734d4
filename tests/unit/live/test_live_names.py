"""The public names: all are there, and a task does not load what serves browsers."""

import subprocess
import sys

import pytest

import playhead.live


@pytest.mark.parametrize("name", playhead.live.__all__)
def test_public_name_is_there(name: str) -> None:
    assert getattr(playhead.live, name).__name__ == ("LiveJob" if name == "live_job" else name)


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        playhead.live.Nothing  # noqa: B018


def test_task_loads_nothing_that_serves_browsers() -> None:
    task = """
import sys
from playhead.live import Failure, Job, State, live_job, live_task, queue
with live_job("memory://one", "one") as job:
    job.update("importing", progress=0.5)
print(*(name for name in sys.modules if name.startswith("playhead.live.")))
"""
    done = subprocess.run([sys.executable, "-c", task], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.split())
    assert "playhead.live.task" in loaded
    browsers = {"asgi", "endpoints", "follow", "hub", "inbox", "poll", "stream", "transport", "broker.subscriber"}
    assert loaded & {f"playhead.live.{name}" for name in browsers} == set()
