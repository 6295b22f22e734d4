"""The rule: how much evidence of one harm is a doubt, and how much is certain enough to roll back.

Certain is either: both tests (the absolute one at its line, the relative one agrees), or the relative one alone at its
line; and polling people must be seen to be better off, by the harm's `gap`. The lines share out the plan's
`false_alarm` over harms by weight, over stages and over these two ways, so the sum of all chances is that of the
rollout. It holds as long as both arms are equally good and within the budgets. A stage whose evidence begins anew has
its part of the chance again.

In simulation none of 30,000 rollouts of the delivered plan was rolled back where 0.2, 1 or 2 % of both arms are harmed,
and 1.6 to 5.3 % were held for some time: `playhead rollout simulate --people 100 --base 2 --runs 10000`.
"""

from math import log

from playhead.rollout.counts import Counts
from playhead.rollout.evidence import absolute, relative
from playhead.rollout.plan import Action, Harm, Method, Plan, Stage
from playhead.rollout.verdict import HarmEvidence

HOLD, HOLD_AGREES, HOLD_ALONE = 20.0, 5.0, 100.0
"""A doubt: E of the absolute test and of the relative one, or of one alone. In simulation 0.1 to 2 % of rollouts
without harm are held so, and with 20 % harm the share stops growing in about half of the time that certainty takes."""
AGREES = 100.0
"""E of the relative test that confirms the absolute one. It is no part of the chance of a false alarm while rates are
within the budgets, and where they are above it keeps a false one to 1 in 100."""
CALM = 5.0
"""A doubt has gone when E has fallen below: a quarter of what began it, so that it does not come and go."""
CALM_PEOPLE = 20
"""Streaming people who must come until a hold ends: of a harm of 20 %, one of them has it in 99 of 100 cases."""
SAMPLE = 1000.0
"""E of the sample ratio at which the comparison is not believed."""
CONTROL_MIN = 30
"""Polling people below which there is nothing to compare with. Of a fault in both arms that meets every third, fewer
than `COMMON_MIN` of 30 have it in 1 of 4,000 cases; of 20, in 1 of 130. It delays no roll-back: harm takes longer."""
COMMON_MIN = 2
"""Harmed polling people: one alone is above a budget of 2 % until 50 have been seen."""
COMMON_RATIO = 6.0
"""Streaming people who are harmed so many times as often have more than what both arms have. Of a fault that meets 30 %
of both arms, 1 in 4,000 simulated stages is rolled back so (with 4: 1 in 2,000). Without a ratio, a site whose polling
people are just above a budget would never roll back."""
WAYS = 2
"""In which a harm can be certain."""


def weigh(plan: Plan, stage: Stage, harm: Harm, counts: Counts) -> HarmEvidence:
    """The evidence of one harm in a stage."""
    harmed, people = counts.stream.of(harm.id)
    poll_harmed, poll_people = counts.poll.of(harm.id)
    log_absolute = log_relative = None
    if Method.ABSOLUTE in harm.tests and harm.budget is not None:
        log_absolute = absolute(harm.budget, harm.rates).log(harmed, people - harmed)
    if Method.RELATIVE in harm.tests and has_control(stage) and poll_people >= CONTROL_MIN:
        log_relative = relative(stage.share / 100, harm.odds).log(harmed, poll_harmed)
    is_common = (
        harm.budget is not None
        and has_control(stage)
        and poll_harmed >= COMMON_MIN
        and poll_harmed > harm.budget * poll_people
        and harmed * poll_people < COMMON_RATIO * poll_harmed * people
    )
    is_alone = len(harm.tests) == 1 or not has_control(stage)
    return HarmEvidence(
        id=harm.id,
        stream_harmed=harmed,
        stream_people=people,
        poll_harmed=poll_harmed,
        poll_people=poll_people,
        log_absolute=log_absolute,
        log_relative=log_relative,
        hold_line=log(HOLD_ALONE if is_alone else HOLD),
        roll_back_line=roll_back_line(plan, harm),
        is_common=is_common,
    )


def has_control(stage: Stage) -> bool:
    """Whether somebody polls in this stage."""
    return stage.share < 100


def roll_back_line(plan: Plan, harm: Harm) -> float | None:
    """ln E from which a harm is certain; None: it only holds."""
    if harm.action is not Action.ROLL_BACK:
        return None
    return log(WAYS * len(plan.stages) / (plan.false_alarm * harm.weight))


def is_certain(stage: Stage, harm: Harm, one: HarmEvidence, *, is_sound: bool) -> bool:
    """Whether there is enough evidence to roll back.

    Args:
        is_sound: whether the sample ratio is as the slider has it. If not, the relative test may only agree.
    """
    line, first, second = one.roll_back_line, one.log_absolute, one.log_relative
    if line is None or one.is_common:
        return False
    if second is None:  # nobody polls, or polling does not matter; or too few people poll, and that decides nothing
        is_alone = Method.RELATIVE not in harm.tests or not has_control(stage)
        return is_alone and first is not None and first >= line
    both = first is not None and first >= line and second >= log(AGREES)
    return (both or (is_sound and second >= line)) and _has_gap(harm, one)


def is_doubted(harm: Harm, one: HarmEvidence) -> bool:
    """Whether there is enough evidence to hold."""
    first, second = one.log_absolute, one.log_relative
    if second is None:
        return first is not None and first >= log(HOLD_ALONE)
    agree = first is not None and first >= log(HOLD) and second >= log(HOLD_AGREES)
    return (agree or second >= log(HOLD_ALONE)) and _has_gap(harm, one)


def is_common(one: HarmEvidence) -> bool:
    """Whether streaming people are harmed beyond the budget, and polling people as well."""
    return one.is_common and one.log_absolute is not None and one.log_absolute >= log(HOLD)


def is_calm(one: HarmEvidence) -> bool:
    """Whether a doubt has gone."""
    log_evidence = one.log_relative if one.log_relative is not None else one.log_absolute
    return log_evidence is None or log_evidence < log(CALM)


def excess(stage: Stage, harm: Harm, one: HarmEvidence) -> float | None:
    """By how much streaming people may be worse off, at 95 %; None: not asked for before the next stage.

    It is above the rate of polling people or, where nobody polls, above the budget.
    """
    if harm.action is not Action.ROLL_BACK or harm.budget is None:
        return None
    return one.upper - (one.poll_rate if has_control(stage) else harm.budget)


def _has_gap(harm: Harm, one: HarmEvidence) -> bool:
    return one.stream_rate - one.poll_rate >= harm.gap
