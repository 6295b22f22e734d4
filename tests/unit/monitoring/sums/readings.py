"""Readings of processes, as hypothesis draws them."""

from hypothesis import strategies as st

from playhead.metrics.catalog import PAINT_LAG, PEOPLE, PUBLISHED, QUEUE_AGE, WATCH_TIME, WRITE_LAG
from playhead.metrics.metric import Metric
from playhead.metrics.metrics import Reading
from playhead.monitoring.sums.reading import EDGES

COUNTS = st.integers(0, 10**6).map(float)


def _of(metric: Metric, keys: list[str]) -> st.SearchStrategy[dict[str, float | list[float]]]:
    length = EDGES.get(metric.name)
    value = COUNTS if length is None else st.lists(COUNTS, min_size=length, max_size=length)
    return st.dictionaries(st.sampled_from(keys), value, min_size=1)


READINGS: st.SearchStrategy[Reading] = st.fixed_dictionaries(
    {},
    optional={
        PUBLISHED.name: _of(PUBLISHED, [""]),
        WATCH_TIME.name: _of(WATCH_TIME, ["stream,browser", "stream,server", "poll,browser", "other,other"]),
        WRITE_LAG.name: _of(WRITE_LAG, [""]),
        PAINT_LAG.name: _of(PAINT_LAG, ["stream,yes", "stream,no", "poll,yes"]),
        PEOPLE.name: _of(PEOPLE, [""]),
        QUEUE_AGE.name: _of(QUEUE_AGE, [""]),
    },
)
"""Counters, histograms and both kinds of gauges."""
