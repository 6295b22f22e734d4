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
    from collections.abc import Callable, Sequence

    from playhead.accounts.models import User
    from playhead.db import SyncDatabase
    from playhead.pubsub.valkey import ValkeySender
    from playhead.sessions.models import Session

    Send = Callable[[Callable[[ValkeySender], object]], None]

WRITERS = 1
"""Connections to the database: a command does one thing after another."""


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
        person = _find(database, email)
    with _messages(load_private()) as send:
        send(lambda sender: sender.login_ended(person.id))
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

    settings = load_private()
    with _database(settings) as database, _messages(settings) as send:
        person = _find(database, email)
        if not yes:
            click.confirm(f"Delete {person.email} and everything of theirs?", abort=True, err=True)
        asyncio.run(_delete_sessions(settings, person.id, send))
        database.run(delete_user, person.id)
        send(lambda sender: sender.login_ended(person.id))
    click.echo(f"{person.email} is deleted, with everything of theirs.")


async def _delete_sessions(settings: Settings, owner_id: str, send: "Send") -> None:
    from playhead.db import Database
    from playhead.sessions.commands import Commands
    from playhead.storage import Storage

    async def publish(sessions: "Sequence[Session]") -> None:
        send(lambda sender: sender.send([(session.status, session.owner_id) for session in sessions]))

    async def enqueue(_: str) -> None:
        raise AssertionError("a deletion queues nothing")

    database = Database(settings.database, WRITERS)
    storage = Storage.from_url(settings.storage)
    commands = Commands(database=database, publish=publish, enqueue=enqueue, delete_recording=storage.delete)
    try:
        await commands.delete_all_of(owner_id)
    finally:
        await database.close()


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


@contextmanager
def _messages(settings: Settings) -> Iterator["Send"]:
    """Sends what was changed to the processes that run; those it does not reach see it at a heartbeat."""
    from redis.exceptions import RedisError

    from playhead.pubsub.valkey import ValkeySender
    from playhead.up import valkey

    is_set = bool(settings.status_redis_url or os.environ.get("REDIS_URL"))
    embedded = None if is_set else valkey.running(settings.data / "valkey")
    problems: set[str] = set()
    with closing(ValkeySender(embedded.url if embedded else settings.status_redis)) as sender:

        def send(message: "Callable[[ValkeySender], object]") -> None:
            try:
                message(sender)
            except RedisError as error:
                problems.add(str(error))

        yield send
    if is_set:  # else perhaps nothing runs at all
        for problem in problems:
            click.echo(f"Redis cannot be reached, so open streams go on until a heartbeat: {problem}", err=True)


def _find(database: "SyncDatabase", email: str) -> "User":
    from playhead.accounts.repository import find_by_email

    found = database.run(find_by_email, emails.tidy(email))
    if found is None:
        raise _nobody(email)
    return found[0]


def _nobody(email: str) -> Problem:
    return Problem(404, "user_not_found", f"Nobody has the email {emails.tidy(email)}.")
