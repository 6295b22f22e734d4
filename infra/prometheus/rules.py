"""The rules of Prometheus: what is recorded about objectives, and the alerts of the table."""

from collections.abc import Iterator, Sequence
from typing import Any

from infra.prometheus.expressions import errors, expression, of_budget, record
from infra.prometheus.times import AS_THEY_ARE, Times

from playhead.monitoring.alerts.conditions import Burns
from playhead.monitoring.alerts.table import ALERTS, SCRAPES, Alert, Unit
from playhead.monitoring.sums.objectives import Budget

SITE = "https://playhead.example.org"
"""The address of a site, which serves its runbooks."""
FIVE_MINUTES_S, DAY_S = 300, 86_400
PERIOD_S = 30 * DAY_S
"""Of the budgets."""
SLOWLY = "1m"
"""How often windows of a day and more are evaluated: such a rule reads as many samples as all others together."""
VALUES = {
    Unit.PERCENT: "{{ $value | humanizePercentage }}",
    Unit.SECONDS: '{{ $value | printf "%.0f" }} s',
    Unit.COUNT: '{{ $value | printf "%.0f" }}',
}
"""How Prometheus writes the value of an alert."""

Rule = dict[str, Any]


def rules(
    alerts: Sequence[Alert] = (*ALERTS, *SCRAPES), *, site: str = SITE, times: Times = AS_THEY_ARE
) -> dict[str, list[Rule]]:
    """The document of the rules.

    Args:
        alerts: those that Prometheus evaluates, with what they need to be recorded.
        site: the address of the site, for links to runbooks.
        times: how windows and `for` are written.
    """
    burns = [one.condition for one in alerts if isinstance(one.condition, Burns)]
    budgets = list(dict.fromkeys(one.budget for one in burns))
    windows = sorted({length for one in burns for window in one.windows for length in (window.short_s, window.long_s)})
    short, long = ([one for one in windows if (one >= DAY_S) is is_long] for is_long in (False, True))
    slowly = {"interval": SLOWLY} if times == AS_THEY_ARE else {}
    groups: list[dict[str, Any]] = [
        {"name": "playhead-errors", "rules": [*_recorded(budgets, short, times)]},
        {"name": "playhead-errors-of-days"} | slowly | {"rules": [*_recorded(budgets, long, times)]},
        {"name": "playhead-budgets"} | slowly | {"rules": [*_over_a_month(budgets, times)]},
        {"name": "playhead-alerts", "rules": [_alert(one, site, times) for one in alerts]},
    ]
    return {"groups": [group for group in groups if group["rules"]]}


def _recorded(budgets: Sequence[Budget], windows: Sequence[int], times: Times) -> Iterator[Rule]:
    for budget in budgets:
        for window in windows:
            labels = of_budget(budget) | {"sloth_window": AS_THEY_ARE.text(window)}
            yield {"record": record(window), "expr": errors(budget, times.text(window)), "labels": labels}


def _over_a_month(budgets: Sequence[Budget], times: Times) -> Iterator[Rule]:
    """What dashboards for Sloth read beside the shares of errors."""
    for budget in budgets:
        labels = of_budget(budget)
        of = f'{{sloth_id="{labels["sloth_id"]}"}}'
        recorded = f"{record(FIVE_MINUTES_S)}{of}[{times.text(PERIOD_S)}]"
        mean = f"sum_over_time({recorded}) / ignoring(sloth_window) count_over_time({recorded})"
        of_budgets = f"on(sloth_id, sloth_slo, sloth_service) group_left() slo:error_budget:ratio{of}"
        yield {
            "record": record(PERIOD_S),
            "expr": mean,
            "labels": labels | {"sloth_window": AS_THEY_ARE.text(PERIOD_S)},
        }
        for name, value in {
            "slo:objective:ratio": f"vector({budget.objective:.10g})",
            "slo:error_budget:ratio": f"vector({budget.errors:.10g})",
            "slo:time_period:days": f"vector({PERIOD_S // DAY_S})",
            "slo:current_burn_rate:ratio": f"{record(FIVE_MINUTES_S)}{of} / {of_budgets}",
            "slo:period_burn_rate:ratio": f"{record(PERIOD_S)}{of} / {of_budgets}",
            "slo:period_error_budget_remaining:ratio": f"1 - slo:period_burn_rate:ratio{of}",
        }.items():
            yield {"record": name, "expr": value, "labels": labels}
        info = {"sloth_mode": "playhead", "sloth_objective": f"{budget.objective * 100:g}"}
        yield {"record": "sloth_slo_info", "expr": "vector(1)", "labels": labels | info}


def _alert(alert: Alert, site: str, times: Times) -> Rule:
    keep_firing = {"keep_firing_for": times.text(alert.keep_firing_s)} if alert.keep_firing_s else {}
    return {
        "alert": alert.name,
        "expr": expression(alert.condition, times),
        "for": times.text(alert.for_s),
        **keep_firing,
        "labels": {"severity": alert.severity.value},
        "annotations": {
            "summary": alert.summary.format(value=VALUES[alert.unit]),
            "description": f"{alert.people} What to do is in infra/runbooks/{alert.runbook}.md.",
            "runbook_url": f"{site}/runbooks/{alert.runbook}",
        },
    }
