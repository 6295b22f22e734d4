"""Prints flags: a table of all, or everything about one."""

from datetime import date
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from playhead.flags.administration.catalogue import REMOVE_BY, SINCE, Entry, day
from playhead.flags.administration.check import ignored
from playhead.flags.administration.description import DEPENDS, describe
from playhead.flags.file.export import Export

COLUMNS = ("flag", "", "rollout", "owner", "age", "remove by")
WIDE = 500
"""Width of the output if it is no terminal: a program that reads the table wants each flag on one line."""


def as_rows(entries: list[Entry], today: date) -> list[dict[str, Any]]:
    """The rows of `flags list --json`."""
    return [
        {
            "name": entry.name,
            "on": entry.on,
            "rollout": int(entry.rollout) if entry.rollout and entry.rollout.isdecimal() else entry.rollout,
            "strategies": entry.strategies,
            "owner": entry.owner,
            "since": entry.since,
            "age_days": entry.age_days(today),
            "remove_by": entry.remove_by,
            "overdue": entry.overdue(today),
        }
        for entry in entries
    ]


def show_table(entries: list[Entry], today: date) -> None:
    console = _console()
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for column in COLUMNS:
        table.add_column(column, no_wrap=not console.is_terminal)
    for entry in entries:
        overdue = entry.overdue(today)
        table.add_row(
            Text(entry.name),
            Text("on", style="green") if entry.on else Text("off", style="red"),
            Text(_rollout(entry)),
            Text(entry.owner or "nobody"),
            Text(_days(entry.age_days(today))),
            Text(f"{entry.remove_by or '?'}{' overdue' if overdue else ''}", style="bold red" if overdue else ""),
        )
    _print(console, table)


def show_flag(flags: Export, name: str, today: date) -> None:
    console = _console()

    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for aspect, sentences in describe(flags, name).items():
        for number, sentence in enumerate(sentences):
            table.add_row(aspect if number == 0 else "", Text(sentence + _remark(flags, aspect, sentence, today)))
    _print(console, Text(name, style="bold"))
    _print(console, table)
    for sentence in ignored(flags, name):
        click.echo(sentence)


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDE
    return console


def _print(console: Console, table: Table | Text) -> None:
    """Print without the spaces that Rich adds at the end of each line."""
    with console.capture() as printed:
        console.print(table)
    for line in printed.get().splitlines():
        click.echo(line.rstrip())


def _rollout(entry: Entry) -> str:
    several = f"{entry.strategies} strategies"
    if entry.rollout is None:
        return several if entry.strategies > 1 else "-"
    return f"{entry.rollout}%, {several}" if entry.strategies > 1 else f"{entry.rollout}%"


def _days(number: int | None) -> str:
    return "?" if number is None else f"{number} day{'' if number == 1 else 's'}"


def _remark(flags: Export, aspect: str, value: str, today: date) -> str:
    """An addition to a value: the parent's state, or the days from a date to today."""
    if aspect == DEPENDS and value in flags.names:
        return f", which is {'on' if flags.is_on(value) else 'off'}"
    when = day(value) if aspect in {SINCE, REMOVE_BY} else None
    if when is None:
        return ""
    left = (when - today).days
    if aspect == SINCE:
        return f", {_days(-left)} ago"
    return f", in {_days(left)}" if left >= 0 else f", overdue by {_days(-left)}"
