"""The sample: its size, that it is the same people, and what pages are to report."""

from functools import partial

import pytest

from playhead.monitoring.watches.digest import person_digest
from playhead.monitoring.watches.sample import PEOPLE_MAX, Sample

digest = partial(person_digest, "a" * 64)
PEOPLE = [f"person-{number}" for number in range(2_000)]


def drawn(people: float) -> dict[str, int]:
    """The weights of those in the sample when there are so many people."""
    sample = Sample(digest)
    sample.resize(people)
    weights = {one: sample.weight(digest(one)) for one in PEOPLE}
    return {one: weight for one, weight in weights.items() if weight}


@pytest.mark.parametrize("people", [0, 1, PEOPLE_MAX])
def test_everybody_counts_for_one_where_there_are_few(people: float) -> None:
    assert drawn(people) == dict.fromkeys(PEOPLE, 1)


@pytest.mark.parametrize(("people", "weight"), [(1_001, 2), (2_000, 2), (2_001, 3), (30_000, 30)])
def test_sample_stands_for_all(people: float, weight: int) -> None:
    found = drawn(people)
    assert set(found.values()) == {weight}
    assert sum(found.values()) == pytest.approx(len(PEOPLE), rel=0.4)


def test_smaller_sample_is_part_of_the_larger_one() -> None:
    assert drawn(30_000).keys() < drawn(3_000).keys() < drawn(2_000).keys()


def test_page_outside_the_sample_reports_harms_only() -> None:
    sample = Sample(digest)
    assert {sample.word(one) for one in PEOPLE} == {None}
    sample.resize(4_000)
    words = {one: sample.word(one) for one in PEOPLE}
    inside = drawn(4_000)
    assert words == {one: None if one in inside else "harms" for one in PEOPLE}
    sample.resize(500)
    assert {sample.word(one) for one in PEOPLE} == {None}
