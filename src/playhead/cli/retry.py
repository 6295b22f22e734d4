"""`playhead retry SESSION`: has a session transcribed again, and prints its new text."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from playhead.cli.exit_codes import FAILED, INTERRUPTED, UNREACHABLE
from playhead.cli.wanted import Wanted, wanted

if TYPE_CHECKING:
    from playhead.cli.server import Connect


@click.command()
@click.argument("session")
@wanted
@click.pass_obj
def retry(connect: "Connect | None", /, session: str, **options: Any) -> None:
    """Transcribe SESSION again, watch it, and print the text.

    SESSION is an id or the address of its page, on whichever server. What is not given stays as it was chosen, and
    `auto` is as if nothing had been. The text of before is there until the new one is complete.

    Exit codes: 0 done, 1 it failed or was canceled, 2 refused, 3 no server, 130 Ctrl-C (it goes on).
    """
    import asyncio

    chosen, session_id = _found(Wanted(**options), session)
    try:
        code = asyncio.run(_retry(chosen, session_id, connect))
    except KeyboardInterrupt:
        click.echo(f"If it was begun, it goes on without you: {chosen.address}/sessions/{session_id}", err=True)
        code = INTERRUPTED
    raise SystemExit(code)


def _found(chosen: Wanted, session: str) -> tuple[Wanted, str]:
    """The server, which is that of an address, and the session's id."""
    address = urlsplit(session)
    before, _, session_id = address.path.rstrip("/").rpartition("/")
    if address.scheme in ("http", "https"):
        server = f"{address.scheme}://{address.netloc}{before.removesuffix('/sessions')}"
        chosen = replace(chosen, server=server)
    return chosen, session_id


async def _retry(chosen: Wanted, session_id: str, connect: "Connect | None") -> int:
    import httpx

    from playhead.cli import server
    from playhead.cli.follow import Unreachable
    from playhead.cli.screen import Screen
    from playhead.cli.site import Failed, Site

    async with (connect or server.connect)(chosen.address, chosen.token) as http:
        site = Site(http, chosen.query, chosen.options)
        try:
            with Screen() as screen, screen.file() as progress:
                text, notes = await site.finish(await site.retry(session_id, progress), progress)
        except (httpx.TransportError, httpx.InvalidURL, httpx.UnsupportedProtocol, Unreachable):
            click.echo(f"The server at {chosen.address} cannot be reached.", err=True)
            return UNREACHABLE
        except Failed as error:
            click.echo(str(error), err=True)
            return FAILED
    click.echo(text)
    for note in notes:
        click.echo(note, err=True)
    return 0
