"""Segments over a change of the revision: of each revision all, in order, each once, from any cursor at any moment."""

import asyncio
import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from playhead.delivery.words import Replaced, Words
from playhead.sessions.models import Segment
from playhead.sessions.status import Stage, Status
from tests.support.fakes import a_status

LENGTHS = st.lists(st.integers(0, 5), min_size=1, max_size=4)
"""How many segments each revision has when it is complete."""


@dataclass
class Store:
    """Texts by revision; the last one is served. Between any two reads the next revision may come."""

    lengths: list[int]
    flips: list[bool]
    served: int = 0
    reads: int = field(default=0)

    async def read(self, _: str, start: int, limit: int, revision: int) -> list[Segment] | None:
        if self.reads < len(self.flips) and self.flips[self.reads]:
            self.flip()
        self.reads += 1
        if revision != self.served:
            return None
        return [
            Segment(n, n, n + 1, f"{revision}:{n}", revision=revision) for n in range(start, self.lengths[revision])
        ][:2]

    def flip(self) -> None:
        self.served = min(self.served + 1, len(self.lengths) - 1)

    @property
    def status(self) -> Status:
        last = self.served == len(self.lengths) - 1
        status = a_status(Stage.COMPLETED if last else Stage.TRANSCRIBING, 1_000_001 + self.served)
        return replace(status, segments=self.lengths[self.served], revision=self.served)


async def follow(store: Store, start: int, revision: int | None) -> list[tuple[int, int]]:
    """The revision and index of each segment that a reader got until the final status, reconnecting as it does."""
    got: list[tuple[int, int]] = []
    while True:
        words = Words(store.read, start, lambda _: True, revision)
        status = store.status
        try:
            while True:
                async for frame in words.before(status):
                    part = json.loads(frame.split(b"data: ")[1])
                    assert part["from"] == part["segments"][0]["index"]
                    got += [(part["revision"], one["index"]) for one in part["segments"]]
                    assert {one["revision"] for one in part["segments"]} == {part["revision"]}
                if status.is_final:
                    return got
                store.flip()
                status = store.status
        except Replaced:
            if got:
                revision, start = got[-1][0], got[-1][1] + 1


@settings(max_examples=200, deadline=None)
@given(
    lengths=LENGTHS,
    flips=st.lists(st.booleans(), max_size=12),
    begun=st.integers(0, 3),
    has=st.one_of(st.none(), st.tuples(st.integers(0, 3), st.integers(0, 5))),
)
def test_every_revision_comes_in_order_each_segment_once(
    lengths: list[int], flips: list[bool], begun: int, has: tuple[int, int] | None
) -> None:
    store = Store(lengths, flips, served=min(begun, len(lengths) - 1))
    revision, start = has if has is not None and has[0] <= store.served else (None, 0)
    if revision is not None:
        start = min(start, lengths[revision])
    got = asyncio.run(follow(store, start, revision))
    assert got == sorted(set(got))
    for one in range(len(lengths)):
        mine = [index for of, index in got if of == one]
        first = start if one == revision else 0
        assert mine == list(range(first, first + len(mine))), "no hole, and from the cursor or the beginning"
    last = len(lengths) - 1
    assert [index for of, index in got if of == last] == list(range(start if revision == last else 0, lengths[last]))


async def test_final_status_of_a_replaced_text_ends_the_stream() -> None:
    store = Store([2, 1], flips=[True])
    words = Words(store.read, 0, lambda _: True)
    final = replace(a_status(Stage.COMPLETED, 1_000_005), segments=2)
    with pytest.raises(Replaced):
        [frame async for frame in words.before(final)]
