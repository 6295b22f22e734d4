"""`playhead rollout`: check a plan, and see beforehand how long it takes to find harm with one's own traffic."""

from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from playhead.errors import ConfigError

if TYPE_CHECKING:
    from playhead.rollout.plan import Harm, Plan, Stage

WRONG = 2
"""Exit code; the package's docstring lists them all."""
RATES = (0.2, 0.1, 0.05)
"""The harms that are simulated: of every fifth, tenth and twentieth streaming person."""
PEOPLE_MIN, PEOPLE_MAX = 0.01, 1_000_000.0
"""In five minutes: from three a day."""


class Number(click.FloatRange):
    """A range that refuses `nan`, which is in every range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        return self.fail(f"{value} is not a number.", param, ctx) if isnan(number) else number


@dataclass(frozen=True, slots=True)
class _Sample:
    """What is simulated. `people`: in five minutes; `base`: the share of polling people who are harmed."""

    people: float
    base: float
    runs: int
    seed: int


PEOPLE = Number(PEOPLE_MIN, PEOPLE_MAX)
FILE = click.argument("file", required=False, type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))


@click.group()
def rollout() -> None:
    """Roll streams out by a plan that watches itself: compared with polling, in stages, a dry run unless you say --act.

    The rollout is kept in the database of the processes: DATABASE_URL, or the one in DATA_DIR. The slider is where
    their flags are; on an Unleash server that needs UNLEASH_URL, UNLEASH_ENVIRONMENT and UNLEASH_ADMIN_TOKEN, as for
    `playhead flags`. Web processes watch; the commands work without any.
    """


@rollout.command()
@FILE
@click.option("--people", type=PEOPLE, help="People who come in 5 minutes.")
def check(file: Path | None, people: float | None) -> None:
    """Can the plan in FILE show what it promises? Without it: the plan as delivered.

    Prints what is wrong and what to change, a line each, and ends with exit code 2 then. With --people also how long
    each stage takes.
    """
    from playhead.rollout.check import problems, wait_s

    plan = _plan(file)
    wrong = problems(plan, people)
    for problem in wrong:
        click.echo(problem)
    if wrong:
        raise SystemExit(WRONG)
    for number, stage in enumerate(plan.stages, start=1) if people else ():
        click.echo(f"Stage {number} ({stage.share}%): {_time(wait_s(stage, people or 0) / 60)} at the least.")
    click.echo(f"{len(plan.stages)} stages, {len(plan.harms)} harms, all in order.")


@rollout.command()
@FILE
@click.option("--people", type=PEOPLE, required=True, help="People who come in 5 minutes, in both arms.")
@click.option("--share", type=click.IntRange(1, 100), help="A share of the plan, in percent; else all of them.")
@click.option("--harm", "harm_id", default="mute", show_default=True, help="A harm of the plan that rolls back.")
@click.option(
    "--base", type=Number(0, 50), default=0.2, show_default=True, help="Polling people with a harm, in percent."
)
@click.option("--runs", type=click.IntRange(100, 100_000), default=1000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
def simulate(
    file: Path | None, people: float, share: int | None, harm_id: str, base: float, runs: int, seed: int
) -> None:
    """How long does it take until harm is found, and how often is there a false alarm?

    Simulates people by the plan in FILE. Without it: the plan as delivered. A harm of 20% happens to every fifth
    streaming person. Of harms with a budget below twice the --base, half the budget is taken.
    """
    plan = _plan(file)
    harm = _harm(plan, harm_id)
    sample = _Sample(people, base / 100, runs, seed)
    _simulate_harm(plan, _stages(plan, share), harm, sample)
    _simulate_quality(plan, sample)


def _simulate_harm(plan: "Plan", stages: "list[Stage]", harm: "Harm", sample: _Sample) -> None:
    from playhead.rollout.check import wait_s
    from playhead.rollout.sentences import HARMED
    from playhead.rollout.simulate import find

    people = sample.people
    click.echo(
        f"{harm.id}: users who {HARMED.get(harm.id, harm.id)}. {people:g} people in 5 minutes, {sample.runs:,} runs."
    )
    row = "{:>6} {:>8} {:>12} {:>12} {:>12} {:>16}"
    click.echo(row.format("share", "harmed", "half within", "90% within", "99% within", "in stage's time"))
    for stage in stages:
        for rate in RATES:
            found = find(plan, stage, harm, people, rate, base=sample.base, runs=sample.runs, seed=sample.seed)
            times = [_time(minutes) if minutes * 60 <= plan.cap_s else _never(plan) for minutes in found.minutes]
            click.echo(row.format(f"{stage.share}%", f"{rate:.0%}", *times, f"{found.in_time:.0%}"))
        lasts_s = wait_s(stage, people)
        why = "its bake" if lasts_s == stage.bake_s else f"for {stage.people} streaming people to come"
        ends = (
            f"ends after {_time(lasts_s / 60)} at the least"
            if lasts_s <= plan.cap_s
            else f"holds, as {_time(lasts_s / 60)} are over its cap"
        )
        click.echo(f"       This stage {ends}: {why}.")


def _simulate_quality(plan: "Plan", sample: _Sample) -> None:
    from playhead.rollout.simulate import false_alarms

    alarms = false_alarms(plan, sample.people, base=sample.base, runs=sample.runs, seed=sample.seed)
    click.echo(
        f"Where streaming does no harm, {alarms.rolled_back} of {sample.runs:,} rollouts of all stages were rolled "
        f"back (the plan accepts 1 in {1 / plan.false_alarm:,.0f}), and {alarms.held} held for some time."
    )


def plan_text(file: Path | None) -> str:
    """The plan in a file, or as delivered. Raises ConfigError: the file cannot be read."""
    from playhead.rollout.plan import default_text

    if file is None:
        return default_text()
    try:
        with click.open_file(str(file), encoding="utf-8") as opened:
            text: str = opened.read()
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file} is no plan of a rollout: it is not text.") from None
    return text


def _plan(file: Path | None) -> "Plan":
    from playhead.rollout.plan import read

    return read(plan_text(file))


def _harm(plan: "Plan", harm_id: str) -> "Harm":
    there = {harm.id: harm for harm in plan.harms if harm.weight}
    if harm_id not in there:
        raise ConfigError(f"{harm_id} is no harm that rolls back in this plan: {', '.join(sorted(there))}.")
    return there[harm_id]


def _stages(plan: "Plan", share: int | None) -> "list[Stage]":
    stages = [stage for stage in plan.stages if share in (None, stage.share)]
    if not stages:
        shares = ", ".join(str(stage.share) for stage in plan.stages)
        raise ConfigError(f"The plan has no stage of {share}%, only of {shares}.")
    return stages


def _time(minutes: float) -> str:
    return f"{minutes:.1f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _never(plan: "Plan") -> str:
    return f"not in {plan.cap_s / 3600:g} h"
