"""What a part prints, and what of it a person sees."""

import asyncio
import os
from pathlib import Path

import pytest

from playhead.up.output import Output, Shows
from tests.support.waiting import async_until

SAID = """\
a banner
2026-11-24T17:00:00Z [info     ] started
2026-11-24T17:00:01Z [warning  ] nearly full
2026-11-24T17:00:02Z [error    ] broke
Traceback (most recent call last):
  ValueError: it

2026-11-24T17:00:03Z [info     ] goes on
{"event": "well", "level": "info"}
{"event": "not well", "level": "error"}
"""
GRAVE = [
    "2026-11-24T17:00:01Z [warning  ] nearly full",
    "2026-11-24T17:00:02Z [error    ] broke",
    "Traceback (most recent call last):",
    "  ValueError: it",
    '{"event": "not well", "level": "error"}',
]


@pytest.mark.parametrize(
    ("shows", "expected"),
    [("grave", GRAVE), ("all", [line for line in SAID.splitlines() if line]), ("nothing", [])],
)
async def test_shows_what_is_grave_with_its_traceback_and_keeps_all(
    tmp_path: Path, shows: Shows, expected: list[str]
) -> None:
    shown: list[str] = []
    log = tmp_path / "logs" / "part.log"
    part = Output(log, shown.append, shows)
    write = part.open()
    os.write(write, SAID.encode())
    os.close(write)
    part.close()
    assert shown == expected
    assert log.read_text() == SAID
    assert part.last == '{"event": "not well", "level": "error"}'


async def test_reads_while_the_part_runs(tmp_path: Path) -> None:
    shown: asyncio.Queue[str] = asyncio.Queue()
    part = Output(tmp_path / "part.log", shown.put_nowait, "all")
    write = part.open()
    os.write(write, b"half a ")
    os.write(write, b"line\n")
    assert await asyncio.wait_for(shown.get(), 5) == "half a line"
    os.close(write)
    part.close()


async def test_a_part_that_leaves_its_pipe_to_others_is_let_go_of(tmp_path: Path) -> None:
    part = Output(tmp_path / "part.log", print, "nothing")
    write = part.open()
    os.write(write, b"last words\n")
    part.close()
    os.close(write)
    assert part.last == "last words"


async def test_a_log_that_was_deleted_is_begun_anew(tmp_path: Path) -> None:
    output = Output(tmp_path / "part.log", print, "nothing", log_bytes=10)
    pipe = output.open()
    os.write(pipe, b"the first line\n")
    await async_until(lambda: output.last)
    output.path.unlink()
    os.write(pipe, b"the second line\n")
    await async_until(lambda: output.path.exists() and output.path.read_text() == "the second line\n")
    os.close(pipe)
    output.close()


async def test_a_long_log_is_put_aside_while_its_part_runs(tmp_path: Path) -> None:
    output = Output(tmp_path / "part.log", print, "nothing", log_bytes=10)
    pipe = output.open()
    for line in (b"the first line\n", b"the second line\n", b"the third line\n"):
        os.write(pipe, line)
        await async_until(lambda line=line: line in output.path.read_bytes())  # type: ignore[misc]
    os.close(pipe)
    output.close()
    assert output.path.read_text() == "the third line\n"
    assert (tmp_path / "part.log.1").read_text() == "the second line\n"


async def test_full_disk_costs_lines_of_the_log_and_no_more(tmp_path: Path) -> None:
    shown: list[str] = []
    log = tmp_path / "part.log"
    log.symlink_to("/dev/full")
    part = Output(log, shown.append, "all")
    write = part.open()
    os.write(write, b"it is said\n")
    os.close(write)
    part.close()
    assert shown == ["it is said"]
