"""The slider in the store of the flags: a file, the database, or an Unleash server. A store blocks, on a thread."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from playhead.config import Settings
from playhead.db import Database
from playhead.errors import ConfigError
from playhead.flags.answers.address import server_name
from playhead.flags.answers.engine import MalformedFlags
from playhead.flags.answers.gate import Gate
from playhead.flags.answers.rollout import FLAG, GROUP_MAX, SWITCH
from playhead.flags.answers.source import DATABASE, FILE, UNLEASH
from playhead.flags.file.location import file_in_force, first_flags, is_shared
from playhead.rollout.ports import Position, Refused, Slider, Unreachable

if TYPE_CHECKING:
    from playhead.flags.administration.store import Store

T = TypeVar("T")

OFF = f"{FLAG} is off, or has no slider: turn it on, or give it a gradual strategy."
ONLY_WATCHED = "Only a dry run is possible here: to move the slider on Unleash, set UNLEASH_ADMIN_TOKEN."
UNREAD = "The slider on Unleash cannot be read here: UNLEASH_ADMIN_TOKEN is not set, and no flags are in force."


class StoredSlider:
    """A slider that can be moved.

    Args:
        kind: that of the flags' source.
        location: of the store, for people.
        store: makes the store, which no process needs before there is a rollout.
    """

    limit = ""

    def __init__(self, kind: str, location: str, store: "Callable[[], Store]") -> None:
        self.kind, self.location = kind, location
        self._store = store

    async def read(self) -> Position:
        position, is_on = await asyncio.gather(
            asyncio.to_thread(self._ask, _position), asyncio.to_thread(self._ask, lambda store: store.is_on(FLAG))
        )
        if not is_on:
            raise Refused(OFF)
        return position

    async def is_allowed(self) -> bool:
        return await asyncio.to_thread(self._ask, lambda store: store.is_on(SWITCH))

    async def move(self, to: Position) -> None:
        await asyncio.to_thread(self._ask, lambda store: store.roll_out(FLAG, to.share, to.group))

    def _ask(self, question: "Callable[[Store], T]") -> T:
        from playhead.flags.administration import store

        try:
            return question(self._store())
        except store.Unreachable as error:
            raise Unreachable(str(error)) from None
        except (store.Refusal, ConfigError) as error:
            raise Refused(str(error)) from None
        except MalformedFlags as error:
            raise Refused(f"The flags cannot be used: {error}.") from None


def _position(store: "Store") -> Position:
    given = store.slider(FLAG).parameters
    share = given.get("rollout", "")
    if not (share.isascii() and share.isdigit() and len(share) <= 3):
        raise Refused(f"The slider of {FLAG} is at {share or 'nothing'}, which is no share in percent.")
    return Position(min(100, int(share)), (given.get("groupId") or FLAG).replace("\0", "")[:GROUP_MAX])


class WatchedSlider:
    """The slider by the flags in force in this process, where it cannot be moved."""

    kind = UNLEASH

    def __init__(self, location: str, gate: Gate | None) -> None:
        self.location = location
        self.limit = ONLY_WATCHED if gate else UNREAD
        self._gate = gate

    async def read(self) -> Position:
        rollout = self._usable_gate().rollout
        if not rollout.group:
            raise Refused(OFF)
        return Position(rollout.percent, rollout.group)

    async def is_allowed(self) -> bool:
        return self._usable_gate().has_switch_on

    async def move(self, to: Position) -> None:
        raise Refused(ONLY_WATCHED)

    def _usable_gate(self) -> Gate:
        if self._gate is None or not self._gate.usable():
            raise Refused(UNREAD)
        return self._gate


def open_slider(settings: Settings, database: Database, gate: Gate | None = None) -> Slider:
    """The slider of the flags that the settings choose. Nothing is read yet.

    Args:
        gate: of this process; without one, a server's slider cannot be watched without a token.

    Raises:
        ConfigError: the settings name no usable place.
    """
    if settings.unleash_url:
        return _of_unleash(settings, gate)
    if is_shared(settings):
        return _of_database(settings, database)
    path = file_in_force(settings)

    def store() -> "Store":
        from playhead.flags.administration.file_store import FileStore

        return FileStore(path)

    return StoredSlider(FILE, f"the file {path}", store)


def _of_unleash(settings: Settings, gate: Gate | None) -> Slider:
    environment = settings.unleash_environment or settings.environment
    location = f"{server_name(settings.unleash_url)}, environment {environment}"
    if not settings.unleash_admin_token:
        return WatchedSlider(location, gate)

    def store() -> "Store":
        from playhead.flags.administration.unleash_store import UnleashStore

        return UnleashStore(settings.unleash_url, settings.unleash_admin_token, environment)

    return StoredSlider(UNLEASH, location, store)


def _of_database(settings: Settings, database: Database) -> Slider:
    from sqlalchemy.engine import make_url

    url = make_url(settings.database)
    location = f"the database {url.database} at {url.host or 'this machine'}"
    loop = asyncio.get_running_loop()

    def run(*query: Any) -> Any:
        """On the event loop, from the thread of the store."""
        return asyncio.run_coroutine_threadsafe(database.run(*query), loop).result()

    def store() -> "Store":
        from playhead.flags.administration.database_store import DatabaseStore

        return DatabaseStore(run, first_flags(settings), location)

    return StoredSlider(DATABASE, location, store)
