"""Turns readings of a site into the series of a unit test of promtool, as Prometheus would have scraped them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, groupby

from infra.grafana.numbers import REQUESTS

from playhead.metrics.catalog import CATALOG
from playhead.metrics.metric import Kind, Metric
from playhead.metrics.metrics import Reading, Value

BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in (*CATALOG, REQUESTS)}
NOTHING = "_"
"""A scrape without a sample, in promtool's notation."""


def input_series(readings: Sequence[Reading]) -> list[dict[str, str]]:
    """The series that begin at 0 and grow by one reading a step, and gauges as they are in each.

    Args:
        readings: what happened in each step, or in the first step before the first sample.
    """
    keys = {(name, key): None for reading in readings for name, found in reading.items() for key in found}
    return [one for name, key in keys for one in _series(BY_NAME[name], key, readings)]


def _series(metric: Metric, key: str, readings: Sequence[Reading]) -> Iterable[dict[str, str]]:
    labels = dict(zip(metric.labels, key.split(","), strict=True)) if metric.labels else {}
    steps = [reading.get(metric.name, {}).get(key) for reading in readings]
    if metric.kind is Kind.GAUGE:
        yield _written(metric.full_name, labels, [NOTHING if one is None else _number(one) for one in steps])
    elif metric.kind is Kind.COUNTER:
        yield _written(f"{metric.full_name}_total", labels, map(_number, accumulate(_float(one) for one in steps)))
    else:
        empty = [0.0] * (len(metric.edges) + 2)
        rows = [one if isinstance(one, list) else empty for one in steps]
        for index, edge in enumerate((*metric.edges, "+Inf")):
            counts = accumulate(sum(row[: index + 1]) for row in rows)
            yield _written(f"{metric.full_name}_bucket", labels | {"le": str(edge)}, map(_number, counts))
        counts = accumulate(sum(row[:-1]) for row in rows)
        yield _written(f"{metric.full_name}_count", labels, map(_number, counts))
        yield _written(f"{metric.full_name}_sum", labels, map(_number, accumulate(row[-1] for row in rows)))


def _float(value: Value | None) -> float:
    assert not isinstance(value, list)
    return value or 0.0


def _number(value: Value) -> str:
    assert isinstance(value, float | int)
    return f"{value:.15g}"


def _written(name: str, labels: Mapping[str, str], values: Iterable[str]) -> dict[str, str]:
    matchers = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return {"series": f"{name}{{{matchers}}}", "values": _shortened(values)}


def _shortened(values: Iterable[str]) -> str:
    """The values in promtool's notation, in which `7+0x3` is a value and three more of it, and `_x3` three of none."""
    runs = [(value, len([*same])) for value, same in groupby(values)]
    return " ".join(_run(value, count) for value, count in runs)


def _run(value: str, count: int) -> str:
    if value == NOTHING:
        return f"{NOTHING}x{count}"
    return value if count == 1 else f"{value}+0x{count - 1}"
