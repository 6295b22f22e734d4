"""A week of few people calls nobody by Prometheus: the pages' conditions never hold, not even for a moment."""

import json
from dataclasses import replace
from pathlib import Path

from infra.prometheus.rules import rules

from playhead.monitoring.alerts.conditions import Above, NotScraped
from playhead.monitoring.alerts.table import ALERTS, Severity
from tests.support.prometheus import promtool
from tests.support.promtool import input_series
from tests.support.traffic import HOUR, Traffic, as_promised, rounds, unlucky, visit

STEP_MIN = 30
"""Minutes between two evaluations, of which each costs 10 ms. An alert fires at once here, without its `for`. The site
itself looks at each minute of many weeks (tests/unit/monitoring/alerts), and finds what Prometheus finds."""
PER_HOUR = 5
"""People. With so few the share of one is large."""
FAILED = 0.002
"""The share of the rounds of a canary that fail by chance."""
PAGES = [
    replace(one, for_s=0, keep_firing_s=0)
    for one in ALERTS
    if one.severity is Severity.PAGE and not isinstance(one.condition, Above | NotScraped)
]


def week() -> Traffic:
    """A week of a site that keeps its promises, and one person whose network is bad for five hours."""
    traffic = Traffic(seed=1, weeks=1)
    for begin, minutes, person in visit(traffic, PER_HOUR):
        traffic.watch(begin, minutes, as_promised(traffic), person)
    unlucky(traffic, begin=60 * HOUR, hours=5, sessions=4)
    rounds(traffic, lambda _, __: traffic.random.random() < FAILED)
    return traffic


def test_week_of_few_people_pages_nobody(tmp_path: Path) -> None:
    traffic = week()
    groups = [group for group in rules(PAGES)["groups"] if group["name"] != "playhead-budgets"]
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": groups}))
    evaluated = f"{traffic.minutes // STEP_MIN * STEP_MIN}m"
    none = {"expr": 'count_over_time(ALERTS{severity="page"}[8d])', "eval_time": evaluated, "exp_samples": []}
    seen = 'count(count_over_time(slo:sli_error:ratio_rate1h{sloth_slo="fresh"}[8d])) '
    some = {"expr": seen, "eval_time": evaluated, "exp_samples": [{"value": 1}]}
    test = {"interval": "1m", "input_series": input_series(traffic.readings()), "promql_expr_test": [none, some]}
    file = tmp_path / "tests.yml"
    head = {"rule_files": ["rules.yml"], "evaluation_interval": f"{STEP_MIN}m"}
    file.write_text(json.dumps(head | {"tests": [test]}))
    code, printed = promtool("test", "rules", file)
    assert code == 0, printed
