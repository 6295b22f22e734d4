"""The command `playhead queue`: what waits and what runs, read from the database."""

from typing import TYPE_CHECKING

import click

from playhead.cli.here import load_private
from playhead.cli.user import open_database

if TYPE_CHECKING:
    from playhead.sessions.listing import Listed

UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


@click.command()
def queue() -> None:
    """List the sessions that run and those that wait, and mark the ones that stand still.

    Read from DATABASE_URL, or the database in DATA_DIR; no other process is needed. The log of the worker that has a
    session names its id.
    """
    from playhead.accounts.repository import find
    from playhead.sessions.listing import listing

    settings = load_private()
    with open_database(settings) as database:
        found = database.run(listing, settings.stall_s)
        owners = {one.owner_id for one in (*found.running, *found.waiting)}
        people = {owner_id: person.email for owner_id in owners if (person := database.run(find, owner_id))}
    size = found.size
    stalled = f", {size.stalled} of them stalled" if size.stalled else ""
    oldest = f", the first for {_span(size.oldest_s)}" if size.waiting else ""
    click.echo(f"{size.running} running{stalled}; {size.waiting} waiting{oldest}")
    for heading, sessions in (("running", found.running), ("waiting", found.waiting)):
        for one in sessions:
            click.echo(f"{heading}  {_line(one)} · {people.get(one.owner_id, '-')}")


def _line(one: "Listed") -> str:
    parts = [one.id, one.stage.value]
    if one.progress is not None:
        parts.append(f"{one.progress:.0%}")
    if one.attempt:
        parts.append(f"attempt {one.attempt}")
    if one.lease_s is not None:
        stalled = ", STALLED" if one.is_stalled else ""
        parts.append(f"last status {_span(one.status_age_s)} ago{stalled}, lease for {_span(one.lease_s)} more")
    parts.append(f"queued {_span(one.queued_age_s)} ago")
    return " · ".join(parts)


def _span(seconds: float) -> str:
    """A time in its largest unit."""
    whole = max(0, int(seconds))
    unit, length = next((one for one in UNITS if whole >= one[1]), UNITS[-1])
    return f"{whole // length} {unit}"
