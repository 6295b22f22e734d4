"""`playhead transcribe FILE`: prints the transcript of a file, made by any server."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from playhead.cli.server import Connect

FAILED, UNREACHABLE, INTERRUPTED = 1, 3, 130
"""Exit codes; the package's docstring lists them all."""


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--server", envvar="PLAYHEAD_SERVER", default="http://127.0.0.1:8000", show_default=True)
@click.option("--token", envvar="PLAYHEAD_TOKEN", default="", help="An API token; better in PLAYHEAD_TOKEN.")
@click.option("--format", "form", type=click.Choice(["txt", "srt", "vtt", "json"]), default="txt", show_default=True)
@click.option("--language", help="As in `en`; found out if not given.")
@click.pass_obj
def transcribe(connect: "Connect | None", file: Path, server: str, token: str, form: str, language: str | None) -> None:
    """Upload FILE, watch it being transcribed, and print the text.

    Exit codes: 0 done, 1 the transcription failed or was canceled, 2 refused, 3 no server, 130 Ctrl-C (the session
    goes on).
    """
    import asyncio

    run = Transcription(file, server, token, form, language, connect)
    try:
        code = asyncio.run(run.run())
    except KeyboardInterrupt:
        click.echo(run.farewell, err=True)
        code = INTERRUPTED
    raise SystemExit(code)


class Transcription:
    """One run of the command."""

    def __init__(
        self, file: Path, server: str, token: str, form: str, language: str | None, connect: "Connect | None" = None
    ) -> None:
        """`connect`: makes the HTTP client; None: `server.connect`."""
        self._file = file
        self._server = server.rstrip("/")
        self._token = token
        self._form = form
        self._language = language
        self._connect = connect
        self._session_id = ""

    @property
    def farewell(self) -> str:
        """The message for a person who stops the command early."""
        if not self._session_id:
            return "Stopped before the file was uploaded; nothing was made."
        return f"The session goes on without you: {self._server}/sessions/{self._session_id}"

    async def run(self) -> int:
        """Run the command, and return its exit code."""
        import httpx

        from playhead.cli import server
        from playhead.cli.follow import Follower, Unreachable
        from playhead.cli.screen import Screen

        connect = self._connect or server.connect
        async with connect(self._server, self._token) as http:
            try:
                with Screen() as screen:
                    screen.uploading(self._file.name, self._file.stat().st_size)
                    session = await server.upload(http, self._file, self._language, screen.sent)
                    self._session_id = session.id
                    screen.status(session.status)
                    final = await Follower(http, session.id, screen.status).follow()
                if final.state == "completed":
                    click.echo((await server.transcript(http, session.id, self._form)).rstrip("\n"))
                    return 0
            except (httpx.TransportError, httpx.InvalidURL, httpx.UnsupportedProtocol, Unreachable):
                click.echo(f"The server at {self._server} cannot be reached. {self.farewell}", err=True)
                return UNREACHABLE
        click.echo(final.error.message if final.error else final.message, err=True)
        return FAILED
