"""`playhead flags emergency`: stop all streams without Unleash, and lift that."""

import click

from playhead.cli.flags_database import exists, locations, shared_database
from playhead.cli.flags_obeyed import report_emergency
from playhead.errors import ConfigError
from playhead.text import one_line

WITHOUT = "Without the database: stop the web processes, or refuse paths that end in /status/stream at the proxy."


@click.group()
def emergency() -> None:
    """Stop all streams, whatever the flags and their server say or do.

    The switch is kept in the database of the processes (DATABASE_URL, or the one in DATA_DIR), so nothing but `lift`
    lifts it. Every process obeys within 2 s; readers go on by polling.
    """


@emergency.command()
@click.option("--reason", default="", help="Why; operators and people who are signed in see it.")
@click.option("--by", default="", help="Who you are, if it is not this machine's user.")
def off(reason: str, by: str) -> None:
    """Nobody streams from now on."""
    from playhead.flags.file import documents

    try:
        with shared_database(locations()) as database:
            switched = database.run(documents.switch_off, one_line(by) or user(), one_line(reason))
    except ConfigError as error:
        raise ConfigError(f"{error}\n{WITHOUT}") from None
    click.echo(f"Done: {switched}.")
    click.echo("It stays so until: playhead flags emergency lift")
    report_emergency(is_off=True)


@emergency.command()
def lift() -> None:
    """The flags decide again who streams."""
    from playhead.flags.file import documents

    with shared_database(locations()) as database:
        lifted = database.run(documents.lift)
    click.echo("The emergency is over: the flags decide." if lifted else "There was no emergency.")
    report_emergency(is_off=False)


def show() -> None:
    """Print on stderr that the emergency switch is on, or that its state cannot be read."""
    settings = locations()
    if not exists(settings):  # this command runs on another machine than the processes, or none ever ran here
        return
    from playhead.flags.file import documents

    try:
        with shared_database(settings) as database:
            found = database.run(documents.shared).emergency
    except ConfigError as error:
        click.echo(f"It is not known whether there is an emergency. {error}", err=True)
        return
    if found:
        click.echo(f"EMERGENCY: {found}. Until it is lifted, the flags about streams do not count.", err=True)


def user() -> str:
    import getpass
    import socket

    try:
        name = getpass.getuser()
    except OSError:  # a container's user may have no name
        name = "somebody"
    return f"{name}@{socket.gethostname()}"
