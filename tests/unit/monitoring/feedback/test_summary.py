"""Sums of answers: means by mode and step, and what is without any."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from playhead.monitoring.feedback.repository import Count
from playhead.monitoring.feedback.summary import STEPS, Range, Rated, edges_until, summed_up

END = datetime(2026, 11, 29, 12, tzinfo=UTC)


def test_means_are_of_all_modes_and_steps() -> None:
    found = [
        Count(step=0, mode="stream", rating=5, count=3),
        Count(step=2, mode="stream", rating=4, count=1),
        Count(step=2, mode="poll", rating=1, count=1),
        Count(step=2, mode="poll", rating=None, count=7),
        Count(step=1, mode="wait", rating=None, count=2),
    ]
    summary = summed_up(found, steps=3)
    assert summary.all == Rated(5, (1, 0, 0, 1, 3), 4.0)
    assert summary.unanswered == 9
    assert summary.by_mode == {"stream": Rated(4, (0, 0, 0, 1, 3), 4.75), "poll": Rated(1, (1, 0, 0, 0, 0), 1.0)}
    assert list(summary.by_mode) == ["stream", "poll"]
    assert [(step.count, step.mean) for step in summary.steps] == [(3, 5.0), (0, None), (2, 2.5)]


def test_without_answers_there_is_no_mean() -> None:
    summary = summed_up([], steps=2)
    assert (summary.all, summary.by_mode) == (Rated(0, (0,) * 5, None), {})
    assert [step.mean for step in summary.steps] == [None, None]


@pytest.mark.parametrize(("span", "days"), [("week", 7), ("month", 30), ("quarter", 91)])
def test_edges_have_a_step_each_and_reach_back(span: Range, days: int) -> None:
    edges = edges_until(END, span)
    assert len(edges) == STEPS[span][0] + 1
    assert (edges[0], edges[-1]) == (END - timedelta(days=days), END)
    assert {later - earlier for earlier, later in pairwise(edges)} == {STEPS[span][1]}
