"""Where the flags in force are, as the settings say, and how it is told when they cannot be had."""

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from playhead.cli.transcribe import UNREACHABLE
from playhead.config import Settings, load
from playhead.errors import ConfigError

if TYPE_CHECKING:
    from playhead.flags.export import Export
    from playhead.flags.store import Store


def told(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose failures about flags are told in a sentence."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> None:
        from playhead.flags.engine import MalformedFlags
        from playhead.flags.store import Refusal, Unreachable

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


def _settings() -> Settings:
    # Whoever has the token for changing flags need not have the one by which the processes read them.
    return load({"UNLEASH_API_TOKEN": "not used here", **os.environ} if os.environ.get("UNLEASH_URL") else os.environ)


def _store(token: str) -> "Store":
    settings = _settings()
    if not settings.unleash_url:
        if click.get_current_context().get_parameter_source("token") is ParameterSource.COMMANDLINE:
            raise ConfigError("A token is for an Unleash server, and UNLEASH_URL is not set.")
        from playhead.flags.file_store import FileStore

        return FileStore(file_without_server())
    if not token:
        from playhead.flags.admin import YOUR_TOKEN

        raise ConfigError(f"UNLEASH_ADMIN_TOKEN is not set: the server's flags need {YOUR_TOKEN}.")
    from playhead.flags.server_store import ServerStore

    return ServerStore(settings.unleash_url, token, settings.unleash_environment)


def file_without_server() -> Path:
    from playhead.flags.file_source import file_in_force

    return file_in_force(_settings())


def text_of(file: Path | None) -> bytes:
    """What is in FILE; `-` is stdin, none is the file as delivered."""
    from playhead.flags.file_source import default_file

    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return (file or default_file()).read_bytes()
    except OSError as error:
        raise ConfigError(f"The file {file} cannot be read: {error.strerror}.") from None


def read_text(file: Path | None, text: bytes) -> "Export":
    from playhead.flags.engine import MalformedFlags
    from playhead.flags.export import read

    try:
        return read(text)
    except MalformedFlags as error:
        raise ConfigError(f"The file {file} cannot be used: {error}.") from None
