"""Whether a plan can show what it promises: a harm of 20 % found in 9 of 10 rollouts, and the margin of each stage."""

from collections.abc import Iterable, Iterator
from math import ceil, expm1, inf, log, log1p, sqrt

from playhead.metrics.catalog import HARMS
from playhead.rollout import rule
from playhead.rollout.counts import SILENT
from playhead.rollout.evidence import CONFIDENCE, Mixture, absolute, relative
from playhead.rollout.plan import Action, Harm, Method, Plan, Stage
from playhead.rollout.sentences import VALUES

PROMISED = 0.2
"""The rate of harm that a stage must find: of every fifth person is what a proxy in front of some offices does."""
BASE = 0.002
"""The rate of polling people's harm that is reckoned with: 99.8 % of people meet none."""
FOUND = 1.2816
"""The normal quantile of 9 in 10."""
WINDOW_S = 300.0
"""Traffic is people in five minutes."""


def problems(plan: Plan, traffic: float | None = None) -> list[str]:
    """What the plan cannot do, and what to change, in sentences.

    Args:
        traffic: people who come in five minutes; None: not known.
    """
    found = [*_unknown("harm", (harm.id for harm in plan.harms), (*HARMS, SILENT))]
    found += _unknown("line of the servers", (line.id for line in plan.server), VALUES)
    if not any(_is_promised(harm) for harm in plan.harms):
        found.append("No harm with a budget rolls back, so nothing can be proven: give one of them that action.")
    if traffic is not None and not 0 < traffic < inf:
        return [*found, "The number of people in five minutes must be above 0."]
    for number, stage in enumerate(plan.stages, start=1):
        name = f"Stage {number} ({stage.share}%)"
        found += [f"{name}{sentence}" for sentence in _of_stage(plan, stage, traffic)]
    return found


def wait_s(stage: Stage, traffic: float) -> float:
    """How long a stage takes at the least: its bake, or until enough people have come, in seconds."""
    return max(stage.bake_s, _seconds(stage, stage.people, traffic))


def people_to_find(plan: Plan, stage: Stage, harm: Harm, rate: float = PROMISED) -> int | None:
    """About how many streaming people it takes to roll a harm back in 9 of 10 rollouts; None: no number does.

    By the normal approximation of the evidence of the best alternative, which errs by some 30 %, mostly upwards.

    Args:
        rate: of streaming people who are harmed.
    """
    line = rule.roll_back_line(plan, harm)
    if line is None:
        return None
    first = second = inf
    if Method.ABSOLUTE in harm.tests and harm.budget is not None:
        steps = [(hit * rate + miss * (1 - rate), hit - miss, weight) for weight, hit, miss in _absolute(harm).terms]
        first = _people(steps, rate, line)
    if Method.RELATIVE in harm.tests and rule.has_control(stage):
        polling = BASE * (100 - stage.share) / stage.share
        terms = relative(stage.share / 100, harm.odds).terms
        steps = [(hit * rate + miss * polling, hit, weight) for weight, hit, miss in terms]
        first, second = max(first, _people(steps, rate, log(rule.AGREES))), _people(steps, rate, line)
    people = min(first, second)
    return None if people == inf else ceil(people)


def people_to_prove(margin: float) -> int:
    """How many people it takes, none of them harmed, to show that at most this share of them is."""
    return ceil(log(1 - CONFIDENCE) / log1p(-margin) * (1 - 1e-12))


def _of_stage(plan: Plan, stage: Stage, traffic: float | None) -> Iterator[str]:
    least = people_to_prove(stage.margin)
    needed = {harm.id: people_to_find(plan, stage, harm) for harm in plan.harms if _is_promised(harm)}
    blind = sorted(harm for harm, people in needed.items() if people is None)
    if blind:
        yield f" cannot roll back {', '.join(blind)}, as nobody polls: test that against a budget as well."
    most, rarest = max(((people, harm) for harm, people in needed.items() if people is not None), default=(0, ""))
    if most > max(least, stage.people):
        yield (
            f": {stage.people} people do not show {rarest} of {PROMISED * 100:g}% in 9 of 10 rollouts; "
            f"set people = {most}{_bake(stage, most, traffic)}."
        )
    if stage.people < least:
        yield (
            f": {stage.people} people cannot show a margin of {stage.margin:g}, even if none is harmed; "
            f"set people = {least}{_bake(stage, least, traffic)}, or margin = {_margin(stage.people):g}."
        )
    polling = stage.people * (100 - stage.share) / stage.share
    if rule.has_control(stage) and polling < rule.CONTROL_MIN:
        enough = ceil(rule.CONTROL_MIN * stage.share / (100 - stage.share))
        yield (
            f": beside {stage.people} streaming people about {polling:.0f} poll, too few to compare with; "
            f"set people = {enough}{_bake(stage, enough, traffic)}, or a smaller share."
        )
    if traffic is not None and (takes := wait_s(stage, traffic)) > plan.cap_s:
        yield (
            f": {stage.people} streaming people take {_time(takes)} at {traffic:g} people in 5 minutes, more than "
            f"the {_time(plan.cap_s)} of cap_s; set a greater share, or cap_s = {ceil(takes)}."
        )


def _bake(stage: Stage, people: int, traffic: float | None) -> str:
    if traffic is None:
        return ""
    return f" (at {traffic:g} people in 5 minutes a bake of {_time(_seconds(stage, people, traffic))})"


def _seconds(stage: Stage, people: int, traffic: float) -> float:
    return people / (traffic * stage.share / 100) * WINDOW_S


def _is_promised(harm: Harm) -> bool:
    return harm.action is Action.ROLL_BACK and harm.budget is not None


def _absolute(harm: Harm) -> Mixture:
    assert harm.budget is not None
    return absolute(harm.budget, harm.rates)


def _people(steps: Iterable[tuple[float, float, float]], rate: float, line: float) -> float:
    """Streaming people until the evidence of the best alternative passes the line in 9 of 10.

    people · mean − FOUND · √(people · variance) = line − weight

    Args:
        steps: of each alternative: the mean by which a person adds to it, what a harmed one adds more than another,
            and its weight, a logarithm.
    """
    best = inf
    for mean, difference, weight in steps:
        if mean > 0:
            spread = FOUND * difference * sqrt(rate * (1 - rate))
            best = min(best, ((spread + sqrt(spread * spread + 4 * mean * (line - weight))) / (2 * mean)) ** 2)
    return best


def _margin(people: int) -> float:
    """The margin that so many people can show, rounded up."""
    return ceil(-1000 * expm1(log(1 - CONFIDENCE) / people)) / 1000


def _unknown(kind: str, ids: Iterable[str], there: Iterable[str]) -> list[str]:
    names = sorted(there)
    return [f"There is no {kind} {one}; there are {', '.join(names)}." for one in ids if one not in names]


def _time(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds < 3 * 3600 else f"{seconds / 3600:.1f} h"
