"""A small app out of the rooms under test, on a real database file: what `web` does, without the rest of the house."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from quart import Blueprint, Quart, Response
from quart.typing import TestClientProtocol

from playhead import edge
from playhead.accounts import guards, limits
from playhead.accounts.administration import is_disabled
from playhead.accounts.browsers import ATTEMPTS
from playhead.accounts.guards import REFUSALS
from playhead.accounts.models import Credential, User
from playhead.accounts.passwords import Passwords
from playhead.accounts.registration import OPEN, Registration
from playhead.accounts.repository import signed_in
from playhead.accounts.routes import routes as accounts_routes
from playhead.accounts.usage import Usage
from playhead.config import Settings
from playhead.db import Database
from playhead.live.loader import Loader
from tests.support.databases import FlakyDatabase
from tests.support.migrated import migrated_sqlite
from tests.support.passwords import CHEAP

OURS = {"X-Requested-With": "playhead"}
PASSWORD = "correct horse battery"
NO_REDIS = "redis://127.0.0.1:1/0"
"""Nothing listens there: limits count in memory, so that no test shares its counts with another."""


def settings_in(folder: Path, **given: Any) -> Settings:
    database = f"sqlite:///{folder / 'playhead.db'}"
    return Settings(
        **{"secret_key": "a-secret", "database_url": database, "redis_url": NO_REDIS, "data_dir": str(folder)} | given
    )


@asynccontextmanager
async def database_of(settings: Settings) -> AsyncIterator[FlakyDatabase]:
    migrated_sqlite(Path(settings.database.removeprefix("sqlite:///")))
    database = FlakyDatabase(settings.database)
    yield database
    await database.close()


def logins_of(database: Database) -> Loader[Credential, User]:
    return Loader(lambda credentials: database.run(signed_in, credentials))


async def ready() -> Mapping[str, bool]:
    return {}


def app_of(settings: Settings, database: Database, *blueprints: Blueprint, refusals: str = REFUSALS) -> Quart:
    app = Quart(__name__, static_folder=None)
    edge.install(app, settings, ready)
    guards.install(
        app,
        logins_of(database).load,
        lambda token_digest: database.run(is_disabled, token_digest),
        Usage(database),
        settings,
        refusals,
    )
    limits.install(app, settings)
    for blueprint in blueprints:
        app.register_blueprint(blueprint, url_prefix="/api/v1")
    return app


class Ears:
    """Hears what the rooms say: who signed out."""

    def __init__(self) -> None:
        self.signed_out: list[str] = []

    async def on_signed_out(self, user_id: str) -> None:
        self.signed_out.append(user_id)


def accounts_of(
    database: Database,
    ears: Ears | None = None,
    attempts: str = ATTEMPTS,
    registration: Registration = OPEN,
) -> Blueprint:
    on_signed_out = (ears or Ears()).on_signed_out
    return accounts_routes(
        database, Passwords(CHEAP), on_signed_out, trusted_hops=0, attempts=attempts, registration=registration
    )


async def sign_up(client: TestClientProtocol, email: str = "ada@example.org") -> str:
    """Register; the client keeps the cookie. The person's id."""
    response = await client.post("/api/v1/auth/register", json={"email": email, "password": PASSWORD}, headers=OURS)
    assert response.status_code == 201
    person: dict[str, str] = await response.get_json()
    return person["id"]


async def sign_in(client: TestClientProtocol, *, password: str = PASSWORD, agent: str = "test") -> int:
    """Sign in as ada; the client keeps the cookie. The status."""
    body = {"email": "ada@example.org", "password": password}
    headers = OURS | {"User-Agent": agent}
    return (await client.post("/api/v1/auth/login", json=body, headers=headers)).status_code


async def code(response: Response) -> tuple[int, str]:
    """A problem's status and code."""
    assert response.headers["Content-Type"].startswith("application/")
    return response.status_code, (await response.get_json())["code"]
