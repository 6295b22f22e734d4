"""A part that dies is started again, until it dies too often."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from playhead.config import load
from playhead.errors import ConfigError
from playhead.up import supervisor
from playhead.up.output import Output
from playhead.up.part import Part
from playhead.up.supervisor import Supervisor, manner
from tests.support.waiting import until

Lines = asyncio.Queue[str]
LONGEST_S = 30


def part(folder: Path, program: str, *, lines: Lines | None = None, patience_s: float = 10) -> Part:
    output = Output(folder / "part.log", (lines or Lines()).put_nowait, "all")
    return Part("part", [sys.executable, "-c", program], {}, output, patience_s=patience_s)


def keeper(folder: Path, said: Lines) -> Supervisor:
    settings = load({"DATA_DIR": str(folder)})
    return Supervisor(settings, {}, say=said.put_nowait, ready=said.put_nowait)


async def test_a_part_that_keeps_dying_ends_it_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "PAUSE_S", 0)
    said = Lines()
    dying = part(tmp_path, "import sys; sys.exit('no luck')")
    await dying.start()
    with pytest.raises(ConfigError, match=r"The part ended 5 times within 60 s \(exit code 1: no luck\)"):
        await keeper(tmp_path, said)._keep(dying)
    assert said.qsize() == supervisor.DEATHS - 1
    await dying.stop(asyncio.Event())


async def test_deaths_long_ago_are_forgiven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "PAUSE_S", 0)
    monkeypatch.setattr(supervisor, "DEATHS_S", 0.0)
    said = Lines()
    dying = part(tmp_path, "raise SystemExit(1)")
    await dying.start()
    keeping = asyncio.ensure_future(keeper(tmp_path, said)._keep(dying))
    async with asyncio.timeout(LONGEST_S):
        for _ in range(supervisor.DEATHS + 1):
            assert "is started again" in await said.get()
    keeping.cancel()
    await asyncio.wait({keeping})
    await dying.stop(asyncio.Event())


async def test_a_part_that_refuses_its_settings_is_not_tried_again(tmp_path: Path) -> None:
    refusing = part(tmp_path, "import sys; print('The setting X is wrong.'); sys.exit(2)")
    await refusing.start()
    with pytest.raises(ConfigError, match=r"The part cannot start: The setting X is wrong\."):
        await keeper(tmp_path, Lines())._keep(refusing)
    await refusing.stop(asyncio.Event())


DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


@pytest.mark.parametrize(("patience_s", "hurried"), [(0.1, False), (60.0, True)])
async def test_a_deaf_part_is_ended_after_its_patience_or_in_a_hurry(
    tmp_path: Path, patience_s: float, hurried: bool
) -> None:
    lines = Lines()
    deaf = part(tmp_path, DEAF, lines=lines, patience_s=patience_s)
    await deaf.start()
    assert await asyncio.wait_for(lines.get(), LONGEST_S) == "deaf"
    hurry = asyncio.Event()
    if hurried:
        hurry.set()
    await asyncio.wait_for(deaf.stop(hurry), LONGEST_S)
    assert await deaf.ended() == -signal.SIGKILL


async def test_what_a_part_started_ends_with_it(tmp_path: Path) -> None:
    """Even what ignores every polite signal, and was left alone by its parent."""
    lines = Lines()
    start_deaf = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {DEAF!r}], stdout=-1)"
    parent = part(tmp_path, f"{start_deaf}; child.stdout.readline(); print(child.pid)", lines=lines)
    await parent.start()
    pid = int(await asyncio.wait_for(lines.get(), LONGEST_S))
    assert await parent.ended() == 0
    await asyncio.to_thread(wait_for_end, pid)
    await parent.stop(asyncio.Event())


def wait_for_end(pid: int) -> None:
    """Until it is gone, or waits as a zombie for somebody to collect it."""
    until(lambda: state_of(pid) in ("", "Z"), f"process {pid} has ended", LONGEST_S)


def state_of(pid: int) -> str:
    look = ["ps", "-o", "stat=", "-p", str(pid)]
    return subprocess.run(look, capture_output=True, text=True, check=False).stdout[:1]


async def test_a_part_that_was_never_started_has_nothing_to_stop(tmp_path: Path) -> None:
    await part(tmp_path, "pass").stop(asyncio.Event())


def test_how_a_process_ended_is_told_in_words() -> None:
    assert manner(3) == "exit code 3"
    assert manner(-9) == "SIGKILL"


async def test_a_web_that_is_not_ready_in_time_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(monotonic=lambda: 0.0)
    monkeypatch.setattr(supervisor, "time", clock)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 No\r\nContent-Length: 13\r\nConnection: close\r\n\r\nredis is gone")
        writer.close()
        clock.monotonic = lambda: supervisor.READY_S  # time is up once it has answered, however busy the machine is

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        settings = load({"DATA_DIR": str(tmp_path), "PORT": str(port)})
        said = Lines()
        one = Supervisor(settings, {}, say=said.put_nowait, ready=said.put_nowait)
        with pytest.raises(ConfigError, match=r"The web was not ready within 90 s \(redis is gone\)"):
            await one._announce()
    assert said.empty()


async def test_a_part_that_ends_before_it_is_ready_is_told_whatever_its_exit_code(tmp_path: Path) -> None:
    one = keeper(tmp_path, Lines())
    ending = [sys.executable, "-c", "print('no database')"]
    with pytest.raises(ConfigError, match=r"The part ended before it was ready \(exit code 0: no database\)"):
        await one.start("part", ending, 10, ready=lambda: False)
    await one._parts[0].stop(asyncio.Event())


async def test_a_part_that_is_not_ready_in_time_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "READY_S", 0.01)
    one = keeper(tmp_path, Lines())
    with pytest.raises(ConfigError, match="The part was not ready within 0 s"):
        await one.start(
            "part",
            [sys.executable, "-c", "import time; time.sleep(60)"],
            10,
            environ={"FOR": "it alone"},
            ready=lambda: False,
        )
    await one._parts[0].stop(asyncio.Event())


async def test_what_comes_before_may_set_the_environment_of_the_others(tmp_path: Path) -> None:
    async def before(it: Supervisor) -> None:
        it.environ |= {"REDIS_URL": "redis://127.0.0.1:6379", "DATABASE_URL": "mysql://127.0.0.1"}

    settings = load({"DATA_DIR": str(tmp_path), "REDIS_URL": f"unix://{tmp_path}/none"})
    one = Supervisor(settings, {}, say=print, ready=print, before=before)
    with pytest.raises(ConfigError, match="no Redis or Valkey can be used there"):
        await one._work()


async def test_a_second_signal_hurries(tmp_path: Path) -> None:
    one = keeper(tmp_path, Lines())
    one._asked_to_stop()
    assert one._stop.is_set()
    assert not one._hurry.is_set()
    one._asked_to_stop()
    assert one._hurry.is_set()
