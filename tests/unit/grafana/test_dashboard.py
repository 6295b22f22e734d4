"""The dashboard for Grafana: the committed file is the generated one, and names only what the catalog has."""

import json
import re
from pathlib import Path

import pytest
from infra.grafana.__main__ import FILE, text
from infra.grafana.dashboard import dashboard, queries
from infra.grafana.numbers import REQUESTS
from infra.grafana.panels import WIDTH
from infra.grafana.promql import below, count, gauge, quantile, total

from playhead.metrics.catalog import CATALOG, FEEDBACK, HARMED, PAINT_LAG, QUEUE_DEPTH, SHOWN_HARMS, SHOWN_LAGS
from playhead.metrics.metric import Kind, Metric

SUFFIXES = {Kind.COUNTER: ("_total",), Kind.GAUGE: ("",), Kind.HISTOGRAM: ("_bucket", "_count", "_sum")}
SAMPLES: dict[str, Metric] = {
    metric.full_name + suffix: metric for metric in (*CATALOG, REQUESTS) for suffix in SUFFIXES[metric.kind]
}
SELECTOR = re.compile(r"(playhead_\w+)\{([^}]*)\}")
OF_PROMETHEUS = {"instance", "le"}
"""Labels that Prometheus and its client add."""


def test_committed_file_is_the_generated_one() -> None:
    assert FILE.read_text() == text(), "run `python -m infra.grafana`"


@pytest.mark.parametrize("query", sorted(set(queries(dashboard()))))
def test_query_names_what_the_catalog_has(query: str) -> None:
    selectors = SELECTOR.findall(query)
    assert len(selectors) == len(re.findall(r"playhead_\w+", query))
    labels: set[str] = set()
    for name, matchers in selectors:
        labels |= SAMPLES[name].labels.keys()
        for label, value in re.findall(r'(\w+)="([^"]*)"', matchers):
            edges = [str(edge) for edge in SAMPLES[name].edges]
            assert value in (edges if label == "le" else SAMPLES[name].labels[label])
    for listed in re.findall(r"by \(([^)]*)\)", query):
        assert set(listed.split(", ")) <= labels | OF_PROMETHEUS
    assert 'instance=~"$instance"' in query


@pytest.mark.parametrize(("metric", "shown"), [(PAINT_LAG, SHOWN_LAGS), (HARMED, SHOWN_HARMS)])
def test_query_is_of_what_the_page_of_health_shows(metric: Metric, shown: dict[str, str]) -> None:
    found = [
        matchers
        for query in queries(dashboard())
        for name, matchers in SELECTOR.findall(query)
        if metric.full_name in name
    ]
    assert found
    for matchers in found:
        assert shown.items() <= dict(re.findall(r'(\w+)="([^"]*)"', matchers)).items()


def test_variables_choose_the_data_source_and_the_instance() -> None:
    source, instance = dashboard()["templating"]["list"]
    assert (source["type"], instance["type"]) == ("datasource", "query")
    (name,) = re.findall(r"label_values\((\w+), instance\)", instance["query"]["query"])
    assert name in SAMPLES
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            assert target["datasource"]["uid"] == "${datasource}"


def test_panels_have_places_and_ids_of_their_own() -> None:
    panels = dashboard()["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < WIDTH
        assert not cells & taken
        taken |= cells


def test_panel_of_lags_has_the_line_of_what_is_promised() -> None:
    (panel,) = [one for one in dashboard()["panels"] if one["title"] == "Status to paint"]
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["value"] for step in steps] == [None, 0.1]
    assert [target["legendFormat"] for target in panel["targets"]] == ["p50", "p95", "p99"]


def test_file_has_no_path_and_no_data_source_of_a_machine() -> None:
    document = json.loads(FILE.read_text())
    assert "__inputs" not in document
    assert str(Path.home()) not in FILE.read_text()


@pytest.mark.parametrize(
    "write",
    [
        lambda: total(FEEDBACK, "mode"),
        lambda: total(FEEDBACK, rating="6"),
        lambda: total(PAINT_LAG),
        lambda: count(FEEDBACK),
        lambda: quantile(0.5, QUEUE_DEPTH),
        lambda: gauge(FEEDBACK),
        lambda: below(PAINT_LAG, 0.11),
    ],
)
def test_query_that_the_catalog_cannot_answer_is_not_written(write: object) -> None:
    assert callable(write)
    with pytest.raises((AssertionError, KeyError)):
        write()
