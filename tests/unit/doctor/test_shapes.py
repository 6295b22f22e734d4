"""The shape of a stream comes from the times of its events, and no network looks like a proxy that holds back."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playhead.doctor.measured import Stream
from playhead.doctor.shapes import Shape, came_before_end, delay_ms, held, is_in_batches, shape
from tests.unit.doctor.vectors import Delivery, at_once, at_the_end, stream


def behind(times: Sequence[float]) -> Sequence[float]:
    return [ms + 30 for ms in (*times[1:], times[-1])]


def first_then_rest(times: Sequence[float]) -> Sequence[float]:
    return [20.0, *[times[-1]] * (len(times) - 1)]


def of_batches(every_ms: float) -> Delivery:
    return lambda times: [(ms // every_ms + 1) * every_ms for ms in times]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (stream(deliver=at_once), Shape.FLOWS),
        (stream(deliver=at_the_end), Shape.HELD),
        (stream(deliver=first_then_rest), Shape.HELD_LATER),
        (stream(deliver=behind), Shape.ONE_BEHIND),
        (stream("steady", of_batches(5000)), Shape.HELD),
        (stream(deliver=lambda times: times[:2], end="cut"), Shape.CUT),
        (stream(deliver=lambda times: times[:2], end="silent"), Shape.SILENT),
        (stream(deliver=lambda times: times[:2], end="left"), Shape.FLOWS),
        (stream(deliver=lambda times: times[:1], end="left"), Shape.LEFT),
        (stream(deliver=lambda times: [], end="left", first_byte_ms=5.0, ended_ms=5), Shape.LEFT),
        (stream(deliver=lambda times: [], end="silent", ended_ms=8000), Shape.MUTE),
        (stream(deliver=lambda times: [], end="silent", status=0, headers={}), Shape.MUTE),
        (stream(deliver=lambda times: [], end="cut", status=0, headers={}), Shape.CUT),
        (stream(status=502), Shape.REFUSED),
        (stream(headers={"content-type": "text/html"}), Shape.REFUSED),
        (stream(deliver=lambda times: [], first_byte_ms=30.0, ended_ms=2500), Shape.FLOWS),
        (stream(deliver=lambda times: [], first_byte_ms=2490.0, ended_ms=2500), Shape.HELD),
    ],
    ids=lambda value: str(value) if isinstance(value, Shape) else "",
)
def test_shape_of_a_stream(one: Stream, expected: Shape) -> None:
    assert shape(one) is expected


def test_batches_are_told_from_one_release_at_the_end() -> None:
    assert is_in_batches(stream("steady", of_batches(5000)))
    assert not is_in_batches(stream("steady", at_the_end))
    assert not came_before_end(stream("steady", at_the_end))
    assert came_before_end(stream("steady", of_batches(5000)))


def test_events_that_wait_alike_have_a_delay() -> None:
    one = stream(deliver=lambda times: [*(ms + 220 for ms in times[:-1]), times[-1] + 20])
    assert delay_ms(one.events) == pytest.approx(200)
    assert delay_ms(stream(deliver=at_once).events) is None
    assert delay_ms(one.events[:2]) is None


MS = st.floats(0, 500)


@settings(max_examples=60)
@given(st.sampled_from(["short", "steady"]), st.floats(0, 2000), st.lists(MS, min_size=60, max_size=60))
def test_slow_network_with_jitter_never_looks_like_a_proxy(pattern: str, trip_ms: float, jitter: list[float]) -> None:
    """Events come late by a trip and by up to 500 ms more, in their order: TCP delivers none before the last."""

    def deliver(times: Sequence[float]) -> Sequence[float]:
        arrived: list[float] = []
        for ms, late in zip(times, jitter, strict=False):
            arrived.append(max([ms + trip_ms + late, *arrived[-1:]]))
        return arrived

    assert shape(stream(pattern, deliver)) is Shape.FLOWS


@given(st.integers(0, 7), st.floats(0, 900))
def test_one_lost_packet_that_is_sent_again_in_time_is_no_proxy(lost: int, late_ms: float) -> None:
    """Everything behind it waits for it, in the kernel of who reads."""

    def deliver(times: Sequence[float]) -> Sequence[float]:
        return [max(ms, times[lost] + late_ms) + 20 if number >= lost else ms + 20 for number, ms in enumerate(times)]

    assert held(stream(deliver=deliver).events) is None
