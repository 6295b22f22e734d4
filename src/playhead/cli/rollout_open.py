"""Opens what the commands about a rollout need: the processes' database, and the slider on whatever has the flags."""

import asyncio
import functools
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import click

from playhead.cli.exit_codes import UNREACHABLE
from playhead.cli.flags_database import database_away, database_url, exists, locations, no_database
from playhead.cli.flags_store import environment_of
from playhead.config import Settings, check_admin_token
from playhead.errors import ConfigError

if TYPE_CHECKING:
    from playhead.db import Database
    from playhead.rollout.ports import Slider

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Opened:
    """Where the rollout is kept, and what it moves."""

    settings: Settings
    has_telemetry: bool
    """As far as is known here, by this machine's TELEMETRY."""
    database: "Database"
    slider: "Slider"


def on_rollout(command: Callable[Concatenate[Opened, P], Awaitable[None]]) -> Callable[P, None]:
    """Decorate a command about the rollout: its first argument is the `Opened`, which is printed first."""

    @functools.wraps(command)
    def run(*args: P.args, **options: P.kwargs) -> None:
        asyncio.run(_run(command, *args, **options))

    return run


async def _run(command: Callable[..., Awaitable[None]], *args: Any, **options: Any) -> None:
    from playhead.db import DatabaseError
    from playhead.rollout.ports import Refused, Unreachable

    try:
        async with _opened(_settings()) as opened:
            click.echo(f"In {opened.slider.location}; the rollout is kept in {_name(opened.settings)}:", err=True)
            await command(opened, *args, **options)
    except Refused as error:
        raise ConfigError(str(error)) from None
    except Unreachable as error:
        click.echo(f"{error} To stop all streams without it: playhead flags emergency off", err=True)
        raise SystemExit(UNREACHABLE) from None
    except DatabaseError as error:
        raise database_away(error) from None


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Opened]:
    from playhead.db import Database
    from playhead.rollout.slider import open_slider

    database = Database(database_url(settings))
    try:
        yield Opened(settings, os.environ.get("TELEMETRY") != "off", database, open_slider(settings, database))
    finally:
        await database.close()


def _settings() -> Settings:
    """The settings of the opened. Raises ConfigError: there is no database, or a setting is wrong."""
    from msgspec.structs import replace

    settings = locations()
    if not exists(settings):
        raise no_database(settings)
    url, token = os.environ.get("UNLEASH_URL", ""), os.environ.get("UNLEASH_ADMIN_TOKEN", "")
    if not url:
        return settings
    check_admin_token(token)
    return replace(settings, unleash_url=url, unleash_admin_token=token, unleash_environment=environment_of(os.environ))


def _name(settings: Settings) -> str:
    from sqlalchemy.engine import make_url

    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite":
        return f"the file {url.database}"
    return f"the database {url.database} at {url.host or 'this machine'}"
