"""Counts and memories for tests of the judge."""

from collections.abc import Mapping

from playhead.rollout.counts import Arm, Counts
from playhead.rollout.plan import Plan, default_plan
from playhead.rollout.verdict import Memory

PLAN = default_plan()
AT_5, AT_10, AT_25, AT_50, AT_100 = range(5)
BAKED = Memory(baked_s=10 * 3600.0)


def arm(people: int, exposed: int | None = None, silent: int = 0, silent_of: int = 0, **harmed: int) -> Arm:
    """People who were all asked about, unless told otherwise."""
    return Arm(
        people=people,
        harmed=harmed,
        exposed=people if exposed is None else exposed,
        silent=silent,
        silent_of=silent_of,
    )


def counts(stream: Arm, poll: Arm, server: Mapping[str, float | None] | None = None) -> Counts:
    return Counts(stream=stream, poll=poll, server=server or {})


def only(plan: Plan, *harms: str) -> Plan:
    """The plan with these harms alone, each with all of the chance that it had with the others."""
    from msgspec.structs import replace

    return replace(plan, harms=tuple(harm for harm in plan.harms if harm.id in harms))
