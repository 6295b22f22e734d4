"""What the times of its events say about one stream. Pure functions."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from statistics import median

from playhead.doctor.measured import Event, Stream

SENT_APART_MS = 1000.0
ARRIVED_TOGETHER_MS = 50.0
"""Events that were sent over a second and came within 50 ms were held back: no network does that, however slow. What a
single lost packet does looks the same, once in a while; so a verdict needs two streams."""
DELAY_LEAST_MS, DELAY_APART_MS = 120.0, 100.0
"""Events that are all delayed by as much, within 100 ms, and the last by none: something waits for more to send them
together. HAProxy waits for 200 ms. On a slow network delays differ by more, and the last is delayed as well."""
NEXT_GAP_MS, NEXT_SHARE = 400.0, 0.75
"""Of events that wait for the next one all that were sent so far apart show it, and three quarters of the others."""
NEXT_EARLY_MS, NEXT_LATE_MS = 100.0, 500.0
"""How much earlier than the next was sent such an event may come, by errors of measurement, and how much later most of
them do on a busy machine. On a slow network events come late by chance, and not by the time between two of them."""
EVENT_STREAM = "text/event-stream"
OK = 200


class Shape(StrEnum):
    """How a stream came."""

    FLOWS = "flows"
    """Each event as it was sent."""
    HELD = "held"
    """Nothing, and then all at once."""
    HELD_LATER = "held_later"
    """The first events as they were sent, later ones at once."""
    MUTE = "mute"
    """Nothing."""
    ONE_BEHIND = "one_behind"
    """Each event with the next one."""
    CUT = "cut"
    """As it was sent, until it ended early."""
    SILENT = "silent"
    """As it was sent, until nothing more came."""
    LEFT = "left"
    """Too little to judge: it was left, or a newer stream took its place, before its second event."""
    REFUSED = "refused"
    """Not at all: the response is something else."""


def shape(stream: Stream) -> Shape:
    """How this stream came."""
    if stream.status and not is_stream(stream):
        return Shape.REFUSED
    if stream.end == "left" and len(stream.events) < 2:
        return Shape.LEFT
    if not stream.events:
        return _of_bytes(stream)
    if (run := held(stream.events)) is not None:
        return Shape.HELD if run[0] is stream.events[0] else Shape.HELD_LATER
    if _is_one_behind(stream.events):
        return Shape.ONE_BEHIND
    return {"cut": Shape.CUT, "silent": Shape.SILENT}.get(stream.end, Shape.FLOWS)


def is_stream(stream: Stream) -> bool:
    """Whether the response is an event stream."""
    return stream.status == OK and is_event_stream(stream.headers)


def is_event_stream(headers: Mapping[str, str]) -> bool:
    """Whether headers, by their names in small letters, are those of an event stream."""
    return headers.get("content-type", "").lower().startswith(EVENT_STREAM)


def is_problem(headers: Mapping[str, str]) -> bool:
    """Whether headers, by their names in small letters, are those of a refusal by the server itself."""
    return headers.get("content-type", "").startswith("application/problem+json")


def _of_bytes(stream: Stream) -> Shape:
    """The shape of a stream without an event that the probe could read: nothing came, or only compressed bytes."""
    if stream.first_byte_ms is None:
        return Shape.CUT if stream.end == "cut" else Shape.MUTE
    if stream.ended_ms - stream.first_byte_ms >= SENT_APART_MS and stream.end != "silent":
        return Shape.FLOWS
    return Shape.HELD


def held(events: Sequence[Event]) -> Sequence[Event] | None:
    """The first events in a row that were sent over a second and came together; None: there are none."""
    last = 0
    for first in range(len(events)):
        last = max(last, first)
        while last + 1 < len(events) and events[last + 1].arrived_ms - events[first].arrived_ms <= ARRIVED_TOGETHER_MS:
            last += 1
        if events[last].sent_at - events[first].sent_at >= SENT_APART_MS:
            return events[first : last + 1]
    return None


def sent_ms(events: Sequence[Event]) -> float:
    """The time over which events were sent."""
    return events[-1].sent_at - events[0].sent_at


def arrived_ms(events: Sequence[Event]) -> float:
    """The time within which events arrived."""
    return events[-1].arrived_ms - events[0].arrived_ms


def came_before_end(stream: Stream) -> bool:
    """Whether events that were held back came while the stream went on."""
    run = held(stream.events)
    return run is not None and (stream.end == "left" or run[-1] is not stream.events[-1])


def is_in_batches(stream: Stream) -> bool:
    """Whether events that were held back came together twice: once a lost packet does it, too."""
    first = held(stream.events)
    return first is not None and held(stream.events[stream.events.index(first[-1]) + 1 :]) is not None


def delay_ms(events: Sequence[Event]) -> float | None:
    """By how much all events but the last are delayed alike; None: they are not."""
    if len(events) < 3:
        return None
    *delays, last = (event.arrived_ms - event.sent_at for event in events)
    least, most = min(delays) - last, max(delays) - last
    return least if least >= DELAY_LEAST_MS and most - least <= DELAY_APART_MS else None


def _is_one_behind(events: Sequence[Event]) -> bool:
    if len(events) < 3:
        return False
    least = min(event.arrived_ms - event.sent_at for event in events)
    gaps = [after.sent_at - before.sent_at for before, after in pairwise(events)]
    after_next_ms = [before.arrived_ms - after.sent_at - least for before, after in pairwise(events)]
    waited = [ms >= -NEXT_EARLY_MS for ms in after_next_ms]
    apart = [has_waited for gap, has_waited in zip(gaps, waited, strict=True) if gap >= NEXT_GAP_MS]
    is_each = bool(apart) and all(apart) and sum(waited) >= NEXT_SHARE * len(waited)
    return is_each and median(after_next_ms) <= NEXT_LATE_MS
