"""The flags on the stack's server: those of flags/flags.json that it lacks are brought, those it has are people's."""

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


def provide(server: Unleash, say: Callable[[str], None]) -> str:
    """Bring the missing flags; the admin's token, or "" without one. What cannot be done is said: the others work.

    Raises:
        ConfigError: there would be no flag at all, and nothing to try.
    """
    token = ""
    try:
        token = server.personal_token()
        create_missing(UnleashStore(server.url, token, ENVIRONMENT))
    except (ConfigError, Refusal, Unreachable, MalformedFlags, httpx.HTTPError) as error:
        if not server.has_flags():
            raise ConfigError(f"Unleash has no flags, and cannot be given those of {FILE.name}: {error}") from error
        say(f"Unleash's flags are as they were; it was not looked whether any of {FILE.name} is missing. {error}")
    return token


def create_missing(store: UnleashStore) -> None:
    wanted = export.read(FILE.read_bytes())
    missing = wanted.names - store.read().names
    if missing:
        store.bring(export.select(wanted, missing.__contains__))
