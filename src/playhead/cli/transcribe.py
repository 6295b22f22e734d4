"""`playhead transcribe PATH...`: prints or writes the transcripts of recordings, made by any server."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from playhead.cli.exit_codes import FAILED, INTERRUPTED, REFUSED, UNREACHABLE
from playhead.cli.wanted import Wanted, wanted

if TYPE_CHECKING:
    from playhead.cli.batch import Batch
    from playhead.cli.recordings import Recording
    from playhead.cli.server import Connect
    from playhead.cli.texts import Texts


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-r", "--recursive", is_flag=True, help="Of a folder also the recordings in its folders.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder in which each text is written into a file.",
)
@click.option("--beside", is_flag=True, help="Write each text into a file beside its recording.")
@click.option("--overwrite", is_flag=True, help="Also those whose text is there; they are left out otherwise.")
@wanted
@click.pass_obj
def transcribe(
    connect: "Connect | None",
    /,
    paths: tuple[Path, ...],
    recursive: bool,
    output: Path | None,
    beside: bool,
    overwrite: bool,
    **options: Any,
) -> None:
    """Upload recordings, watch them being transcribed, and print their texts.

    A PATH is a file, a folder, or - for standard input. Of a folder its audio and video files are taken, by name,
    without those that are hidden. Texts are printed unless --output or --beside is given.

    An upload goes on after a network or a server that is away for hours. If the command is stopped, the same command
    goes on from what the server has.

    Exit codes: 0 done, 1 a transcription failed or was canceled, or of several files one was refused, 2 refused, 3 no
    server, 4 another command goes on with the upload, 130 Ctrl-C (what was uploaded goes on).
    """
    into_files = output is not None or beside
    is_one = len(paths) == 1 and not paths[0].is_dir()
    chosen = Wanted(**options)
    if output is not None and beside:
        raise click.UsageError("Give --output or --beside, not both.")
    if chosen.form == "json" and not is_one and not into_files:
        raise click.UsageError("Several texts in json need files: give --output FOLDER or --beside.")
    run = Run(chosen, is_one=is_one)
    try:
        with ExitStack() as opened:
            recordings = run.find(paths, opened, recursive=recursive)
            from playhead.cli.texts import Printed, Written

            texts: Texts = Printed(recordings, click.echo, headed=not is_one)
            if into_files:
                texts = Written(recordings, chosen.form, output, overwrite=overwrite)
            if output is not None:
                _make(output)
            code = run.transcribe(recordings, texts, connect)
    except KeyboardInterrupt:
        click.echo(run.farewell, err=True)
        code = INTERRUPTED
    raise SystemExit(code)


def _make(folder: Path) -> None:
    """Make the folder before anything is uploaded."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.BadParameter(f"{folder} cannot be made: {error.strerror}.", param_hint="--output") from None


class Run:
    """One run of the command."""

    def __init__(self, wanted: Wanted, *, is_one: bool) -> None:
        self._wanted, self._is_one = wanted, is_one
        self._unread = 0
        self._batch: Batch | None = None

    def find(self, paths: Sequence[Path], opened: ExitStack, *, recursive: bool) -> "list[Recording]":
        from playhead.cli.recordings import find

        return find(paths, self._report_unread, opened, recursive=recursive)

    def transcribe(self, recordings: "Sequence[Recording]", texts: "Texts", connect: "Connect | None") -> int:
        """Transcribe the recordings, and return the exit code."""
        import asyncio

        if not recordings:
            return REFUSED
        batch = asyncio.run(self._transcribe(recordings, texts, connect))
        if batch.is_server_gone:
            click.echo(f"The server at {self._wanted.address} cannot be reached. {self.farewell}", err=True)
            return UNREACHABLE
        if batch.left:
            click.echo(f"Not uploaded: {batch.left} more.", err=True)
        if self._is_one:
            return next(iter(batch.codes), 0)
        return FAILED if batch.codes or batch.left or self._unread else 0

    async def _transcribe(
        self, recordings: "Sequence[Recording]", texts: "Texts", connect: "Connect | None"
    ) -> "Batch":
        from playhead.cli import server
        from playhead.cli.batch import Batch
        from playhead.cli.screen import Screen
        from playhead.cli.site import Site

        async with (connect or server.connect)(self._wanted.address, self._wanted.token) as http:
            with Screen() as screen:
                site = Site(http, self._wanted.query, self._wanted.options)
                self._batch = Batch(recordings, texts, site, screen, labelled=not self._is_one)
                await self._batch.run()
        return self._batch

    @property
    def farewell(self) -> str:
        """The sentences for a person who stops the command early."""
        sessions = [f"{self._wanted.address}/sessions/{one}" for one in (self._batch.sessions if self._batch else ())]
        advice = self._batch.advice if self._batch else ""
        if self._is_one:
            if not sessions:
                return advice or "Stopped before the file was uploaded; nothing was made."
            return f"The session goes on without you: {sessions[0]}"
        done = f"Texts that are there: {self._batch.done if self._batch else 0}. {advice}".rstrip()
        return "\n".join([f"{done} These sessions go on without you:", *sessions]) if sessions else done

    def _report_unread(self, sentence: str) -> None:
        self._unread += 1
        click.echo(sentence, err=True)
