"""The catalog: few series, names as Prometheus wants them, and an edge at what is promised."""

import re
from pathlib import Path

import pytest

from playhead.live.observer import LAG_EDGES
from playhead.metrics.catalog import (
    CATALOG,
    OF_WEB,
    OF_WORKER,
    PAINT_LAG,
    STREAM_ESTABLISH,
    WRITE_LAG,
    requests,
)
from playhead.metrics.metric import Kind, Metric
from playhead.web import create_app
from tests.unit.test_web import settings_in

SERIES_MAX = 2000
"""For a process: Prometheus advises hundreds for most; a server of the smallest size keeps 100,000."""
UNITS = ("seconds", "bytes", "ratio")
NOT_BASE = ("ms", "minutes", "hours", "kb", "mb", "percent")


async def test_series_of_a_process_have_a_bound(tmp_path: Path) -> None:
    rules = {rule.rule for rule in create_app(settings_in(tmp_path)).url_map.iter_rules()}
    assert len(rules) > 30  # else the routes are not there yet
    web = [*OF_WEB, requests(rules)]
    assert sum(metric.series_max for metric in web) < SERIES_MAX
    assert sum(metric.series_max for metric in OF_WORKER) < SERIES_MAX
    assert set(CATALOG) == {*OF_WEB, *OF_WORKER}


@pytest.mark.parametrize("metric", CATALOG, ids=lambda metric: metric.name)
def test_metric_is_named_as_prometheus_advises(metric: Metric) -> None:
    assert re.fullmatch(r"[a-z][a-z_]*[a-z]", metric.name)
    words = metric.name.split("_")
    assert not {"total", "count", "sum", "bucket", "counter", "gauge", "histogram"} & set(words)
    assert not set(NOT_BASE) & set(words)
    assert metric.kind is not Kind.HISTOGRAM or words[-1] in UNITS
    assert metric.text[0].isupper()
    assert not metric.text.endswith(".")
    assert all(re.fullmatch(r"[a-z]+", label) for label in metric.labels)


def test_names_are_of_one_metric_each() -> None:
    assert len({metric.name for metric in CATALOG}) == len(CATALOG)


@pytest.mark.parametrize("metric", [WRITE_LAG, PAINT_LAG, STREAM_ESTABLISH])
def test_lags_have_an_edge_at_what_is_promised(metric: Metric) -> None:
    assert 0.1 in metric.edges
    assert list(LAG_EDGES) == sorted(LAG_EDGES)
