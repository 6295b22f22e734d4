"""Each rule fires when its condition held for its time, not a step before, and is resolved after it: promtool says so.

The steps are those of `breaks`. Each alert is tried with the rules that it needs alone, in a tenth of the time.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from infra.prometheus.file import text
from infra.prometheus.rules import rules
from infra.prometheus.servers import RULES

from playhead.monitoring.alerts.table import BY_NAME, Alert
from tests.integration.prometheus.breaks import Break, Timeline, breaks, step_of
from tests.support.prometheus import promtool
from tests.support.promtool import input_series

GROUPS = ["playhead-errors", "playhead-errors-of-days", "playhead-alerts"]
"""In this order alerts see what was recorded at the same moment."""


def trial(alert: Alert, found: Break, step_s: int) -> dict[str, Any]:
    """The test of a break."""
    at = Timeline(alert, found, step_s)
    series = [_up(found.job, found, at)] if found.job else input_series(at.readings)
    first, last = (_expected(alert, found.value if value is None else value) for value in (None, found.last))
    firing: dict[int, list[Any]] = {at.fires_at - 1: [], at.fires_at: [first]}
    firing |= {at.resolved_at - 1: [last], at.resolved_at: []}
    active = {at.holds_at - 1: 0, at.holds_at: 1} if found.holds else dict.fromkeys(range(at.mended_at), 0)
    return {
        "name": f"{alert.name}: {found.name}",
        "interval": f"{step_s}s",
        "input_series": series,
        "alert_rule_test": [
            {"eval_time": f"{step * step_s}s", "alertname": alert.name, "exp_alerts": expected}
            for step, expected in firing.items()
            if found.holds
        ],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{alert.name}"}}) or vector(0)',
                "eval_time": f"{step * step_s}s",
                "exp_samples": [{"value": value}],
            }
            for step, value in active.items()
            if step >= 0
        ],
    }


def _up(job: str, found: Break, at: Timeline) -> dict[str, str]:
    away = range(len(found.before), at.mended_at)
    values = ["0" if step in away else "1" for step in range(len(at.readings))]
    return {"series": f'up{{job="{job}", instance="one"}}', "values": " ".join(values)}


def _expected(alert: Alert, value: float) -> dict[str, Any]:
    return {
        "exp_labels": {"severity": alert.severity.value},
        "exp_annotations": {
            "summary": alert.sentence(value),
            "description": f"{alert.people} What to do is in infra/runbooks/{alert.runbook}.md.",
            "runbook_url": f"https://playhead.example.org/runbooks/{alert.runbook}",
        },
    }


def test_committed_rules_are_the_generated_ones_and_are_well_formed() -> None:
    assert RULES.read_text() == text(), "run `python -m infra.prometheus`"
    code, printed = promtool("check", "rules", "--lint-fatal", RULES)
    assert code == 0, printed


@pytest.mark.parametrize("alert", BY_NAME.values(), ids=BY_NAME)
def test_alert_fires_after_its_time_and_is_resolved(alert: Alert, tmp_path: Path) -> None:
    groups = [group for group in rules([alert])["groups"] if group["name"] in GROUPS]
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": groups}))
    step_s = step_of(alert)
    tests = [trial(alert, found, step_s) for found in breaks(alert.condition, step_s)]
    head = {"rule_files": ["rules.yml"], "evaluation_interval": f"{step_s}s", "group_eval_order": GROUPS}
    file = tmp_path / "tests.yml"
    file.write_text(json.dumps(head | {"tests": tests}))
    code, printed = promtool("test", "rules", file)
    assert code == 0, printed
