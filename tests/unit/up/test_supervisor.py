"""A run of `playhead up`, without its real parts."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from playhead.config import Settings, load
from playhead.errors import ConfigError
from playhead.up.restarts import Timings
from playhead.up.supervisor import Supervisor
from tests.support.ports import free_port
from tests.unit.up.processes import DEAF, LONGEST_S, Lines


def settings_in(folder: Path, **given: str) -> Settings:
    return load({"DATA_DIR": str(folder), "PORT": str(free_port())} | given)


async def test_part_that_is_not_ready_in_time_ends_the_run(tmp_path: Path) -> None:
    async def before(it: Supervisor) -> None:
        command = [sys.executable, "-c", "import time; time.sleep(60)"]
        await it.start("part", command, 10, environ={"FOR": "it alone"}, ready=lambda: False)

    timings = Timings(ready_s=0)
    run = Supervisor(settings_in(tmp_path), {}, notify=print, ready=pytest.fail, before=before, timings=timings)
    with pytest.raises(ConfigError, match="The part was not ready within 0 s"):
        await asyncio.wait_for(run.run(), LONGEST_S)


async def test_before_can_set_the_environment_of_later_parts(tmp_path: Path) -> None:
    async def before(it: Supervisor) -> None:
        it.environ |= {"REDIS_URL": "redis://127.0.0.1:6379", "DATABASE_URL": "mysql://127.0.0.1"}

    settings = settings_in(tmp_path, REDIS_URL=f"unix://{tmp_path}/none")
    run = Supervisor(settings, {}, notify=print, ready=pytest.fail, before=before)
    with pytest.raises(ConfigError, match="no Redis or Valkey can be used there"):
        await run.run()


async def test_first_signal_stops_the_parts_and_the_second_kills(tmp_path: Path) -> None:
    lines = Lines()

    async def before(it: Supervisor) -> None:
        await it.start("part", [sys.executable, "-c", DEAF], stop_timeout_s=3600)
        await asyncio.Event().wait()

    run = Supervisor(settings_in(tmp_path), {}, notify=lines.put_nowait, ready=pytest.fail, before=before, verbose=True)
    running = asyncio.ensure_future(run.run())
    async with asyncio.timeout(LONGEST_S):
        assert await lines.get() == "part: deaf"
        os.kill(os.getpid(), signal.SIGTERM)
        assert await lines.get() == "part: terminated"
        assert not running.done()
        os.kill(os.getpid(), signal.SIGTERM)
        await running
