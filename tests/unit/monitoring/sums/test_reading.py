"""The reading of a span is that of its parts, in whatever order and groups they are joined."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.metrics.catalog import PEOPLE, PUBLISHED, QUEUE_AGE, WRITE_LAG
from playhead.metrics.metrics import Reading
from playhead.monitoring.sums.reading import ACROSS, Part, decode, encode, joined
from tests.unit.monitoring.sums.readings import READINGS

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
FIRST, SECOND = NOON, NOON + timedelta(minutes=1)
BUCKETS = len(WRITE_LAG.edges) + 1


def gauges(*parts: tuple[datetime, int, float]) -> tuple[object, object]:
    """A gauge whose processes are added and one of which the largest counts, with these values."""
    made = [
        Part(begins_at, span_s, {PEOPLE.name: {"": value}, QUEUE_AGE.name: {"": value}})
        for begins_at, span_s, value in parts
    ]
    found = joined(made)
    return found[PEOPLE.name][""], found[QUEUE_AGE.name][""]


def test_counters_and_histograms_are_added() -> None:
    one: Reading = {PUBLISHED.name: {"": 3.0}, WRITE_LAG.name: {"": [1.0] * BUCKETS + [2.5]}}
    found = joined([Part(FIRST, 60, one), Part(FIRST, 60, one), Part(SECOND, 60, one)])
    assert found == {PUBLISHED.name: {"": 9.0}, WRITE_LAG.name: {"": [3.0] * BUCKETS + [7.5]}}
    assert one[PUBLISHED.name] == {"": 3.0}


@pytest.mark.parametrize(
    ("parts", "people", "oldest"),
    [
        ([(FIRST, 60, 3.0), (FIRST, 60, 5.0)], 8.0, 5.0),
        ([(FIRST, 60, 3.0), (SECOND, 60, 5.0)], 4.0, 5.0),
        ([(FIRST, 60, 3.0), (FIRST, 60, 5.0), (SECOND, 60, 2.0)], 5.0, 5.0),
        ([(FIRST, 3600, 4.0), (FIRST, 60, 65.0)], 5.0, 65.0),
    ],
)
def test_gauges_go_by_the_catalog(parts: list[tuple[datetime, int, float]], people: float, oldest: float) -> None:
    assert gauges(*parts) == (pytest.approx(people), oldest)


@given(readings=st.lists(READINGS, min_size=1, max_size=5))
def test_sum_over_processes_is_that_of_its_parts(readings: list[Reading]) -> None:
    whole = joined(Part(FIRST, 60, one) for one in readings)
    halves = [joined(Part(FIRST, 60, one) for one in part) for part in (readings[:2], readings[2:])]
    assert joined(Part(FIRST, 60, half) for half in halves) == whole


@given(minutes=st.lists(READINGS, min_size=1, max_size=5))
def test_counts_of_an_hour_are_those_of_its_minutes(minutes: list[Reading]) -> None:
    parts = [Part(NOON + timedelta(minutes=number), 60, one) for number, one in enumerate(minutes)]
    hour = joined(parts)
    by_row = joined(Part(NOON, 60, joined([part])) for part in parts)
    for name in hour.keys() - ACROSS.keys():
        assert hour[name] == by_row[name]


@given(reading=READINGS)
def test_reading_survives_its_text(reading: Reading) -> None:
    assert decode(encode(reading)) == reading


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("", None),
        ("[]", None),
        ('{"published": {"": "3"}}', None),
        ("{}", {}),
        ('{"published": {"": 3}, "of_another_release": {"": 1}}', {"published": {"": 3.0}}),
        ('{"published": {"": [1, 2]}, "gaps": {"all": 1}}', {"gaps": {"all": 1.0}}),
        ('{"status_write_lag_seconds": {"": [1, 2, 3]}}', {}),
        ('{"status_write_lag_seconds": {"": 1}}', {}),
        ('{"published": {"": 1e999}}', None),
    ],
)
def test_what_another_release_wrote_is_left_out(text: str, reading: Reading | None) -> None:
    assert decode(text) == reading


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_value_that_is_not_finite_costs_nothing_else(value: float) -> None:
    reading: Reading = {
        PEOPLE.name: {"": value},
        PUBLISHED.name: {"": 3.0},
        WRITE_LAG.name: {"": [0.0] * BUCKETS + [value]},
    }
    assert decode(encode(reading)) == {PUBLISHED.name: {"": 3.0}}
