"""Where the flags in force are, as the settings say, and how it is told when they cannot be had."""

import functools
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from playhead.cli.flags_database import places, shared_database
from playhead.cli.transcribe import UNREACHABLE
from playhead.errors import ConfigError

if TYPE_CHECKING:
    from playhead.flags.administration.store import Store
    from playhead.flags.file.export import Export


def told(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose failures about flags are told in a sentence."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> None:
        from playhead.flags.administration.store import Refusal, Unreachable
        from playhead.flags.answers.engine import MalformedFlags

        try:
            command(*args, **options)
        except Unreachable as error:
            click.echo(str(error), err=True)
            raise SystemExit(UNREACHABLE) from None
        except Refusal as error:
            raise ConfigError(str(error)) from None
        except MalformedFlags as error:
            raise ConfigError(f"The flags cannot be used: {error}.") from None

    return run


def on_store(command: Callable[..., None]) -> Callable[..., None]:
    """A command on the flags in force; it gets the `Store`."""

    @click.option("--token", envvar="UNLEASH_ADMIN_TOKEN", default="", help="Better in UNLEASH_ADMIN_TOKEN.")
    @told
    @functools.wraps(command)
    def run(*args: Any, token: str, **options: Any) -> None:
        store = _store(token)
        click.echo(f"In {store.place}:", err=True)
        command(store, *args, **options)

    return run


def _store(token: str) -> "Store":
    url = os.environ.get("UNLEASH_URL")
    if not url:
        if click.get_current_context().get_parameter_source("token") is ParameterSource.COMMANDLINE:
            raise ConfigError("A token is for an Unleash server, and UNLEASH_URL is not set.")
        return store_without_server()
    if not token.strip():
        from playhead.flags.administration.unleash_api import YOUR_TOKEN

        raise ConfigError(f"UNLEASH_ADMIN_TOKEN is not set: the server's flags need {YOUR_TOKEN}.")
    from playhead.flags.administration.unleash_store import ServerStore

    return ServerStore(url, token, environment_of(os.environ))


def environment_of(environ: Mapping[str, str]) -> str:
    """Of the server, the one that is meant; never a guess: a kill switch that is turned in another one does nothing.

    Raises:
        ConfigError: nobody says which, or the settings say two.
    """
    from playhead.flags.answers.address import environment_of_token

    theirs = environment_of_token(environ.get("UNLEASH_API_TOKEN", ""))
    name = "UNLEASH_ENVIRONMENT" if environ.get("UNLEASH_ENVIRONMENT") else "ENVIRONMENT"
    said = environ.get(name, "")
    if theirs and said and theirs != said:
        raise ConfigError(
            f"{name} is {said}, and UNLEASH_API_TOKEN is one for {theirs}: set UNLEASH_ENVIRONMENT to the one that is"
            " meant, and the token to one for it or to nothing."
        )
    if not (theirs or said):
        raise ConfigError(
            "UNLEASH_ENVIRONMENT is not set: it says in which of the server's environments to look and change, such as"
            " production or development."
        )
    return theirs or said


def store_without_server() -> "Store":
    from playhead.flags.file.location import file_in_force, first_flags, is_shared

    settings = places()
    if not is_shared(settings):
        from playhead.flags.administration.file_store import FileStore

        return FileStore(file_in_force(settings))
    from sqlalchemy.engine import make_url

    from playhead.flags.administration.database_store import DatabaseStore

    def run(*query: Any) -> Any:
        with shared_database(settings) as database:
            return database.run(*query)

    url = make_url(settings.database)
    return DatabaseStore(run, first_flags(settings), f"the database {url.database} at {url.host or 'this machine'}")


def file_without_server() -> Path:
    """
    Raises:
        ConfigError: there is none: the flags are in the database.
    """
    from playhead.flags.file.location import file_in_force, is_shared

    settings = places()
    if is_shared(settings):
        raise ConfigError("The flags are in the database, not in a file: say which FILE to write.")
    return file_in_force(settings)


def text_of(file: Path | None) -> bytes:
    """What is in FILE; `-` is stdin, none is the file as delivered."""
    from playhead.flags.file.location import default_file

    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return (file or default_file()).read_bytes()
    except OSError as error:
        raise ConfigError(f"The file {file} cannot be read: {error.strerror}.") from None


def read_text(file: Path | None, text: bytes) -> "Export":
    from playhead.flags.answers.engine import MalformedFlags
    from playhead.flags.file.export import read

    try:
        return read(text)
    except MalformedFlags as error:
        raise ConfigError(f"The file {file} cannot be used: {error}.") from None
