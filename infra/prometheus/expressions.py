"""Writes the conditions of alerts as PromQL. An expression has one series without labels while its condition holds."""

from functools import singledispatch

from infra.prometheus.times import AS_THEY_ARE, Times
from infra.promql import Queries

from playhead.monitoring.alerts.conditions import (
    Above,
    Absent,
    Burns,
    Condition,
    Increase,
    Jump,
    NotScraped,
    Share,
    Window,
)
from playhead.monitoring.sums.count import Count
from playhead.monitoring.sums.objectives import Budget

AND = "\nand "
SERVICE = "playhead"
_QUERIES = Queries("")
"""Over all instances; each query has its own time."""


def errors(budget: Budget, over: str) -> str:
    """The share of errors of an objective; nothing where nothing is counted, as 0 / 0 would stay in every mean."""
    good, total = (_QUERIES.counted(one, over=over, per_s=True) for one in (budget.good, budget.total))
    return f"1 - {good} / ({total} > 0)"


def record(window_s: int) -> str:
    """The name of the recording rule with the share of errors in a window, whatever the scale."""
    return f"slo:sli_error:ratio_rate{AS_THEY_ARE.text(window_s)}"


def of_budget(budget: Budget) -> dict[str, str]:
    """The labels of what is recorded about an objective; the names are Sloth's, whose dashboards fit then."""
    return {
        "sloth_id": f"{SERVICE}-{budget.id}",
        "sloth_service": SERVICE,
        "sloth_slo": budget.id,
    }


@singledispatch
def expression(condition: Condition, times: Times) -> str:
    """The expression of a condition, whose value is that of the condition.

    Args:
        condition: of an alert.
        times: how its windows are written.
    """
    raise AssertionError(f"no PromQL for {condition}")


@expression.register
def _(condition: Burns, times: Times) -> str:
    return "\nor ".join(f"({_burns(condition, window, times)})" for window in condition.windows)


def _burns(condition: Burns, window: Window, times: Times) -> str:
    of, limit = of_budget(condition.budget)["sloth_id"], f"({window.factor:g} * {condition.budget.errors:.10g})"
    shares = (f'max({record(length)}{{sloth_id="{of}"}}) > {limit}' for length in (window.long_s, window.short_s))
    affected, watched = (_increase(one, window.long_s, times) for one in (condition.affected, condition.watched))
    several = f"{affected} >= {window.people}"
    if window.many <= window.people:
        return AND.join((*shares, several))
    # Nobody counted is none, as it is in the app.
    among = f"({affected} >= {window.many} or {affected} > {condition.part:g} * ({watched} or vector(0)))"
    return AND.join((*shares, several, among))


@expression.register
def _(condition: Share, times: Times) -> str:
    share = _share(condition.part, condition.whole, times.text(condition.over_s))
    return (
        f"{share} > {condition.limit:g}{AND}{_increase(condition.part, condition.over_s, times)} >= {condition.least}"
    )


@expression.register
def _(condition: Jump, times: Times) -> str:
    over = times.text(condition.over_s)
    now = _share(condition.part, condition.whole, over)
    before = f"({_share(condition.part, condition.whole, times.text(condition.before_s), over)})"
    guard = f"{_increase(condition.guard, condition.over_s, times)} >= {condition.least}"
    return AND.join((f"{now} > {condition.times:g} * {before}", f"{now} > {before} + {condition.points:g}", guard))


@expression.register
def _(condition: Increase, times: Times) -> str:
    return f"{_increase(condition.count, condition.over_s, times)} > {condition.limit:g}"


@expression.register
def _(condition: Above, times: Times) -> str:
    return f"{_QUERIES.gauge(condition.gauge)} > {condition.limit:g}"


@expression.register
def _(condition: Absent, times: Times) -> str:
    before = _QUERIES.counted(condition.count, over=times.text(condition.before_s), offset=times.text(condition.over_s))
    return f"{_increase(condition.count, condition.over_s, times)} == 0{AND}{before} > 0"


@expression.register
def _(condition: NotScraped, times: Times) -> str:
    up = f'up{{job="{condition.job}"}}'
    none = f"(count({up} == 1) or vector(0)) == 0"
    if condition.before_s is None:
        return none
    return f"{none}{AND}max(max_over_time({up}[{times.text(condition.before_s)}])) == 1"


def _increase(count: Count, over_s: int, times: Times) -> str:
    return _QUERIES.counted(count, over=times.text(over_s))


def _share(part: Count, whole: Count, over: str, offset: str = "") -> str:
    """1 at most, as in the app: a part may be counted later than its whole."""
    counted = (_QUERIES.counted(one, over=over, offset=offset) for one in (part, whole))
    return "clamp_max({} / ({} > 0), 1)".format(*counted)
