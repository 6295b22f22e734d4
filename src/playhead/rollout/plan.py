"""The plan of a rollout: its stages, the harms it looks for, and the lines that servers must keep. Read from TOML.

What would break the mathematics is refused here; what is only unwise is found by `check.problems`.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from playhead.errors import ConfigError

Share = Annotated[float, Meta(gt=0, lt=1)]
Percent = Annotated[int, Meta(ge=1, le=100)]
Id = Annotated[str, Meta(pattern=r"^[a-z][a-z_]{0,31}$")]
Seconds = Annotated[float, Meta(gt=0, le=30 * 24 * 3600)]

RATES = (0.05, 0.1, 0.2, 0.4)
"""The rates of harm that the absolute test is prepared for, unless a harm names others: from bad for a few to bad for
nearly every second person. Between two of them, twice apart, it needs a tenth more people than with the exact one."""


class Method(StrEnum):
    """How a harm is tested."""

    ABSOLUTE = "absolute"
    """The rate of streaming people against a budget."""
    RELATIVE = "relative"
    """The rate of streaming people against that of polling people."""


class Action(StrEnum):
    """What a harm or a server's line does at most."""

    ROLL_BACK = "roll_back"
    HOLD = "hold"


class Stage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step of the ladder.

    Args:
        share: of people who stream, in percent.
        bake_s: the least that is watched before the next stage.
        people: the least streaming people with a finished observation before the next stage.
        margin: the most by which streaming people may be worse off than polling people, as a share of them.
    """

    share: Percent
    bake_s: Seconds
    people: Annotated[int, Meta(ge=1, le=1_000_000)]
    margin: Share


class Harm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may happen to a person, and what follows from it.

    Args:
        id: a harm of a watch (CONTRACT.md §9), or `silent`: asked about and never reported.
        tests: how it is tested.
        action: what it does at most.
        budget: the rate that is accepted in streaming people; None: only the relative test has sense.
        weight: its part of the chance of a false alarm. Of harms that only hold it is not used.
        rates: what the absolute test is prepared for; each above the budget.
        odds: the ratio of the rates (streaming ÷ polling) that is accepted.
        gap: the least difference of the observed rates that counts, where people poll.
    """

    id: Id
    tests: Annotated[tuple[Method, ...], Meta(min_length=1)]
    action: Action
    budget: Share | None = None
    weight: Annotated[float, Meta(ge=0, le=1)] = 0.0
    rates: Annotated[tuple[Share, ...], Meta(min_length=1, max_length=16)] = RATES
    odds: Annotated[float, Meta(ge=1, le=100)] = 1.0
    gap: Share = 0.02

    def __post_init__(self) -> None:
        if Method.ABSOLUTE in self.tests and self.budget is None:
            raise ValueError(f"The harm {self.id} is tested against a budget and has none.")
        if self.budget is not None and min(self.rates) <= self.budget:
            raise ValueError(f"Each of the rates of {self.id} must be above its budget {self.budget:g}.")
        if self.action is Action.ROLL_BACK and not self.weight:
            raise ValueError(f"The harm {self.id} rolls back and has no weight.")


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fixed line of the servers, of the worst process of the last minute or two (`monitoring.sums.worst`).

    Args:
        id: of the value.
        line: what it must not be above.
        action: what follows; it rolls back only if the value was below the line before in this stage.
        looks: so many looks (of 10 s) after each other above it.
    """

    id: Id
    line: Annotated[float, Meta(ge=0)]
    action: Action = Action.HOLD
    looks: Annotated[int, Meta(ge=1, le=1000)] = 3


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan.

    Args:
        stages: with growing shares.
        false_alarm: the chance that a rollout in which both arms are equally good is rolled back.
        cap_s: a stage that was watched for so long without proof holds.
    """

    stages: Annotated[tuple[Stage, ...], Meta(min_length=1, max_length=20)]
    harms: Annotated[tuple[Harm, ...], Meta(min_length=1, max_length=50)]
    server: Annotated[tuple[Line, ...], Meta(max_length=50)] = ()
    false_alarm: Share = 0.001
    cap_s: Seconds = 24 * 3600.0

    def __post_init__(self) -> None:
        shares = [stage.share for stage in self.stages]
        if shares != sorted(set(shares)):
            raise ValueError("Each stage must have a greater share than the one before.")
        ids = [harm.id for harm in self.harms] + [line.id for line in self.server]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"Twice in the plan: {', '.join(twice)}.")
        if sum(harm.weight for harm in self.harms if harm.action is Action.ROLL_BACK) > 1 + 1e-9:
            raise ValueError("The weights of the harms that roll back must not be more than 1 together.")


def read(text: str) -> Plan:
    """Read a plan.

    Args:
        text: TOML, as `flags/rollout.toml`.

    Raises:
        ConfigError: it is none.
    """
    try:
        return msgspec.toml.decode(text, type=Plan)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise ConfigError(f"This is no plan of a rollout: {error}") from None


def default_file() -> Path:
    """The delivered plan: beside this module in an installed package, in `flags/` in a checkout."""
    packaged = Path(__file__).with_name("rollout.toml")
    return packaged if packaged.exists() else Path(__file__).parents[3] / "flags" / "rollout.toml"


def default_text() -> str:
    """The delivered plan as TOML."""
    return default_file().read_text()


def default_plan() -> Plan:
    """The delivered plan."""
    return read(default_text())
