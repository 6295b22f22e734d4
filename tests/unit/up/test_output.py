"""The output of a part goes to its log, and its warnings to the terminal."""

import asyncio
import os
from pathlib import Path

import pytest

from playhead.up.output import Output, Shown
from tests.support.waiting import async_until

PRINTED = """\
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
WARNINGS = [
    "2026-11-24T17:00:01Z [warning  ] nearly full",
    "2026-11-24T17:00:02Z [error    ] broke",
    "Traceback (most recent call last):",
    "  ValueError: it",
    '{"event": "not well", "level": "error"}',
]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [("warnings", WARNINGS), ("all", [line for line in PRINTED.splitlines() if line]), ("nothing", [])],
)
async def test_warnings_are_shown_with_tracebacks_and_all_is_logged(
    tmp_path: Path, shown: Shown, expected: list[str]
) -> None:
    lines: list[str] = []
    log = tmp_path / "logs" / "part.log"
    part = Output(log, lines.append, shown)
    write = part.open()
    os.write(write, PRINTED.encode())
    os.close(write)
    part.close()
    assert lines == expected
    assert log.read_text() == PRINTED
    assert part.last == '{"event": "not well", "level": "error"}'


async def test_lines_are_shown_while_the_part_runs(tmp_path: Path) -> None:
    shown: asyncio.Queue[str] = asyncio.Queue()
    part = Output(tmp_path / "part.log", shown.put_nowait, "all")
    write = part.open()
    os.write(write, b"half a ")
    os.write(write, b"line\n")
    assert await asyncio.wait_for(shown.get(), 5) == "half a line"
    os.close(write)
    part.close()


async def test_pipe_that_others_keep_open_is_closed(tmp_path: Path) -> None:
    part = Output(tmp_path / "part.log", print, "nothing")
    write = part.open()
    os.write(write, b"last words\n")
    part.close()
    os.close(write)
    assert part.last == "last words"


async def test_deleted_log_is_created_again(tmp_path: Path) -> None:
    output = Output(tmp_path / "part.log", print, "nothing", log_bytes=10)
    pipe = output.open()
    os.write(pipe, b"the first line\n")
    await async_until(lambda: output.last)
    output.path.unlink()
    os.write(pipe, b"the second line\n")
    await async_until(lambda: output.path.exists() and output.path.read_text() == "the second line\n")
    os.close(pipe)
    output.close()


async def test_long_log_is_rotated_while_its_part_runs(tmp_path: Path) -> None:
    output = Output(tmp_path / "part.log", print, "nothing", log_bytes=10)
    pipe = output.open()
    for line in (b"the first line\n", b"the second line\n", b"the third line\n"):
        os.write(pipe, line)
        await async_until(lambda line=line: line in output.path.read_bytes())  # type: ignore[misc]
    os.close(pipe)
    output.close()
    assert output.path.read_text() == "the third line\n"
    assert (tmp_path / "part.log.1").read_text() == "the second line\n"


async def test_full_disk_loses_log_lines_only(tmp_path: Path) -> None:
    shown: list[str] = []
    log = tmp_path / "part.log"
    log.symlink_to("/dev/full")
    part = Output(log, shown.append, "all")
    write = part.open()
    os.write(write, b"a line\n")
    os.close(write)
    part.close()
    assert shown == ["a line"]
