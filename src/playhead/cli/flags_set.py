"""`playhead flags set`: what is refused before anything changes, the change, and what is said of it."""

import click

from playhead.errors import ConfigError
from playhead.flags.catalogue import find_slider, gradual
from playhead.flags.export import Export, Strategy
from playhead.flags.store import Store
from playhead.flags.words import audience, closed


def change(store: Store, name: str, switch: str | None, percent: int | None) -> None:
    """
    Raises:
        ConfigError: it cannot be done; nothing was changed.
    """
    present = store.read()
    expect(present, name)
    slider = expect_slider(present, name) if percent is not None else None
    if switch == "on":
        expect_active(present, name)
    if switch == "off":  # first: it may be urgent
        turn(store, present, name, on=False)
    if slider and percent is not None:
        roll_out(store, slider, percent)
    if switch == "on":  # last: nobody gets it at the share that it had
        turn(store, present, name, on=True)


def expect(present: Export, name: str) -> None:
    """
    Raises:
        ConfigError: there is no such flag.
    """
    if name not in present.names:
        raise ConfigError(f"There is no flag {name}; there are: {', '.join(sorted(present.names)) or 'none'}.")


def expect_slider(present: Export, name: str) -> Strategy:
    """
    Raises:
        ConfigError: there is none, or nobody can tell which one.
    """
    slider = find_slider(present.strategies(name))
    if slider is None and gradual(present.strategies(name)):
        raise ConfigError(f"{name} has several gradual strategies, and nobody can tell which one is meant.")
    if slider is None:
        raise ConfigError(f"{name} has no gradual strategy, and so no rollout.")
    return slider


def expect_active(present: Export, name: str) -> None:
    """
    Raises:
        ConfigError: somebody would have to guess who gets the flag once it is on.
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
        click.echo(f"{name}: rollout {percent} % already")
        return
    store.roll_out(name, percent)
    click.echo(f"{name}: rollout {before} % → {percent} %")


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
