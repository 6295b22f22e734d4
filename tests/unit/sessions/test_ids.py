from uuid import RFC_4122, UUID

from playhead.sessions.models import new_id

COUNT = 4096
"""Made within a few milliseconds."""


def test_ids_of_one_moment_are_never_out_of_order() -> None:
    ids = [UUID(new_id()) for _ in range(COUNT)]
    first_halves = [one.int >> 64 for one in ids]
    assert first_halves == sorted(first_halves)
    assert len(set(ids)) == COUNT
    assert {(one.version, one.variant) for one in ids} == {(7, RFC_4122)}
