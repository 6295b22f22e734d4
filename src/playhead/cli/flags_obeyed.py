"""Checks whether a change of flags is in force in the running processes, by the reports that they keep in Redis."""

import os
import time
from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING

import click

from playhead.cli.flags_database import locations
from playhead.config import Settings

if TYPE_CHECKING:
    from playhead.flags.administration.store import Store
    from playhead.flags.answers.report import Report

PATIENCE_S = 6.0
"""How long to wait: a change is obeyed within 2 s on a busy machine, and the report of a killed process expires after
5 s."""
GLANCE_S = 2.0
"""How long to wait if this command changed nothing, no process runs, or those that do not obey report why."""
LOOK_S = 0.1
NOT_OBEYED = 1

Obeys = Callable[["Report"], bool]


class Expect(Enum):
    """What a command expects of the processes."""

    NOTHING = auto()
    """The command changed nothing: the processes, if any, obey already."""
    OBEDIENCE = auto()
    """All running processes obey; there may be none."""
    SOMEBODY = auto()
    """At least one process runs, and all obey: the command was given to change what they do."""


def report(store: "Store", names: set[str], expect: Expect) -> None:
    """Print whether all processes have these flags as the store has them; exit with code 1 if not."""
    from playhead.flags.answers.fingerprint import fingerprints
    from playhead.flags.answers.names import Flag
    from playhead.flags.file.export import client_document

    if (url := _redis(locations())) is None:
        _not_asked(expect)
        return
    found = fingerprints(client_document(store.read()))
    wanted = {name: found.get(name, "") for name in names & set(Flag)}
    _report(url, lambda one: one.obeys(wanted, store.kind), expect, source=store.kind)


def report_emergency(is_off: bool) -> None:
    """Print whether all processes have this state of the emergency switch; exit with code 1 if not."""
    if (url := _redis(locations())) is None:
        _not_asked(Expect.SOMEBODY)
        return
    _report(url, lambda one: one.emergency is is_off, Expect.SOMEBODY)


def _report(url: str, obeys: Obeys, expect: Expect, source: str = "") -> None:
    from playhead.flags.answers.report import decode
    from playhead.instances import announced

    began, ever = time.monotonic(), 0
    while True:
        try:
            reports = {key: decode(document) for key, document in announced(url).items()}
        except OSError as error:
            raise _disobeyed(f"It is not known whether the processes obey: Redis cannot be asked ({error}).") from None
        ever = max(ever, len(reports))
        missing = [one for one in reports.values() if one is None or not obeys(one)]
        passed_s = time.monotonic() - began
        hopeless = all(one is None or one.trouble or (source and one.source != source) for one in missing)
        if (reports and not missing) or passed_s > (GLANCE_S if expect is Expect.NOTHING or hopeless else PATIENCE_S):
            break
        time.sleep(LOOK_S)
    if reports:
        after = "" if expect is Expect.NOTHING else f" after {passed_s:.1f} s"
        click.echo(f"Obeyed by {len(reports) - len(missing)} of {len(reports)} processes{after}.", err=True)
    if source and any(one is not None and one.emergency for one in reports.values()):
        click.echo("There is an emergency: nobody streams until playhead flags emergency lift", err=True)
    if ever > len(reports):
        click.echo(f"{ever - len(reports)} more ended meanwhile, or hang.", err=True)
    if missing:
        raise _disobeyed("\n".join(f"Not by {_why(one, source)}" for one in missing))
    if not reports:
        nobody = "No web process says in Redis that it runs, so nobody was asked."
        if expect is Expect.SOMEBODY:
            raise _disobeyed(f"{nobody} If some do run, REDIS_URL must be that of theirs.")
        click.echo(nobody, err=True)


def _why(one: "Report | None", source: str) -> str:
    if one is None:
        return "a process of another release, which says something else."
    if source and one.source != source:
        return f"{one.instance}: its flags come from {_named(one.source)}, not from {_named(source)}."
    age = "never" if one.age_s is None else f"{one.age_s:.0f} s ago"
    return f"{one.instance}: {one.trouble or 'it says of no trouble'}; its flags were last confirmed {age}."


def _named(source: str) -> str:
    from playhead.flags.answers.source import UNLEASH

    return source if source == UNLEASH else f"the {source}"


def _disobeyed(why: str) -> SystemExit:
    click.echo(why, err=True)
    click.echo("To stop all streams whatever the flags say: playhead flags emergency off", err=True)
    return SystemExit(NOT_OBEYED)


def _not_asked(expect: Expect) -> None:
    if expect is not Expect.NOTHING:
        why = "REDIS_URL is not set, and no playhead up runs on DATA_DIR"
        click.echo(f"The processes were not asked whether they obey: {why}.", err=True)


def _redis(settings: Settings) -> str | None:
    """The URL of the processes' Redis: from the settings, or that of a running `playhead up`; None if neither is."""
    if os.environ.get("REDIS_URL") or settings.status_redis_url:
        return settings.status_redis
    if not (settings.data / "valkey" / "valkey.conf").exists():
        return None
    from playhead.up import valkey

    embedded = valkey.running(settings.data / "valkey")
    return embedded.url if embedded else None
