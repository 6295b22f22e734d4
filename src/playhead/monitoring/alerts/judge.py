"""Decides what becomes of an alert at a look, in pure functions: inactive, pending, firing, resolved.

As Prometheus does it: a condition without data does not hold; one that holds for `for_s` fires; one that has not held
for `keep_firing_s` is resolved. Where nobody looked for a while, nothing is assumed of that time: what was pending
begins anew, and what was firing goes on until somebody has looked for `keep_firing_s`.
"""

from datetime import datetime, timedelta

from playhead.monitoring.alerts.incidents import AlertState, State
from playhead.monitoring.alerts.measure import Measured
from playhead.monitoring.alerts.table import Alert

GAP = timedelta(minutes=2)
"""Longest time between two looks for which nothing is assumed to have happened unseen: four looks."""
FORGOTTEN = timedelta(hours=1)
"""An alert that no look has known of for so long is watched no more. During a deploy releases take turns, of which one
may not know it."""


def judge(alert: Alert, before: AlertState | None, measured: Measured, moment: datetime) -> AlertState:
    """The state of an alert at a look.

    Args:
        alert: of the table.
        before: its state at the last look that knew it; None: there was none.
        measured: the value of its condition now, and whether it holds.
        moment: the time of the look, by the database's clock.
    """
    is_unseen = before is None or not timedelta() <= moment - before.seen_at <= GAP
    state, since, held_at = (before.state, before.since, before.held_at) if before else (State.INACTIVE, moment, moment)
    if measured.holds or is_unseen:
        held_at = moment
    if state is State.FIRING:
        if not measured.holds and moment - held_at >= timedelta(seconds=alert.keep_firing_s):
            state, since = State.INACTIVE, moment
    elif measured.holds:
        if state is State.INACTIVE or is_unseen:
            state, since = State.PENDING, moment
        if moment - since >= timedelta(seconds=alert.for_s):
            state, since = State.FIRING, moment
    elif state is State.PENDING:
        state, since = State.INACTIVE, moment
    return AlertState(state=state, since=since, value=measured.value, held_at=held_at, seen_at=moment)


def firing_since(begun_at: datetime, moment: datetime) -> AlertState:
    """The state of an alert of which only an open incident is left."""
    return AlertState(state=State.FIRING, since=begun_at, value=None, held_at=moment, seen_at=moment)


def is_forgotten(state: AlertState, moment: datetime) -> bool:
    """Whether nobody has known of this alert for long."""
    return moment - state.seen_at >= FORGOTTEN
