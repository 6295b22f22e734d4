"""Shows progress on stderr: a bar for each file on a terminal, a line for each new stage anywhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn

from playhead.cli.server import Status


class Screen:
    """The bars of the files under way, and sentences above them."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self.progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=28),
            TaskProgressColumn(),
            TextColumn("{task.description}", markup=False),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )

    def __enter__(self) -> "Screen":
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def report(self, sentence: str) -> None:
        """Show a sentence that stays."""
        self.console.print(sentence, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Leave the terminal to the block, which writes to stdout."""
        self.progress.stop()
        try:
            yield
        finally:
            self.progress.start()

    @contextmanager
    def file(self, label: str = "") -> Iterator["FileProgress"]:
        """The bar of a file, for the time of the block. `label`: its name, where there are several."""
        shown = FileProgress(self, label)
        try:
            yield shown
        finally:
            self.progress.remove_task(shown.task)


class FileProgress:
    """One bar, first for the upload, then for the session."""

    def __init__(self, screen: Screen, label: str) -> None:
        self._screen, self._progress = screen, screen.progress
        self.task = self._progress.add_task("", total=None)
        self._prefix = f"{label}: " if label else ""
        self._stage, self._sentence, self._size = "", "", 0

    def uploading(self, name: str, size: int) -> None:
        self._sentence = "Uploading" if self._prefix else f"Uploading {name}"
        self._size = size
        self._show("uploading", self._sentence)
        self._progress.update(self.task, total=size, completed=0)

    def arrived(self, size: int) -> None:
        """Show how much of the file the server has, also after the upload waited."""
        if self._stage != "uploading":
            self._show("uploading", self._sentence)
        self._progress.update(self.task, total=self._size, completed=size)

    def waiting(self, sentence: str) -> None:
        """Show why the upload waits."""
        self._show("waiting", sentence)

    def sent(self, size: int) -> None:
        self._progress.advance(self.task, size)

    def status(self, status: Status) -> None:
        """Show the server's message and progress; why a session has no text is reported by the command."""
        if status.is_final and status.state != "completed":
            return
        self._show(status.stage, status.message)
        self._progress.update(self.task, total=1, completed=status.progress or 0)
        if status.progress is None:  # the bar runs to and fro then (`update` cannot remove a total)
            next(task for task in self._progress.tasks if task.id == self.task).total = None

    def _show(self, stage: str, sentence: str) -> None:
        self._progress.update(self.task, description=self._prefix + sentence)
        if stage != self._stage and not self._screen.console.is_terminal:
            self._screen.report(self._prefix + sentence)
        self._stage = stage


def until(wait_s: float, now: datetime | None = None) -> str:
    """A sentence with the time, in whole minutes, at which the site takes uploads again."""
    end = (now or datetime.now().astimezone()) + timedelta(seconds=wait_s, minutes=1, microseconds=-1)
    return f"The site takes no more uploads until {end:%H:%M}; waiting."
