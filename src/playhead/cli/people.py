"""The commands `playhead user …` about who may use the server and how much: list, disable, enable, quota, invite."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from playhead.accounts.emails import tidy
from playhead.cli.here import load_private
from playhead.cli.user import find_person, open_database, open_messages

if TYPE_CHECKING:
    from playhead.db import SyncDatabase
    from playhead.quotas import AccountUsage, Quotas

SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kMGT]?)B?", re.IGNORECASE)
FACTORS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
BYTES_MOST = 2**63 - 1
"""What a column of the database holds."""
QUEUED_MOST = 2**31 - 1


class Limit(click.ParamType[float | str | None]):
    """A number of a quota: 0 for no limit, `default` for the setting."""

    name = "N|default"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float | str | None:
        if value is None or value == "default":
            return str(value) if value else None
        if not re.fullmatch(r"\d+(\.\d+)?", str(value)):
            self.fail(f"{value!r} is neither a number, 0 for no limit, nor default.", param, ctx)
        return float(str(value))


class Size(Limit):
    """The same in bytes, also as `500MB` or `20GB`."""

    name = "SIZE|default"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float | str | None:
        match = SIZE.fullmatch(str(value))
        if match is None:
            return super().convert(value, param, ctx)
        return float(match[1]) * FACTORS[match[2].lower()]


@click.command("list")
@click.argument("search", default="")
def list_(search: str) -> None:
    """List people, newest first, with what they use; only those whose email contains SEARCH."""
    from playhead.quotas import Quotas

    settings = load_private()
    with open_database(settings) as database:
        for one in _pages(database, Quotas.of(settings), search):
            click.echo(_line(one))


@click.command()
@click.argument("email")
def disable(email: str) -> None:
    """Refuse a person's sign-ins and tokens, and end their streams; what they have stays."""
    from playhead.accounts import administration

    settings = load_private()
    with open_database(settings) as database, open_messages(settings) as send:
        person = find_person(database, email)
        database.run(administration.disable, person.id)
        send(lambda sender: sender.login_ended(person.id))
    click.echo(f"{person.email} is disabled.")


@click.command()
@click.argument("email")
def enable(email: str) -> None:
    """Accept a disabled person's sign-ins and tokens again."""
    from playhead.accounts import administration

    with open_database(load_private()) as database:
        person = find_person(database, email)
        database.run(administration.enable, person.id)
    click.echo(f"{person.email} can sign in again.")


@click.command()
@click.argument("email")
@click.option("--bytes", "size", type=Size(), help="What recordings may take, such as 20GB.")
@click.option("--hours", type=Limit(), help="Hours of audio a day (UTC).")
@click.option("--queued", type=Limit(), help="Sessions that wait at once.")
def quota(email: str, size: float | str | None, hours: float | str | None, queued: float | str | None) -> None:
    """Show a person's quota, or give them their own: 0 is no limit, default is the setting's."""
    from playhead.accounts.administration import OwnQuota, own_quota, set_own_quota
    from playhead.quotas import Quotas, account_usage_of

    settings = load_private()
    with open_database(settings) as database:
        person = find_person(database, email)
        before = database.run(own_quota, person.id)
        chosen = OwnQuota(
            bytes=_whole(before.bytes, size, BYTES_MOST),
            hours=_changed(before.hours, hours),
            queued=_whole(before.queued, queued, QUEUED_MOST),
        )
        if chosen != before:
            database.run(set_own_quota, person.id, chosen)
        one = database.run(account_usage_of, Quotas.of(settings), person.id)
    assert one is not None
    click.echo(_line(one))


@click.command()
@click.option("--days", type=click.IntRange(1, 365), default=7, show_default=True, help="How long it is valid.")
def invite(days: int) -> None:
    """Print a new invite, with which one person may make an account while REGISTRATION is invite."""
    from playhead.accounts.guards import digest
    from playhead.accounts.invites import create_invite, new_secret

    settings = load_private()
    secret = new_secret()
    with open_database(settings) as database:
        database.run(create_invite, digest(secret), timedelta(days=days))
    if settings.registration != "invite":
        click.echo(f"REGISTRATION is {settings.registration}: invites are used only while it is invite.", err=True)
    click.echo(secret)


COMMANDS = (list_, disable, enable, quota, invite)


def _pages(database: "SyncDatabase", quotas: "Quotas", search: str) -> Iterator["AccountUsage"]:
    from playhead.quotas import list_account_usage

    cursor: str | None = None
    while True:
        found, cursor = database.run(list_account_usage, quotas, tidy(search), cursor)
        yield from found
        if cursor is None:
            return


def _line(one: "AccountUsage") -> str:
    from playhead.quotas import HOUR_S
    from playhead.text import size

    account, used, allowed = one.account, one.used, one.quotas
    marks = [mark for mark, holds in (("admin", account.is_admin), ("disabled", account.disabled_at)) if holds]
    parts = [
        account.email + "".join(f" ({mark})" for mark in marks),
        f"{size(used.bytes)} of {size(allowed.bytes) if allowed.bytes else 'any'}",
        f"{used.audio_s / HOUR_S:.1f} of {f'{allowed.hours:g}' if allowed.hours else 'any'} h today",
        f"{used.queued} of {allowed.queued or 'any'} waiting",
    ]
    return " · ".join(parts)


def _changed(before: float | None, given: float | str | None) -> float | None:
    """The new value of a part: as before if nothing is given, None for `default`."""
    return before if given is None else float(given) if given != "default" else None


def _whole(before: int | None, given: float | str | None, most: int) -> int | None:
    value = _changed(before, given)
    if value is not None and value > most:
        raise click.BadParameter(f"{value:.0f} is more than {most}; 0 is no limit.")
    return None if value is None else int(value)
