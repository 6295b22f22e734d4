"""The commands about people's accounts, for whoever runs the server."""

import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import click

from playhead.accounts import emails
from playhead.cli.here import load_private
from playhead.config import Settings
from playhead.errors import Problem
from playhead.live.clock import now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playhead.accounts.models import Scope, User
    from playhead.db import SyncDatabase
    from playhead.live.broker.sender import ValkeySender
    from playhead.sessions.models import Session
    from playhead.sessions.status import Status

    Send = Callable[[Callable[[ValkeySender[Status]], object]], None]

DAYS = re.compile(r"([0-9]{1,5})d")
WRITERS = 1
"""Connections to the database: a command does one thing after another."""


@click.group()
def user() -> None:
    """Make accounts, give rights, set passwords, end logins, make API tokens, delete people with all that is theirs."""


with_password = click.option(
    "--password",
    envvar="PLAYHEAD_PASSWORD",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help="Asked for, unless it is given here or in PLAYHEAD_PASSWORD.",
)


@user.command()
@click.argument("email")
@with_password
def create(email: str, password: str) -> None:
    """Make an account."""
    from playhead.accounts.repository import create_user

    email = emails.tidy(email)
    if not emails.acceptable(email):
        raise Problem(400, "bad_email", f"{email!r} is not an email address that can be used here.")
    password_hash = _hash_of(password, email)
    with open_database(load_private()) as database:
        database.run(create_user, email, password_hash)
    click.echo(f"{email} can sign in now.")


@user.command()
@click.argument("email")
@with_password
def password(email: str, password: str) -> None:
    """Set a person's password, for one who forgot it, and sign them out everywhere."""
    from playhead.accounts.repository import reset_password

    settings = load_private()
    with open_database(settings) as database, open_messages(settings) as send:
        person = find_person(database, email)
        database.run(reset_password, person.id, _hash_of(password, person.email))
        send(lambda sender: sender.login_ended(person.id))
    click.echo(f"The password of {person.email} is changed, and they are signed out everywhere.")


@user.command("sign-out")
@click.argument("email")
def sign_out(email: str) -> None:
    """Sign a person out in all browsers. Their API tokens go on working."""
    from playhead.accounts.logins import delete_logins

    settings = load_private()
    with open_database(settings) as database, open_messages(settings) as send:
        person = find_person(database, email)
        ended = database.run(delete_logins, person.id)
        send(lambda sender: sender.login_ended(person.id))
    click.echo(f"{person.email} is signed out everywhere: {ended} {'login' if ended == 1 else 'logins'} ended.")


@user.command()
@click.argument("email")
@click.option("--revoke", is_flag=True, help="Take the right instead of giving it.")
def admin(email: str, revoke: bool) -> None:
    """Let a person see the admin pages."""
    from playhead.accounts.repository import set_admin

    with open_database(load_private()) as database:
        if not database.run(set_admin, emails.tidy(email), not revoke):
            raise _nobody(email)
        person = find_person(database, email)
    with open_messages(load_private()) as send:
        send(lambda sender: sender.login_ended(person.id))
    click.echo(f"{emails.tidy(email)} is {'no admin any more' if revoke else 'an admin now'}.")


@user.command()
@click.argument("email")
@click.option("--name", default="command line", show_default=True, help="What the token is for.")
@click.option(
    "--scope",
    type=click.Choice(["read", "write", "canary"]),
    default="write",
    show_default=True,
    help="read: only to read; write: to read and to change; canary: for `playhead canary`.",
)
@click.option("--expires", metavar="DATE|DAYS", help="The first day (UTC) on which it is refused, 2027-01-31, or 30d.")
def token(email: str, name: str, scope: "Scope", expires: str | None) -> None:
    """Print a new API token of a person's, for PLAYHEAD_TOKEN."""
    from playhead.accounts.guards import digest, new_token
    from playhead.accounts.repository import create_token
    from playhead.accounts.token_routes import checked_end, named

    name, ends_at = named(name), checked_end(_moment(expires) if expires else None)
    with open_database(load_private()) as database:
        secret = new_token()
        database.run(create_token, find_person(database, email).id, name, digest(secret), scope, ends_at)
    click.echo(secret)


@user.command()
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(email: str, yes: bool) -> None:
    """Delete a person, with their sessions, transcripts and audio."""
    import asyncio

    from playhead.accounts.repository import delete_user

    settings = load_private()
    with open_database(settings) as database, open_messages(settings) as send:
        person = find_person(database, email)
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
    commands = Commands(
        database=database,
        publish=publish,
        enqueue=enqueue,
        delete_recording=storage.delete,
        max_running=settings.quota_running,
    )
    try:
        await commands.delete_all_of(owner_id)
    finally:
        await database.close()


@contextmanager
def open_database(settings: Settings) -> Iterator["SyncDatabase"]:
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
def open_messages(settings: Settings) -> Iterator["Send"]:
    """Sends what was changed to the processes that run; those it does not reach see it at a heartbeat."""
    from redis.exceptions import RedisError

    from playhead.live.broker.sender import ValkeySender
    from playhead.up import valkey

    is_set = bool(settings.status_redis_url or os.environ.get("REDIS_URL"))
    embedded = None if is_set else valkey.running(settings.data / "valkey")
    problems: set[str] = set()
    to: ValkeySender[Status] = ValkeySender(embedded.url if embedded else settings.status_redis)
    with closing(to) as sender:

        def send(message: "Callable[[ValkeySender[Status]], object]") -> None:
            try:
                message(sender)
            except RedisError as error:
                problems.add(str(error))

        yield send
    if is_set:  # else perhaps nothing runs at all
        for problem in problems:
            click.echo(f"Redis cannot be reached, so open streams go on until a heartbeat: {problem}", err=True)


def _hash_of(password: str, email: str) -> str:
    """Raises Problem 400 `weak_password`."""
    import asyncio

    from playhead.accounts.passwords import Passwords, check_strength

    check_strength(password, email)

    async def hashed() -> str:
        return await Passwords().hash(password)

    return asyncio.run(hashed())


def _moment(expires: str) -> datetime:
    """The moment of `30d` from now, or the beginning of a day in UTC."""
    days = DAYS.fullmatch(expires)
    try:
        if days:
            return now() + timedelta(days=int(days[1]))
        return datetime.combine(date.fromisoformat(expires), time.min, UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{expires!r} is neither a date such as 2027-01-31 nor a number of days such as 30d.",
            param_hint="--expires",
        ) from None


def find_person(database: "SyncDatabase", email: str) -> "User":
    from playhead.accounts.repository import find_by_email

    found = database.run(find_by_email, emails.tidy(email))
    if found is None:
        raise _nobody(email)
    return found[0]


def _nobody(email: str) -> Problem:
    return Problem(404, "user_not_found", f"Nobody has the email {emails.tidy(email)}.")
