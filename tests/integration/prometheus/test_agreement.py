"""The site itself and Prometheus find the same of the same counts: the values of conditions, and whether they hold."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from infra.prometheus.expressions import expression
from infra.prometheus.rules import rules
from infra.prometheus.times import AS_THEY_ARE

from playhead.metrics.metric import Kind, Metric
from playhead.metrics.metrics import Reading, Value
from playhead.monitoring.alerts.conditions import (
    Above,
    Absent,
    Burns,
    Condition,
    Increase,
    Jump,
    Share,
)
from playhead.monitoring.alerts.measure import Measured, Sums, Tallies, measured
from playhead.monitoring.alerts.table import ALERTS, Alert
from playhead.monitoring.sums.count import Count
from playhead.monitoring.sums.reading import Part
from playhead.monitoring.sums.values import Values
from tests.integration.prometheus.breaks import Break, Timeline, breaks, step_of
from tests.support.prometheus import promtool
from tests.support.promtool import input_series

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
MINUTE_S = 60
HOURS = 80
"""Longer than the longest window."""
EVALUATED_H = 5
"""Between two evaluations of the rules that record."""
LOOKS_H = (20, 50, 80)
"""Others are added, so that a condition of each kind holds at one of them."""
TOLERANCE = 1e-6
SEED = 1


class Site:
    """The site's own view of readings, step by step; what is read in the first step was before the first row."""

    def __init__(self, alerts: Sequence[Alert], readings: Sequence[Reading], step_s: int) -> None:
        self._tallies, self._readings, self._step_s = Tallies(alerts), readings, step_s
        self._rows = [
            self._tallies.tally(Part(BEGIN + timedelta(seconds=step_s * (step - 1)), step_s, reading))
            for step, reading in enumerate(readings)
        ]

    def look(self, condition: Condition, step: int) -> Measured:
        """What it finds at the end of a step."""
        now_s = (BEGIN + timedelta(seconds=self._step_s * step)).timestamp()
        sums = Sums(self._tallies, self._rows[1 : step + 1], Values(self._readings[step]), now_s)
        return measured(condition, sums)


def expected(found: Break, at: Timeline) -> Mapping[int, bool]:
    """Whether the condition holds in some steps, of which promtool finds the same."""
    if not found.holds:
        return dict.fromkeys(range(len(found.before), at.mended_at), False)
    return {at.holds_at - 1: False, at.holds_at: True, at.fires_at: True, at.ends_at - 1: True, at.ends_at: False}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_site_finds_what_promtool_finds_of_each_break(alert: Alert) -> None:
    step_s = step_of(alert)
    for found in breaks(alert.condition, step_s):
        at = Timeline(alert, found, step_s)
        site = Site([alert], at.readings, step_s)
        looks = {step: site.look(alert.condition, step) for step in expected(found, at) if step >= 0}
        assert {step: look.holds for step, look in looks.items()} == {
            step: holds for step, holds in expected(found, at).items() if step >= 0
        }, found.name
        if found.holds:
            assert looks[at.fires_at].value == pytest.approx(found.value), found.name


def readings(alerts: Sequence[Alert]) -> list[Reading]:
    """Hours in which everything happens at random, by the minute; in some of them much goes wrong."""
    draw = random.Random(SEED)
    counts = Tallies(alerts).counts
    series = {(one.metric, key): None for one in counts for key in one.metric.keys.values() if one.has(key)}
    gauges = [alert.condition for alert in alerts if isinstance(alert.condition, Above)]
    often: dict[tuple[Metric, str], float] = {}
    pairs = {part.metric: whole.metric for part, whole in _parts(alerts) if part.metric is not whole.metric}
    made: list[Reading] = [{}]
    for minute in range(HOURS * 60):
        if minute % 60 == 0:
            often = {one: draw.choice((0.0, 0.01, 0.3)) for one in series}
        reading: Reading = {}
        for (metric, key), share in often.items():
            if draw.random() < share:
                reading.setdefault(metric.name, {})[key] = _drawn(draw, metric)
        for part, whole in pairs.items():  # a part is never more than its whole
            happened = sum(one for key, one in reading.get(part.name, {}).items() if isinstance(one, float))
            if happened:
                held = reading.setdefault(whole.name, {})
                key = next(iter(held), next(iter(whole.keys.values())))
                before = held.get(key, 0.0)
                assert isinstance(before, float)
                held[key] = happened + before
        for one in gauges:
            reading[one.gauge.name] = {"": one.limit * draw.choice((0.5, 1.5))}
        made.append(reading)
    return made


def _parts(alerts: Sequence[Alert]) -> Iterator[tuple[Count, Count]]:
    """Each count that is a part of another one."""
    for one in alerts:
        match one.condition:
            case Burns(budget=budget):
                yield budget.good, budget.total
            case Share(part=part, whole=whole) | Jump(part=part, whole=whole):
                yield part, whole


def _drawn(draw: random.Random, metric: Metric) -> Value:
    if metric.kind is Kind.COUNTER:
        return float(draw.randint(1, 40))
    buckets = [float(draw.randint(0, 3)) for _ in range(len(metric.edges) + 1)]
    return [*buckets, 0.0]


def without_limits(condition: Condition) -> Iterator[Condition]:
    """The same conditions, which hold wherever they have a value."""
    match condition:
        case Burns():
            for window in condition.windows:
                open_to_all = replace(window, factor=-1e3, people=-1, many=-1)
                yield replace(condition, windows=(open_to_all,))
        case Share():
            yield replace(condition, limit=-1, least=-1)
        case Jump():
            yield replace(condition, times=-1, points=-10, least=-1)
        case Increase() | Above():
            yield replace(condition, limit=-1)
        case Absent():  # which has no value
            return


def test_values_and_verdicts_agree_on_what_happens_at_random(tmp_path: Path) -> None:
    happened = readings(ALERTS)
    site = Site(ALERTS, happened, MINUTE_S)
    trials, verdicts = [], set()
    for hour in looks_of(site):
        step = hour * 60
        for alert in ALERTS:
            for condition in without_limits(alert.condition):
                value, has_one = site.look(condition, step)
                query = f"abs({_written(condition)} - {value}) < bool {TOLERANCE}" if has_one else _written(condition)
                trials.append(_trial(f"({query}) or vector(-1)", hour, 1 if has_one else -1))
            holds = site.look(alert.condition, step).holds
            trials.append(_trial(f"count({_written(alert.condition)}) or vector(0)", hour, int(holds)))
            verdicts.add((type(alert.condition), holds))
    assert {kind for kind, _ in verdicts} == {Burns, Share, Jump, Increase, Above, Absent}
    assert {(kind, True) for kind in (Burns, Share, Increase, Above)} <= verdicts
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": rules(ALERTS)["groups"][:2]}))
    test = {"interval": "1m", "input_series": input_series(happened), "promql_expr_test": trials}
    file = tmp_path / "tests.yml"
    head = {"rule_files": ["rules.yml"], "evaluation_interval": f"{EVALUATED_H}h"}
    file.write_text(json.dumps(head | {"tests": [test]}))
    code, printed = promtool("test", "rules", file)
    assert code == 0, printed


def looks_of(site: Site) -> list[int]:
    """The hours of `LOOKS_H`, and the first one at which a condition of each kind holds."""
    found = set(LOOKS_H)
    for kind in (Burns, Share, Increase, Above):
        conditions = [one.condition for one in ALERTS if isinstance(one.condition, kind)]
        hours = range(EVALUATED_H, HOURS + 1, EVALUATED_H)
        found.add(next(h for h in hours if any(site.look(one, h * 60).holds for one in conditions)))
    return sorted(found)


def _written(condition: Condition) -> str:
    return f"({expression(condition, AS_THEY_ARE)})"


def _trial(query: str, hour: int, value: float) -> dict[str, Any]:
    return {"expr": query, "eval_time": f"{hour}h", "exp_samples": [{"value": value}]}
