"""How long a plan takes to find a harm, and how often it errs: the same rule for many runs of simulated people.

NumPy is imported when it is needed: the web process, which reads plans, must not load it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, log
from typing import TYPE_CHECKING, Any

from playhead.rollout import rule
from playhead.rollout.check import BASE, WINDOW_S, wait_s
from playhead.rollout.counts import SILENT
from playhead.rollout.evidence import Mixture, absolute, relative
from playhead.rollout.plan import Action, Harm, Method, Plan, Stage

if TYPE_CHECKING:
    from numpy.random import Generator

LOOK_S, LATE_LOOK_S, LATE_S, RARE_LOOK_S = 10.0, 60.0, 3600.0, 300.0
"""The actor looks each 10 s. Simulated is one look for each streaming person who comes, every 5 min at least, and every
10 s at most, after an hour every minute: harm is found up to a look later than by the actor."""
LOOKS_AT_ONCE = 180
"""Of all runs, in arrays: some MB for 1,000 runs."""
MATURE_S = 40.0
"""A watch counts when it is so old."""
QUANTILES = (0.5, 0.9, 0.99)
SILENT_BASE = 0.1
"""People who are silent in both arms: who leave at once, or ask not to be measured."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """People who come, as a Poisson process.

    Args:
        traffic: people in five minutes, of both arms.
        stream_rate: the share of streaming people who are harmed; `poll_rate`: of polling people.
    """

    traffic: float
    stream_rate: float
    poll_rate: float


@dataclass(frozen=True, slots=True)
class Found:
    """How a harm is found.

    Args:
        minutes: at the quantiles of `QUANTILES`; infinite: not within the time that a stage may take.
        in_time: the share of runs in which it is found before the stage can end.
    """

    minutes: tuple[float, ...]
    in_time: float


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Of `runs` rollouts without harm, those that were rolled back, and those that were held at some time."""

    runs: int
    rolled_back: int
    held: int


def find(
    plan: Plan,
    stage: Stage,
    harm: Harm,
    traffic: float,
    rate: float,
    *,
    base: float = BASE,
    runs: int = 1000,
    seed: int = 1,
) -> Found:
    """Simulate how long it takes until a harm is rolled back.

    Args:
        traffic: people in five minutes.
        rate: the share of streaming people who are harmed.
        base: of polling people; of a harm with a smaller budget, half of that.
    """
    import numpy as np

    arrivals = Arrivals(traffic, rate, min(_base(harm, base), rate))
    seconds, _ = first_times(plan, stage, harm, arrivals, plan.cap_s, runs, np.random.default_rng(seed))
    minutes = np.quantile(seconds / 60, QUANTILES, method="inverted_cdf")
    in_time = float(np.mean(seconds <= wait_s(stage, traffic)))
    return Found(tuple(map(float, minutes)), in_time)


def false_alarms(plan: Plan, traffic: float, *, base: float = BASE, runs: int = 1000, seed: int = 1) -> FalseAlarms:
    """Simulate rollouts in which both arms are equally good.

    Args:
        base: the rate of each harm in both arms; of those with a smaller budget, half of that.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    is_rolled_back, is_held = np.zeros(runs, bool), np.zeros(runs, bool)
    for stage in plan.stages:
        lasts = min(wait_s(stage, traffic), plan.cap_s)
        for harm in plan.harms:
            rate = _base(harm, base)
            certain, doubted = first_times(plan, stage, harm, Arrivals(traffic, rate, rate), lasts, runs, rng)
            is_rolled_back |= certain < inf
            is_held |= doubted < inf
    return FalseAlarms(runs, int(is_rolled_back.sum()), int(is_held.sum()))


def first_times(
    plan: Plan, stage: Stage, harm: Harm, arrivals: Arrivals, lasts_s: float, runs: int, rng: "Generator"
) -> tuple[Any, Any]:
    """For each run, the seconds until the harm is certain, and until it is doubted; infinite: not within `lasts_s`.

    A run is not followed any further once it is certain or, of a harm that only holds, doubted.
    """
    import numpy as np

    share = stage.share / 100
    streaming, polling = arrivals.traffic * share / WINDOW_S, arrivals.traffic * (1 - share) / WINDOW_S
    rates = np.array([streaming * arrivals.stream_rate, streaming * (1 - arrivals.stream_rate)])
    rates = np.append(rates, [polling * arrivals.poll_rate, polling * (1 - arrivals.poll_rate)])
    certain_at, doubted_at = np.full(runs, inf), np.full(runs, inf)
    alive, held = np.arange(runs), np.zeros((4, 1, runs))
    for times, step_s in _looks(lasts_s, streaming):
        came = rng.poisson((rates * step_s)[:, None, None], (4, len(times), len(alive)))
        counts = held + came.cumsum(axis=1)
        harmed = np.flatnonzero(counts[0, -1])  # without a harmed streaming person no E is above 1
        stream_harmed, stream_well, poll_harmed, poll_well = counts[:, :, harmed]
        seen = (stream_harmed, stream_harmed + stream_well, poll_harmed, poll_harmed + poll_well)
        for first, is_so in (
            (certain_at, certain(plan, stage, harm, *seen)),
            (doubted_at, doubted(stage, harm, *seen)),
        ):
            at = np.where(is_so.any(axis=0), times[is_so.argmax(axis=0)], inf)
            first[alive[harmed]] = np.minimum(first[alive[harmed]], at)
        ends = certain_at if harm.action is Action.ROLL_BACK else doubted_at
        goes_on = ends[alive] == inf
        alive, held = alive[goes_on], counts[:, -1:, goes_on]
        if not len(alive):
            break
    return certain_at, doubted_at


def certain(plan: Plan, stage: Stage, harm: Harm, stream_harmed: Any, stream: Any, poll_harmed: Any, poll: Any) -> Any:
    """`rule.is_certain` for arrays of counts, with a sound sample ratio."""
    import numpy as np

    line = rule.roll_back_line(plan, harm)
    if line is None:
        return np.zeros(np.shape(stream), bool)
    first, second = _logs(stage, harm, stream_harmed, stream, poll_harmed)
    if not rule.has_control(stage):
        return first >= line
    seen = stream_harmed, stream, poll_harmed, poll
    is_certain = first >= line
    if Method.RELATIVE in harm.tests:
        is_certain = ((is_certain & (second >= log(rule.AGREES))) | (second >= line)) & _has_gap(harm, *seen)
        is_certain &= poll >= rule.CONTROL_MIN
    return is_certain & ~_is_common(harm, *seen)


def doubted(stage: Stage, harm: Harm, stream_harmed: Any, stream: Any, poll_harmed: Any, poll: Any) -> Any:
    """`rule.is_doubted` for arrays of counts."""
    import numpy as np

    first, second = _logs(stage, harm, stream_harmed, stream, poll_harmed)
    if Method.RELATIVE not in harm.tests or not rule.has_control(stage):
        return first >= log(rule.HOLD_ALONE)
    both = (first >= log(rule.HOLD)) & (second >= log(rule.HOLD_AGREES))
    is_doubted = (both | (second >= log(rule.HOLD_ALONE))) & _has_gap(harm, stream_harmed, stream, poll_harmed, poll)
    return np.where(poll >= rule.CONTROL_MIN, is_doubted, first >= log(rule.HOLD_ALONE))


def _logs(stage: Stage, harm: Harm, stream_harmed: Any, stream: Any, poll_harmed: Any) -> tuple[Any, Any]:
    """ln E of both tests; -inf where it is not tested so."""
    import numpy as np

    first = second = np.full(np.shape(stream), -inf)
    if Method.ABSOLUTE in harm.tests and harm.budget is not None:
        first = _log(absolute(harm.budget, harm.rates), stream_harmed, stream - stream_harmed)
    if Method.RELATIVE in harm.tests and rule.has_control(stage):
        second = _log(relative(stage.share / 100, harm.odds), stream_harmed, poll_harmed)
    return first, second


def _log(mixture: Mixture, hits: Any, misses: Any) -> Any:
    """`Mixture.log` for arrays."""
    import numpy as np

    exponents = np.array([weight + hit * hits + miss * misses for weight, hit, miss in mixture.terms])
    top = exponents.max(axis=0)
    return top + np.log(np.exp(exponents - top).sum(axis=0))


def _has_gap(harm: Harm, stream_harmed: Any, stream: Any, poll_harmed: Any, poll: Any) -> Any:
    import numpy as np

    return stream_harmed / np.maximum(stream, 1) - poll_harmed / np.maximum(poll, 1) >= harm.gap


def _is_common(harm: Harm, stream_harmed: Any, stream: Any, poll_harmed: Any, poll: Any) -> Any:
    import numpy as np

    if harm.budget is None:
        return np.zeros(np.shape(poll), bool)
    is_alike = stream_harmed * poll < rule.COMMON_RATIO * poll_harmed * stream
    return (poll_harmed >= rule.COMMON_MIN) & (poll_harmed > harm.budget * poll) & is_alike


def _base(harm: Harm, base: float) -> float:
    if harm.id == SILENT:
        return SILENT_BASE
    return base if harm.budget is None else min(base, harm.budget / 2)


def _looks(lasts_s: float, streaming: float) -> Iterator[tuple[Any, float]]:
    """The times of looks in blocks, with the seconds between them; the first is when somebody can count.

    Args:
        streaming: streaming people a second.
    """
    import numpy as np

    begin, each_s = MATURE_S, min(RARE_LOOK_S, 1 / streaming)
    while begin < lasts_s:
        step_s = min(max(LOOK_S if begin < LATE_S else LATE_LOOK_S, each_s), lasts_s - begin)
        looks = min(LOOKS_AT_ONCE, int((lasts_s - begin) / step_s))
        yield begin + step_s * np.arange(1, looks + 1), step_s
        begin += looks * step_s
