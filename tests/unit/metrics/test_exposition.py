"""The text of the metrics is what Prometheus' own parsers read, with the values that were counted."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from playhead.metrics.catalog import OF_WEB, PUBLISHED, STREAMS_OPEN, TRANSPORTS, WRITE_LAG
from playhead.metrics.exposition import OPEN_METRICS, Exposition
from playhead.metrics.metrics import Metrics

Parse = Callable[[str], Iterable[Any]]


def samples(metrics: Metrics, accept: str, parse: Parse) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    body, content_type = Exposition(OF_WEB).text(metrics.collect(), accept)
    assert content_type.startswith(OPEN_METRICS if accept else "text/plain; version=0.0.4")
    found = [sample for family in parse(body.decode()) for sample in family.samples]
    values = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in found}
    assert len(values) == len(found)  # no series twice
    return values


def series(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return f"playhead_{name}", frozenset(labels.items())


@pytest.mark.parametrize(
    ("accept", "parse"), [("", prometheus), (f"{OPEN_METRICS};version=1.0.0,text/plain;q=0.5", open_metrics)]
)
def test_parser_reads_what_was_counted(accept: str, parse: Parse) -> None:
    metrics = Metrics()
    metrics.add(PUBLISHED, amount=3)
    metrics.add(TRANSPORTS, "stream", "flag_on")
    metrics.add(TRANSPORTS, 'a "\n\\', "\ud800")
    metrics.observe(WRITE_LAG, 0.1)
    metrics.observe(WRITE_LAG, 60)
    metrics.gauge(STREAMS_OPEN, lambda: 2)
    found = samples(metrics, accept, parse)
    assert found[series("published_total")] == 3
    assert found[series("transport_choices_total", mode="stream", reason="flag_on")] == 1
    assert found[series("transport_choices_total", mode="other", reason="other")] == 1
    assert found[series("streams_open")] == 2
    assert found[series("status_write_lag_seconds_bucket", le="0.075")] == 0
    assert found[series("status_write_lag_seconds_bucket", le="0.1")] == 1
    assert found[series("status_write_lag_seconds_bucket", le="+Inf")] == 2
    assert found[series("status_write_lag_seconds_count")] == 2
    assert found[series("status_write_lag_seconds_sum")] == pytest.approx(60.1)
    assert any(name.startswith("process_") for name, _ in found)


def test_series_begin_at_zero_and_gauges_without_a_value_are_absent() -> None:
    metrics = Metrics()
    found = samples(metrics, "", prometheus)
    assert found[series("transport_choices_total", mode="poll", reason="buffered")] == 0
    assert found[series("status_write_lag_seconds_bucket", le="0.1")] == 0
    assert series("streams_open") not in found
    assert series("transport_choices_total", mode="other", reason="other") not in found
    assert metrics.read() == {}  # what is kept and sent does not grow by it
