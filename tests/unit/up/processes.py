"""Makes parts for tests: small Python programs and their output."""

import asyncio
import sys
from pathlib import Path

from playhead.up.output import Output
from playhead.up.part import Part

Lines = asyncio.Queue[str]
LONGEST_S = 30
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: print('terminated', flush=True))
print('deaf', flush=True)
time.sleep(60)
"""
"""A program that ignores SIGTERM, except that it prints `terminated`."""


def part(folder: Path, program: str, *, lines: Lines | None = None, stop_timeout_s: float = 10) -> Part:
    output = Output(folder / "part.log", (lines or Lines()).put_nowait, "all")
    return Part("part", [sys.executable, "-c", program], {}, output, stop_timeout_s=stop_timeout_s)
