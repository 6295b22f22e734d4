"""Ids are generated in order, and a malformed one is treated as absent."""

from uuid import RFC_4122, UUID

import pytest

from playhead.ids import NIL, canonical, new_id

COUNT = 4096
"""Number of ids generated within a few milliseconds."""


def test_ids_of_one_millisecond_are_ordered() -> None:
    ids = [UUID(new_id()) for _ in range(COUNT)]
    first_halves = [one.int >> 64 for one in ids]
    assert first_halves == sorted(first_halves)
    assert len(set(ids)) == COUNT
    assert {(one.version, one.variant) for one in ids} == {(7, RFC_4122)}


def test_canonical_id_is_returned_unchanged() -> None:
    made = new_id()
    assert canonical(made) == made


@pytest.mark.parametrize(
    "given",
    [
        "",
        "x",
        "a\0b",
        "\ud800",
        new_id().upper(),
        f"{{{new_id()}}}",
        f"{new_id()}\n",
        f" {new_id()}",
        new_id()[:-1],
        9 * "9",
    ],
)
def test_other_text_is_the_nil_id(given: str) -> None:
    assert canonical(given) == NIL
