"""Simulates a deploy: how long people are without a stream, and how long it takes until all are back for good."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infra.load.sizing import PLAN, Costs, Plan, per_process

Spread = Callable[[Sequence[int], int], list[int]]
"""How many of the coming streams each process gets, by the streams that it has."""


def to_the_emptiest(present: Sequence[int], coming: int) -> list[int]:
    """As a load balancer by least connections does."""
    order = sorted(range(len(present)), key=lambda index: present[index])
    level, filled, used = present[order[0]], 1, 0
    while filled < len(order) and used + (present[order[filled]] - level) * filled <= coming:
        used += (present[order[filled]] - level) * filled
        level = present[order[filled]]
        filled += 1
    each, more = divmod(coming - used, filled)
    got = [0] * len(present)
    for place, index in enumerate(order[:filled]):
        got[index] = level + each + (place < more) - present[index]
    return got


def evenly(present: Sequence[int], coming: int) -> list[int]:
    """As a load balancer in turns, or at random, does."""
    each, more = divmod(coming, len(present))
    return [each + (index < more) for index in range(len(present))]


@dataclass(frozen=True, slots=True)
class Deploy:
    """How a deploy went. `moves`: how often a viewer's stream ended, on average; `fullest`: streams of one process."""

    absent_s: float
    whole_s: float
    moves: float
    fullest: int


def deploy(costs: Costs, viewers: int, spread: Spread, at_once: int = 1, plan: Plan = PLAN) -> Deploy:
    """Simulates a deploy in waves: new processes start, as many old ones end, and their viewers come back."""
    processes = math.ceil(viewers / per_process(costs, plan))
    old, new = evenly([0] * processes, viewers), list[int]()
    absent_s = whole_s = 0.0
    moves = fullest = 0
    while old:
        count = min(at_once, len(old))
        coming, old = sum(old[:count]), old[count:]
        present = new + [0] * count + old
        got = spread(present, coming)
        present = [has + gets for has, gets in zip(present, got, strict=True)]
        new, old = present[: len(new) + count], present[len(new) + count :]
        back_s = max(
            plan.drain_spread_s,
            max(got) * costs.open_web_us / 1e6,
            coming * costs.open_redis_us / 1e6,
            coming * costs.open_database_us / 1e6 / plan.cores,
        )
        absent_s, whole_s = max(absent_s, back_s), whole_s + costs.start_s + back_s
        moves, fullest = moves + coming, max(fullest, *present)
    return Deploy(absent_s, whole_s, moves / viewers, fullest)
