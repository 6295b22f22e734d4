"""Shows progress on stderr: a bar on a terminal, a line for each new stage anywhere else."""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn

from playhead.cli.server import Status


class Screen:
    """One bar, first for the upload, then for the session."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self.progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=28),
            TaskProgressColumn(),
            TextColumn("{task.description}", markup=False),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self.progress.add_task("", total=None)
        self._stage = ""

    def __enter__(self) -> "Screen":
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def uploading(self, name: str, size: int) -> None:
        self._show("uploading", f"Uploading {name}")
        self.progress.update(self._task, total=size, completed=0)

    def sent(self, size: int) -> None:
        self.progress.advance(self._task, size)

    def status(self, status: Status) -> None:
        """Show the server's message and progress."""
        self._show(status.stage, status.message)
        self.progress.update(self._task, total=1, completed=status.progress or 0)
        if status.progress is None:  # the bar runs to and fro then (`update` cannot remove a total)
            self.progress.tasks[0].total = None

    def _show(self, stage: str, sentence: str) -> None:
        self.progress.update(self._task, description=sentence)
        if stage != self._stage and not self._console.is_terminal:
            self._console.print(sentence, markup=False, highlight=False, soft_wrap=True)
        self._stage = stage
