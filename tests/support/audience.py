"""Pages of many people in one process: the real client of the page in Node, over real connections, with its reports."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.programs import END_S

WEB = Path(__file__).parents[2] / "src" / "web"
SOURCE = WEB / "packages" / "session-status" / "test" / "audience" / "rolldown.config.mjs"
FOLLOWS = {"live", "polling"}
"""The phases in which statuses come, by a stream or by polls."""


@dataclass(frozen=True)
class Change:
    """How a page gets statuses from a time on, which is in seconds since 1970, and why."""

    at: float
    phase: str
    mode: str
    reason: str


@dataclass
class Page:
    """What a page told so far."""

    changes: list[Change] = field(default_factory=list)
    end: Mapping[str, Any] | None = None
    """What it has at the end: the `version` of the final status, and all `words`."""

    @property
    def mode(self) -> str:
        """How it gets statuses now: `stream`, `wait`, `poll`, or `none`."""
        return self.changes[-1].mode if self.changes and self.end is None else "none"

    @property
    def follows(self) -> bool:
        """Whether it has had a status."""
        return self.end is not None or any(change.phase in FOLLOWS for change in self.changes)

    def stream_end(self, moment: float) -> Change | None:
        """The end of the stream that it had at this time, in seconds since 1970; None: it had none, or has it still."""
        before = [change for change in self.changes if change.at <= moment]
        if not before or before[-1].mode != "stream":
            return None
        return next((change for change in self.changes[len(before) :] if change.mode != "stream"), None)


class Audience:
    """The process of the pages. Their changes are read by a thread of its own."""

    def __init__(self, program: Path, log: Path) -> None:
        self.pages: dict[str, Page] = {}
        self._log = log.open("wb")
        self._process = subprocess.Popen(
            ["node", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log
        )
        self._reading = threading.Thread(target=self._read, name="audience", daemon=True)
        self._reading.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def open(self, page: str, base_url: str, session_id: str, headers: Mapping[str, str]) -> None:
        """Opens a page that follows a session."""
        self.pages[page] = Page()
        visit = {"page": page, "baseUrl": base_url, "session": session_id, "headers": headers}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(visit).encode() + b"\n")
        self._process.stdin.flush()

    def close(self) -> None:
        """Closes all pages, as when a computer is switched off."""
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait(END_S)
        self._reading.join()
        for pipe in (self._process.stdin, self._process.stdout, self._log):
            assert pipe is not None
            with suppress(OSError):
                pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            page = self.pages[told["page"]]
            if "words" in told:
                page.end = told
            else:
                page.changes.append(Change(told["at"], told["phase"], told["mode"], told["reason"]))


def build_audience(folder: Path) -> Path:
    """Bundles the program of the pages."""
    program = folder / "audience.mjs"
    bundler = WEB / "node_modules" / ".bin" / "rolldown"
    subprocess.run([bundler, "-c", SOURCE, "-o", program], check=True, capture_output=True)
    return program


@contextmanager
def audience(program: Path, log: Path) -> Iterator[Audience]:
    """Runs pages for the time of the block."""
    pages = Audience(program, log)
    try:
        yield pages
    finally:
        pages.close()
