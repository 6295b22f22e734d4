"""Values are added exactly, whatever the labels and the threads, and what grew is what was added."""

import math
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playhead.metrics.catalog import (
    CATALOG,
    FAILURES,
    FALLBACKS,
    KINDS,
    PEOPLE,
    PUBLISHED,
    STATUS_REQUESTS,
    STREAMS_OPEN,
    TRANSPORTS,
    WAITS_OPEN,
    WRITE_LAG,
)
from playhead.metrics.metric import OTHER, Kind, Metric
from playhead.metrics.metrics import Metrics, Reading, grown

LABELLED = [metric for metric in CATALOG if metric.labels]


@settings(deadline=None)
@given(st.data(), st.sampled_from(LABELLED))
def test_any_label_counts_as_one_of_the_set_or_other(data: st.DataObject, metric: Metric) -> None:
    values = [data.draw(st.text() | st.sampled_from(allowed)) for allowed in metric.labels.values()]
    metrics = Metrics()
    if metric.kind is Kind.COUNTER:
        metrics.add(metric, *values)
    else:
        metrics.observe(metric, 1.0, *values)
    (key,) = metrics.collect()[metric]
    expected = [v if v in allowed else OTHER for v, allowed in zip(values, metric.labels.values(), strict=True)]
    assert key.split(",") == expected
    assert metric.has(key)


@pytest.mark.parametrize("amount", [-1.0, 0.0, math.nan, math.inf, -math.inf])
def test_amount_that_no_counter_can_have_is_ignored(amount: float) -> None:
    metrics = Metrics()
    metrics.add(PUBLISHED, amount=amount)
    assert metrics.read() == {}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_value_that_is_not_finite_is_ignored(value: float) -> None:
    metrics = Metrics()
    metrics.observe(WRITE_LAG, value)
    metrics.merge(WRITE_LAG, [0.0] * 16, value)
    assert metrics.read() == {}


def test_value_at_an_edge_is_in_the_bucket_below_it() -> None:
    metrics = Metrics()
    for value in (0.1, 0.1000001, -3.0, 99.0):
        metrics.observe(WRITE_LAG, value)
    values = metrics.read()[WRITE_LAG.name][""]
    assert isinstance(values, list)
    edge = list(WRITE_LAG.edges).index(0.1)
    assert (values[edge], values[edge + 1], values[0], values[15]) == (1.0, 1.0, 1.0, 1.0)
    assert values[-1] == pytest.approx(99.2000001)


def test_merge_of_another_number_of_buckets_is_refused() -> None:
    with pytest.raises(ValueError, match="16 buckets"):
        Metrics().merge(WRITE_LAG, [1.0] * 15, 1.0)


def test_merge_adds_each_bucket_and_the_sum() -> None:
    metrics, counts = Metrics(), [float(n) for n in range(16)]
    metrics.merge(WRITE_LAG, counts, 2.5)
    metrics.merge(WRITE_LAG, counts, 0.5)
    assert metrics.read() == {WRITE_LAG.name: {"": [*(2 * n for n in counts), 3.0]}}


def test_threads_lose_no_increment() -> None:
    metrics, start = Metrics(), threading.Barrier(4)

    def count() -> None:
        start.wait()
        for _ in range(5000):
            metrics.add(STATUS_REQUESTS, "poll", "changed")
            metrics.observe(WRITE_LAG, 0.25)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = metrics.read()
    assert held[STATUS_REQUESTS.name] == {"poll,changed": 20_000.0}
    values = held[WRITE_LAG.name][""]
    assert isinstance(values, list)
    assert (sum(values[:-1]), values[-1]) == (20_000.0, 5_000.0)


def test_gauge_that_fails_hides_no_other(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics()

    def broken() -> float:
        raise ZeroDivisionError

    metrics.gauge(STREAMS_OPEN, lambda: 3)
    metrics.gauge(WAITS_OPEN, lambda: None)
    metrics.gauge(PEOPLE, broken)
    metrics.add(PUBLISHED)
    assert metrics.read() == {STREAMS_OPEN.name: {"": 3.0}, PUBLISHED.name: {"": 1.0}}
    assert metrics.read()
    assert caplog.text.count("people cannot be read") == 1


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "observe", "read"]), st.floats(0, 20), st.sampled_from(["stream", "poll", "?"])),
    max_size=30,
)


@settings(deadline=None)
@given(STEPS)
def test_what_grew_between_readings_adds_up_to_the_last_reading(steps: list[tuple[str, float, str]]) -> None:
    metrics, sums = Metrics(), Metrics()
    last: Reading = {}
    for what, number, mode in [*steps, ("read", 0.0, "")]:
        if what == "add":
            metrics.add(TRANSPORTS, mode, "flag_on", amount=float(round(number)))
        elif what == "observe":
            metrics.observe(WRITE_LAG, float(round(number)))
        else:
            present = metrics.read()
            gather(sums, grown(last, present, KINDS))
            last = present
    assert sums.read() == last
    assert grown(last, metrics.read(), KINDS) == {}


def gather(sums: Metrics, change: Reading) -> None:
    for key, value in change.get(TRANSPORTS.name, {}).items():
        assert isinstance(value, float)
        sums.add(TRANSPORTS, *key.split(","), amount=value)
    for value in change.get(WRITE_LAG.name, {}).values():
        assert isinstance(value, list)
        sums.merge(WRITE_LAG, value[:-1], value[-1])


def test_gauges_are_in_what_grew_as_they_are() -> None:
    metrics = Metrics()
    metrics.gauge(STREAMS_OPEN, lambda: 2.0)
    last = metrics.read()
    assert grown(last, metrics.read(), KINDS) == {STREAMS_OPEN.name: {"": 2.0}}


def test_reading_does_not_change_with_what_is_added_later() -> None:
    metrics = Metrics()
    metrics.observe(WRITE_LAG, 0.5)
    metrics.add(FALLBACKS, "mute")
    first = metrics.read()
    copy = {name: {**series} for name, series in first.items()}
    metrics.observe(WRITE_LAG, 0.5)
    metrics.add(FALLBACKS, "mute")
    metrics.add(FAILURES, "us")
    assert first == copy
