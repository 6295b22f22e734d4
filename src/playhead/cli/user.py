"""The commands about people's accounts, for whoever runs the server."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import click

from playhead.accounts import emails
from playhead.cli.here import load_private
from playhead.config import Settings
from playhead.errors import Problem

if TYPE_CHECKING:
    from playhead.accounts.models import User
    from playhead.db import SyncDatabase


@click.group()
def user() -> None:
    """Make accounts, give rights, make API tokens, delete people with all that is theirs."""


@user.command()
@click.argument("email")
@click.option(
    "--password",
    envvar="PLAYHEAD_PASSWORD",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help="Asked for, unless it is given here or in PLAYHEAD_PASSWORD.",
)
def create(email: str, password: str) -> None:
    """Make an account."""
    import asyncio

    from playhead.accounts.passwords import Passwords, check_strength
    from playhead.accounts.repository import create_user

    email = emails.tidy(email)
    if not emails.acceptable(email):
        raise Problem(400, "bad_email", f"{email!r} is not an email address that can be used here.")
    check_strength(password, email)

    async def hashed() -> str:
        return await Passwords().hash(password)

    with _database(load_private()) as database:
        database.run(create_user, email, asyncio.run(hashed()))
    click.echo(f"{email} can sign in now.")


@user.command()
@click.argument("email")
@click.option("--revoke", is_flag=True, help="Take the right instead of giving it.")
def admin(email: str, revoke: bool) -> None:
    """Let a person see the admin pages."""
    from playhead.accounts.repository import set_admin

    with _database(load_private()) as database:
        if not database.run(set_admin, emails.tidy(email), not revoke):
            raise _nobody(email)
        _tell(load_private(), _find(database, email).id)
    click.echo(f"{emails.tidy(email)} is {'no admin any more' if revoke else 'an admin now'}.")


@user.command()
@click.argument("email")
@click.option("--name", default="command line", show_default=True, help="What the token is for.")
def token(email: str, name: str) -> None:
    """Print a new API token of a person's, for PLAYHEAD_TOKEN."""
    from playhead.accounts.guards import digest, new_token
    from playhead.accounts.repository import create_token

    with _database(load_private()) as database:
        secret = new_token()
        database.run(create_token, _find(database, email).id, name, digest(secret))
    click.echo(secret)


@user.command()
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(email: str, yes: bool) -> None:
    """Delete a person, with their sessions, transcripts and audio."""
    import asyncio

    from playhead.accounts.repository import delete_user
    from playhead.sessions import repository
    from playhead.storage import Storage

    settings = load_private()
    with _database(settings) as database:
        person = _find(database, email)
        if not yes:
            click.confirm(f"Delete {person.email} and everything of theirs?", abort=True, err=True)
        storage = Storage.from_url(settings.storage)
        while sessions := database.run(repository.page, person.id)[0]:
            for session in sessions:
                # The audio first: once its session is gone, nobody knows where it lies.
                asyncio.run(storage.delete(session.audio_key))
                database.run(repository.remove, session.id, person.id)
        database.run(delete_user, person.id)
    _tell(settings, person.id)
    click.echo(f"{person.email} is deleted, with everything of theirs.")


@contextmanager
def _database(settings: Settings) -> Iterator["SyncDatabase"]:
    """The database, brought up to date first: a newcomer's first command may well be about an account."""
    from playhead.db import SyncDatabase
    from playhead.up.checks import migrate

    migrate(settings.database)
    database = SyncDatabase(settings.database)
    try:
        yield database
    finally:
        database.close()


def _tell(settings: Settings, user_id: str) -> None:
    """Let their open streams look again whether they may go on. Those that this does not reach do at a heartbeat."""
    from redis.exceptions import RedisError

    from playhead.pubsub.valkey import ValkeySender
    from playhead.up import valkey

    is_set = bool(settings.status_redis_url or os.environ.get("REDIS_URL"))
    embedded = None if is_set else valkey.running(settings.data / "valkey")
    try:
        with closing(ValkeySender(embedded.url if embedded else settings.status_redis)) as sender:
            sender.login_ended(user_id)
    except RedisError as error:
        if is_set:  # else perhaps nothing runs at all
            click.echo(f"Redis cannot be told, so their open streams go on until a heartbeat: {error}", err=True)


def _find(database: "SyncDatabase", email: str) -> "User":
    from playhead.accounts.repository import find_by_email

    found = database.run(find_by_email, emails.tidy(email))
    if found is None:
        raise _nobody(email)
    return found[0]


def _nobody(email: str) -> Problem:
    return Problem(404, "user_not_found", f"Nobody has the email {emails.tidy(email)}.")
