"""Creates the flags of flags/flags.json that the stack's server lacks; those it has are not changed."""

from collections.abc import Callable
from pathlib import Path

import httpx
from infra.stack.unleash import ENVIRONMENT, Unleash

from playhead.errors import ConfigError
from playhead.flags.administration.store import Refusal, Unreachable
from playhead.flags.administration.unleash_store import UnleashStore
from playhead.flags.answers.engine import MalformedFlags
from playhead.flags.file import export

FILE = Path(__file__).parents[2] / "flags" / "flags.json"


def provide(server: Unleash, notify: Callable[[str], None]) -> str:
    """Creates the missing flags; a failure is reported to `notify` if the server has flags already.

    Returns:
        The admin's token, or "" without one.

    Raises:
        ConfigError: the flags cannot be created, and the server has none.
    """
    token = ""
    try:
        token = server.personal_token()
        create_missing(UnleashStore(server.url, token, ENVIRONMENT))
    except (ConfigError, Refusal, Unreachable, MalformedFlags, httpx.HTTPError) as error:
        if not server.has_flags():
            raise ConfigError(f"Unleash has no flags, and those of {FILE.name} cannot be created: {error}") from error
        notify(f"Unleash's flags were not compared with {FILE.name}; some may be missing. {error}")
    return token


def create_missing(store: UnleashStore) -> None:
    wanted = export.read(FILE.read_bytes())
    missing = wanted.names - store.read().names
    if missing:
        store.bring(export.select(wanted, missing.__contains__))
