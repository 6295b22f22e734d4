"""The order of parts, and the ranges that hold some bytes of a recording."""

import random
from collections.abc import Mapping
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.storage.parts import Part, Range, key_of, parts_of, path_of

KEY = "audio/0193/"


def objects(*parts: tuple[int, int]) -> list[Mapping[str, Any]]:
    """A listing of parts, each with its start and size."""
    return [{"path": path_of(KEY, start), "size": size} for start, size in parts]


@given(st.lists(st.integers(1, 9), min_size=1), st.integers(0, 99), st.integers(0, 99), st.randoms())
def test_ranges_hold_exactly_the_bytes_asked_for(sizes: list[int], start: int, stop: int, order: random.Random) -> None:
    content = random.Random(4).randbytes(sum(sizes))
    borders = [0, *accumulate(sizes)]
    stored = {path_of(KEY, begin): content[begin:end] for begin, end in pairwise(borders)}
    listed = objects(*zip(borders, sizes, strict=False))
    order.shuffle(listed)
    parts = parts_of(KEY, listed).whole()
    assert parts.stored == len(content)
    for end in (stop, None):
        ranges = parts.between(start, end)
        assert b"".join(stored[part.path][part.start : part.stop] for part in ranges) == content[start:end]
        assert all(part.stop is None or part.start < part.stop for part in ranges)


@pytest.mark.parametrize(
    ("listed", "stored", "has_hole"),
    [
        ([], 0, False),
        ([(0, 5)], 5, False),
        ([(5, 5)], 0, True),
        ([(0, 5), (5, 5), (10, 1)], 11, False),
        ([(0, 5), (6, 5)], 5, True),
        ([(0, 5), (5, 0)], 5, False),
        ([(0, 0), (0, 5)], 5, False),
        ([(0, 8), (6, 8), (8, 8)], 16, False),
        ([(0, 8), (6, 8), (14, 8)], 8, True),
        ([(0, 16), (8, 4)], 16, False),
    ],
    ids=["none", "one", "no first", "row", "hole", "empty end", "empty", "overlap", "overlap, then hole", "within"],
)
def test_parts_without_a_hole_count(listed: list[tuple[int, int]], stored: int, has_hole: bool) -> None:
    parts = parts_of(KEY, objects(*listed))
    assert (parts.stored, parts.has_hole) == (stored, has_hole)


@pytest.mark.parametrize("listed", [[], [(1, 5)], [(0, 5), (6, 5)]], ids=["none", "no first", "hole"])
def test_recording_that_is_not_whole_is_not_found(listed: list[tuple[int, int]]) -> None:
    with pytest.raises(FileNotFoundError):
        parts_of(KEY, objects(*listed)).whole()


def test_bytes_beyond_the_end_are_in_no_range() -> None:
    parts = parts_of(KEY, objects((0, 5)))
    assert parts.found == (Part(path_of(KEY, 0), 5),)
    assert parts.between(5, None) == parts.between(5, 9) == parts.between(3, 3) == []
    assert parts.between(4, 9) == [Range(path_of(KEY, 0), 4, 5)]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (f"{KEY}0000000000000000", KEY),
        (f"{KEY}0000000008388608", KEY),
        ("audio/01938a2e-1111-7222-8333-444455556666", "audio/01938a2e-1111-7222-8333-444455556666"),
        (f"{KEY}notes.txt", f"{KEY}notes.txt"),
        (f"{KEY}²000000000000000", f"{KEY}²000000000000000"),
    ],
)
def test_object_belongs_to_a_key(path: str, key: str) -> None:
    assert key_of(path) == key
