"""Opens the store of the flags in force that the settings choose, for the commands about flags."""

import functools
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from playhead.cli.exit_codes import UNREACHABLE
from playhead.cli.flags_database import locations, shared_database
from playhead.errors import ConfigError

if TYPE_CHECKING:
    from playhead.flags.administration.store import Store
    from playhead.flags.file.export import Export


def fails_in_a_sentence(command: Callable[..., None]) -> Callable[..., None]:
    """Decorate a command: a failure about flags becomes one sentence and an exit code."""

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
    """Decorate a command on the flags in force: its first argument is the `Store`."""

    @click.option("--token", envvar="UNLEASH_ADMIN_TOKEN", default="", help="Better in UNLEASH_ADMIN_TOKEN.")
    @fails_in_a_sentence
    @functools.wraps(command)
    def run(*args: Any, token: str, **options: Any) -> None:
        store = open_store(token)
        click.echo(f"In {store.location}:", err=True)
        command(store, *args, **options)

    return run


def open_store(token: str) -> "Store":
    """The store that the settings choose. `token`: of a person, for Unleash. Raises ConfigError."""
    url = os.environ.get("UNLEASH_URL")
    if not url:
        if click.get_current_context().get_parameter_source("token") is ParameterSource.COMMANDLINE:
            raise ConfigError("A token is for an Unleash server, and UNLEASH_URL is not set.")
        return store_without_server()
    if not token.strip():
        from playhead.flags.administration.unleash_api import YOUR_TOKEN

        raise ConfigError(f"UNLEASH_ADMIN_TOKEN is not set: the server's flags need {YOUR_TOKEN}.")
    from playhead.flags.administration.unleash_store import UnleashStore

    return UnleashStore(url, token, environment_of(os.environ))


def environment_of(environ: Mapping[str, str]) -> str:
    """The server's environment to read and change; never guessed: a kill switch in another one does nothing.

    Raises:
        ConfigError: no setting names it, or two settings differ.
    """
    from playhead.flags.answers.address import environment_of_token

    of_token = environment_of_token(environ.get("UNLEASH_API_TOKEN", ""))
    name = "UNLEASH_ENVIRONMENT" if environ.get("UNLEASH_ENVIRONMENT") else "ENVIRONMENT"
    given = environ.get(name, "")
    if of_token and given and of_token != given:
        raise ConfigError(
            f"{name} is {given}, and UNLEASH_API_TOKEN is one for {of_token}: set UNLEASH_ENVIRONMENT to the one that"
            " is meant, and the token to one for it or to nothing."
        )
    if not (of_token or given):
        raise ConfigError(
            "UNLEASH_ENVIRONMENT is not set: it says in which of the server's environments to look and change, such as"
            " production or development."
        )
    return of_token or given


def store_without_server() -> "Store":
    """The store of the flags file, or of the database that shares it."""
    from playhead.flags.file.location import file_in_force, first_flags, is_shared

    settings = locations()
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
    """The flags file in force without a server.

    Raises:
        ConfigError: there is none: the flags are in the database.
    """
    from playhead.flags.file.location import file_in_force, is_shared

    settings = locations()
    if is_shared(settings):
        raise ConfigError("The flags are in the database, not in a file: say which FILE to write.")
    return file_in_force(settings)


def text_of(file: Path | None) -> bytes:
    """The content of FILE; `-` is stdin, None is the delivered file."""
    from playhead.flags.file.location import default_file

    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return (file or default_file()).read_bytes()
    except OSError as error:
        raise ConfigError(f"The file {file} cannot be read: {error.strerror}.") from None


def read_text(file: Path | None, text: bytes) -> "Export":
    """Parse the content of FILE. Raises ConfigError: it is not a flags file."""
    from playhead.flags.answers.engine import MalformedFlags
    from playhead.flags.file.export import read

    try:
        return read(text)
    except MalformedFlags as error:
        raise ConfigError(f"The file {file} cannot be used: {error}.") from None
