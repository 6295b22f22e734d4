"""What ended streams that last, by the ages at which a silent and a steady one ended."""

from collections.abc import Sequence

import pytest

from playhead.doctor.findings import FindingId
from playhead.doctor.lasting import agreed_cut, cuts
from playhead.doctor.measured import Stream
from tests.unit.doctor.vectors import Delivery, stream


def until(limit_ms: float) -> Delivery:
    return lambda times: [ms + 20 for ms in times if ms < limit_ms]


def cut(pattern: str, at_ms: float) -> Stream:
    return stream(pattern, until(at_ms), end="cut", ended_ms=at_ms)


def whole(pattern: str) -> Stream:
    return stream(pattern)


def left(pattern: str, at_ms: float) -> Stream:
    return stream(pattern, until(at_ms), end="left", ended_ms=at_ms)


@pytest.mark.parametrize(
    ("streams", "expected", "words"),
    [
        ([cut("long", 30_000), cut("steady", 30_400)], FindingId.CUT_TOTAL, "after 30 s"),
        ([cut("long", 100_000)], FindingId.CUT_TOTAL, "after 100 s"),
        ([whole("long"), cut("steady", 60_000)], FindingId.CUT_TOTAL, "after 60 s"),
        ([cut("long", 6_000), left("steady", 9_000)], FindingId.CUT_IDLE, "after 5 s of silence"),
        ([cut("long", 11_000), cut("steady", 40_000)], FindingId.CUT_IDLE, "after 10 s of silence"),
        ([cut("long", 10_000)], FindingId.CUT, "10 s, of which the last 9 s were silent"),
        ([stream("steady", until(5_000), end="silent", ended_ms=14_000)], FindingId.SILENT, "after 3 s"),
    ],
    ids=lambda value: str(value) if isinstance(value, FindingId) else "",
)
def test_pair_that_ended_early_names_the_limit(streams: list[Stream], expected: FindingId, words: str) -> None:
    end = agreed_cut([*streams, *streams])
    assert end is not None
    assert end[0] is expected
    assert words in end[1]


@pytest.mark.parametrize(
    "streams",
    [
        [],
        [whole("long"), whole("steady")],
        [cut("long", 6_000), left("steady", 9_000)],
        [cut("long", 6_000), left("steady", 9_000), whole("long"), whole("steady")],
        [cut("long", 6_000), left("steady", 9_000), cut("long", 30_000), cut("steady", 30_000)],
    ],
    ids=["none", "they lasted", "one pair", "the second lasted", "they differ"],
)
def test_what_was_seen_once_names_no_limit(streams: Sequence[Stream]) -> None:
    assert agreed_cut(streams) is None


def test_stream_without_events_says_nothing_of_limits() -> None:
    assert cuts([stream("long", lambda times: [], end="cut")]) == [None]
