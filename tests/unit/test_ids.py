"""Ids are made in order; a malformed one equals one that is absent."""

from uuid import RFC_4122, UUID

import pytest

from playhead.ids import NIL, canonical, new_id

COUNT = 4096
"""Made within a few milliseconds."""


def test_ids_of_one_moment_are_never_out_of_order() -> None:
    ids = [UUID(new_id()) for _ in range(COUNT)]
    first_halves = [one.int >> 64 for one in ids]
    assert first_halves == sorted(first_halves)
    assert len(set(ids)) == COUNT
    assert {(one.version, one.variant) for one in ids} == {(7, RFC_4122)}


def test_id_of_ours_is_itself() -> None:
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
def test_anything_else_is_the_absent_id(given: str) -> None:
    assert canonical(given) == NIL
