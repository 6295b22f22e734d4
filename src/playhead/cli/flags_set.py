"""`playhead flags set`: checks the request, changes the flag, and prints what changed."""

import contextlib
from datetime import UTC, datetime, timedelta

import click

from playhead.errors import ConfigError
from playhead.flags.administration.catalogue import find_slider, gradual
from playhead.flags.administration.description import audience, closed
from playhead.flags.administration.store import Refusal, Store, Unreachable
from playhead.flags.file.export import Export, Strategy

RECENT = timedelta(hours=1)
"""A change is mentioned for this long: a person who looked at the flag earlier than that will look again."""
REVIVE = "Revive it in Unleash's pages (its project, Archived flags), then: playhead flags push"


def change(store: Store, name: str, switch: str | None, percent: int | None) -> None:
    """Turn a flag, move its slider, or both.

    Raises:
        ConfigError: it cannot be done; nothing was changed.
    """
    present = store.read()
    expect(store, present, name)
    if switch != "off":  # which may be urgent
        warn_of_others(store, name)
    slider = expect_slider(present, name) if percent is not None else None
    if switch == "on":
        expect_active(present, name)
    if switch == "off":  # first: it may be urgent
        turn(store, present, name, on=False)
    if slider and percent is not None:
        roll_out(store, slider, percent)
    if switch == "on":  # last: nobody gets it at the share that it had
        turn(store, present, name, on=True)


def warn_of_others(store: Store, name: str) -> None:
    """Print who else changed the flag within the last hour: it may not be as this person saw it."""
    change, now = None, datetime.now(UTC)
    with contextlib.suppress(Refusal, Unreachable):  # a token may do one thing and not the other
        change = store.last_change(name)
    if change and now - change.at < RECENT:
        click.echo(f"{name}: {change.sentence(now)}", err=True)


def expect(store: Store, present: Export, name: str) -> None:
    """Require that the flag exists.

    Raises:
        ConfigError: there is no such flag, or it is archived.
    """
    if name not in present.names:
        if name in store.archived():
            raise ConfigError(f"{name} is archived, and so off for everybody. {REVIVE}")
        raise ConfigError(f"There is no flag {name}; there are: {', '.join(sorted(present.names)) or 'none'}.")


def expect_slider(present: Export, name: str) -> Strategy:
    """The strategy whose slider the command moves.

    Raises:
        ConfigError: the flag has none, or several.
    """
    slider = find_slider(present.strategies(name))
    if slider is None and gradual(present.strategies(name)):
        raise ConfigError(f"{name} has several gradual strategies, and nobody can tell which one is meant.")
    if slider is None:
        raise ConfigError(f"{name} has no gradual strategy, and so no rollout.")
    return slider


def expect_active(present: Export, name: str) -> None:
    """Require a strategy that decides who gets the flag once it is on.

    Raises:
        ConfigError: the flag has no active strategy.
    """
    if present.is_on(name) or present.active(name):
        return
    if present.strategies(name):
        raise ConfigError(
            f"{name} cannot be turned on: all of its strategies are disabled here. Enable one, or bring the file's with"
            " playhead flags push."
        )
    raise ConfigError(
        f"{name} cannot be turned on: it has no strategy here. Bring the file's with playhead flags push --new."
    )


def roll_out(store: Store, slider: Strategy, percent: int) -> None:
    name, before = slider.feature_name, slider.parameters.get("rollout", "")
    if before == str(percent):
        click.echo(f"{name}: rollout {percent}% already")
        return
    store.roll_out(name, percent)
    click.echo(f"{name}: rollout {before}% → {percent}%")


def turn(store: Store, present: Export, name: str, *, on: bool) -> None:
    before, after = _word(present.is_on(name)), _word(on)
    if before == after:
        click.echo(f"{name}: {after} already")
    else:
        store.turn(name, on)
        click.echo(f"{name}: {before} → {after}")
    if on:
        now = store.read()
        if who := audience(now, name):
            click.echo(f"{name}: {who}")
        for why in closed(now, name):
            click.echo(f"Nobody gets it: {why}.")


def _word(on: bool) -> str:
    return "on" if on else "off"
