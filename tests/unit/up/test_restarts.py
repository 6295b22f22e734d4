"""A part that ends is restarted, unless it ends too often; one that is not ready in time is an error."""

import asyncio
from pathlib import Path

import pytest

from playhead.errors import ConfigError
from playhead.up.restarts import DEATHS, Timings, describe_exit, keep_running, until_ready, until_web_is_ready
from tests.unit.up.processes import LONGEST_S, Lines, part

QUICK = Timings(pause_s=0)
NO_TIME = Timings(ready_s=0)


async def test_part_that_keeps_dying_is_an_error_with_the_reason(tmp_path: Path) -> None:
    notices = Lines()
    dying = part(tmp_path, "import sys; sys.exit('no luck')")
    await dying.start()
    with pytest.raises(ConfigError, match=r"The part ended 5 times within 60 s \(exit code 1: no luck\)"):
        await keep_running(dying, notices.put_nowait, QUICK)
    assert notices.qsize() == DEATHS - 1
    await dying.stop(asyncio.Event())


async def test_old_deaths_do_not_count(tmp_path: Path) -> None:
    notices = Lines()
    dying = part(tmp_path, "raise SystemExit(1)")
    await dying.start()
    keeping = asyncio.ensure_future(keep_running(dying, notices.put_nowait, Timings(pause_s=0, deaths_s=0)))
    async with asyncio.timeout(LONGEST_S):
        for _ in range(DEATHS + 1):
            assert "is started again" in await notices.get()
    keeping.cancel()
    await asyncio.wait({keeping})
    await dying.stop(asyncio.Event())


async def test_part_that_refuses_its_settings_is_not_restarted(tmp_path: Path) -> None:
    refusing = part(tmp_path, "import sys; print('The setting X is wrong.'); sys.exit(2)")
    await refusing.start()
    with pytest.raises(ConfigError, match=r"The part cannot start: The setting X is wrong\."):
        await keep_running(refusing, pytest.fail, QUICK)
    await refusing.stop(asyncio.Event())


async def test_part_that_ends_before_it_is_ready_is_an_error(tmp_path: Path) -> None:
    """Even with exit code 0."""
    ending = part(tmp_path, "print('no database')")
    await ending.start()
    with pytest.raises(ConfigError, match=r"The part ended before it was ready \(exit code 0: no database\)"):
        await until_ready(ending, lambda: False, Timings())
    await ending.stop(asyncio.Event())


async def test_part_that_is_not_ready_in_time_is_an_error(tmp_path: Path) -> None:
    slow = part(tmp_path, "import time; time.sleep(60)")
    await slow.start()
    with pytest.raises(ConfigError, match=r"The part was not ready within 0 s; its log is .*part\.log"):
        await until_ready(slow, lambda: False, NO_TIME)
    await slow.stop(asyncio.Event())


async def test_web_that_is_not_ready_in_time_is_an_error_with_its_answer() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 No\r\nContent-Length: 13\r\nConnection: close\r\n\r\nredis is gone")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(ConfigError, match=r"The web was not ready within 0 s \(redis is gone\)"):
            await until_web_is_ready(url, Path("web.log"), NO_TIME)


def test_exit_code_and_signal_are_described() -> None:
    assert describe_exit(3) == "exit code 3"
    assert describe_exit(-9) == "SIGKILL"
