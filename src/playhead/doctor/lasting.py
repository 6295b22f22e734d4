"""What ends streams that last: a limit of their whole time, one of silence, or a connection that falls silent.

`long` is as silent as streams are, `steady` never: what ends both at the same age limits their whole time.
"""

from collections.abc import Sequence
from itertools import pairwise, zip_longest

from playhead.doctor.findings import FindingId
from playhead.doctor.measured import Stream
from playhead.doctor.shapes import Shape, shape

SAME_MS = 2000.0
"""How much the ends of two streams may differ that one limit ended: they begin together, and some proxies look once a
second."""
TRIES = 2
"""Pairs of streams that must show the same: any connection may break once."""

Ended = tuple[FindingId, str]
"""What ended a stream, and a sentence with its times."""


def agreed_cut(streams: Sequence[Stream]) -> Ended | None:
    """What ended the streams `long` and `steady` each time; None: they lasted, or did not end alike."""
    found = cuts(streams)
    first = found[0] if found else None
    is_agreed = first is not None and len(found) >= TRIES and all(one and one[0] is first[0] for one in found)
    return first if is_agreed else None


def cuts(streams: Sequence[Stream]) -> list[Ended | None]:
    """What ended each pair of the streams `long` and `steady`; None: they lasted."""
    longs, steadies = ([one for one in streams if one.pattern == name] for name in ("long", "steady"))
    return [_ended(long, steady) for long, steady in zip_longest(longs, steadies)]


def _ended(long: Stream | None, steady: Stream | None) -> Ended | None:
    shapes = [shape(one) if one is not None and one.events else None for one in (long, steady)]
    if Shape.CUT in shapes:
        return _cut(long if shapes[0] is Shape.CUT else None, steady, is_steady_cut=shapes[1] is Shape.CUT)
    if Shape.SILENT in shapes:
        silent = long if shapes[0] is Shape.SILENT else steady
        assert silent is not None
        last = _seconds(silent.events[-1].arrived_ms)
        return FindingId.SILENT, f"Streams fall silent after {last}, and their connection stays open."
    return None


def _cut(long: Stream | None, steady: Stream | None, *, is_steady_cut: bool) -> Ended:
    """`long`: None if it was not cut."""
    if long is None or (steady is not None and is_steady_cut and abs(long.ended_ms - steady.ended_ms) <= SAME_MS):
        assert steady is not None
        return FindingId.CUT_TOTAL, f"Streams are cut after {_seconds(steady.ended_ms)}, whatever they carry."
    silence_ms = long.ended_ms - long.events[-1].arrived_ms
    if steady is not None and steady.ended_ms > long.ended_ms + SAME_MS:
        return (
            FindingId.CUT_IDLE,
            f"Streams are cut after {_seconds(silence_ms)} of silence; heartbeats come each 15 s.",
        )
    if _longest_gap_ms(long) >= silence_ms + SAME_MS:
        return FindingId.CUT_TOTAL, f"Streams are cut after {_seconds(long.ended_ms)}, whatever they carry."
    sentence = (
        f"A stream was cut after {_seconds(long.ended_ms)}, of which the last {_seconds(silence_ms)} were silent."
    )
    return FindingId.CUT, sentence


def _longest_gap_ms(stream: Stream) -> float:
    """The longest silence that the stream survived."""
    times = [0.0, *(event.arrived_ms for event in stream.events)]
    return max(after - before for before, after in pairwise(times))


def _seconds(ms: float) -> str:
    return f"{ms / 1000:.0f} s"
